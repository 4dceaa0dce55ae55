"""Intake: takes in whatever an authenticated tablet pushes, and loses none of it.

Each document is accepted or quarantined; then the contents of attachments, ledger, cases, cell, in this order, each
durable before the next; then resolve, so that the pull that follows has the result. Every part may be repeated after a
crash.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from conflict import Rules
from fieldsync import overtaken
from fieldsync.attached import NOTHING, known_in
from fieldsync.attachments import Stub, stubs_of, with_stubs
from fieldsync.cases import Case, Cases
from fieldsync.clock import Bearings
from fieldsync.documents import (
    DocId,
    Rev,
    cell_database,
    encode_body,
    home_cell,
    is_sealed_cell,
    is_tablet_id,
    kind_of,
)
from fieldsync.entries import Arrival, edit_entry, named, quarantined_entry, returned_entry, sent_bytes
from fieldsync.judgement import APART, CANNOT_STAND, Limits, Reason, Sent, judge, read_document
from fieldsync.kinds import Kinds
from fieldsync.ledger import DocumentLog, Entry, Ledger, Outcome
from fieldsync.quarantine import Quarantine, case_of
from fieldsync.replication import Caller, PushRequest
from fieldsync.resolve import Resolver
from fieldsync.restoring import enter_what_was_left_out, left_out
from fieldsync.revisions import generation, is_rev, server_rev
from fieldsync.seals import is_sealed
from fieldsync.server_writes import Pen
from fieldsync.sightings import Sightings
from fieldsync.stores.base import Database, Graft, Leaf, Missing, Store
from fieldsync.telling.set_aside import SetAside

Read = Callable[[bytes, Limits], Sent]
"""Reads a pushed document; what is wrong with it is a fault of what is returned."""


@dataclass(slots=True)
class _Batch:
    """What one push comes to, gathered before anything is written."""

    request: PushRequest
    arrival: Arrival
    database: Database
    entries: list[Entry] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    grafts: list[Graft] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    closings: list[tuple[Entry, Sent]] = field(default_factory=list)
    logs: dict[str, DocumentLog] = field(default_factory=dict)
    erased: frozenset[str] = frozenset()
    rows: list[dict[str, Any]] = field(default_factory=list)
    contents: dict[str, bytes] = field(default_factory=dict)


class Intake:
    """The one way in for tablets."""

    def __init__(
        self, store: Store, ledger: Ledger, cases: Cases, resolver: Resolver, pen: Pen, kinds: Kinds,
        *, seal_key: bytes, limits: Limits, now: Callable[[], datetime], zone: ZoneInfo, sightings: Sightings,
        read: Read = read_document,
    ) -> None:  # fmt: skip
        self._store, self._ledger, self._cases, self._blobs = store, ledger, cases, store.blobs()
        self._resolver, self._kinds = resolver, kinds
        self._quarantine = Quarantine(cases, pen, SetAside(kinds, zone), now)
        self._key, self._limits, self._now, self._sightings, self._read = seal_key, limits, now, sightings, read

    def push(self, request: PushRequest) -> list[dict[str, Any]]:
        """Take in the documents of one push; returns the rows to answer (none with `new_edits` false).

        All of it is durable when this returns. Conflicts are rows only for a client that asked for new revisions.
        Raises MissingStub, before anything is kept, where the content of an attachment never came.
        """
        database = self._store.database(cell_database(request.cell))
        arrival = Arrival(request.cell, request.caller, Bearings.taken(request.clock, self._now()))
        batch = _Batch(request, arrival, database)
        pushed = [self._read(raw, self._limits) for raw in request.documents]
        batch.logs = self._ledger.several(request.cell, list(dict.fromkeys(one.id for one in pushed if one.id)))
        batch.erased = self._ledger.about_erased({one.id: one.body for one in pushed if is_tablet_id(one.id)})
        for one in pushed:
            self._take(batch, one)
        if batch.contents:
            self._blobs.put(batch.contents)
        self._ledger.record(batch.entries, batch.outcomes)
        self._cases.add(batch.cases)
        batch.database.graft(batch.grafts)
        for entry, sent in batch.closings:
            self._quarantine.contain(batch.database, entry, sent, self._log(batch, sent.id))
        self._sightings.sent(request.caller, home_cell(request.cell))
        self._resolver.settle_all(request.cell, {i: log for i, log in batch.logs.items() if is_tablet_id(i)})
        return batch.rows

    def finish(self, cell: str, documents: Sequence[str]) -> None:
        """Do what a crash left undone of pushes of some documents that nobody repeats. May be repeated."""
        database = self._store.database(cell_database(cell))
        for document, log in self._ledger.several(cell, documents).items():
            left = left_out(log, database.leaves(DocId(document)))
            self._cases.add([case_of("deletion", e) for e in left if e.is_edit and e.deleted and e.changes])
            enter_what_was_left_out(database, DocId(document), log)
            for entry in [e for e in log.entries.values() if e.quarantined and e.raw is not None]:
                if entry.quarantined not in APART and not self._has_come(database, entry):
                    self._cases.add([case_of("quarantine", entry)])
                    sent = named(read_document(sent_bytes(entry), self._limits))
                    self._quarantine.contain(database, entry, sent, log)

    def _has_come(self, database: Database, entry: Entry) -> bool:
        """Tell whether nothing is left to do for a quarantined revision."""
        gaps = database.missing({DocId(entry.document): [Rev(entry.rev)]})
        return not gaps or self._quarantine.is_contained(entry)

    def missing(self, cell: str, caller: Caller, revs: Mapping[str, Sequence[str]]) -> dict[str, Missing]:
        """Return the revisions that this tablet should send: unknown to the cell and not among its quarantined ones."""
        database = self._store.database(cell_database(cell))
        gaps = database.missing({DocId(i): [Rev(r) for r in rs] for i, rs in revs.items()})
        asked = [(doc_id, rev) for doc_id, gap in gaps.items() for rev in gap.missing]
        entries = zip(asked, self._ledger.entries(cell, asked), strict=True)
        kept = {key for key, entry in entries if entry is not None and self._is_kept(entry, caller)}
        answer: dict[str, Missing] = {}
        for doc_id, gap in gaps.items():
            if absent := tuple(rev for rev in gap.missing if (doc_id, rev) not in kept):
                answer[doc_id] = Missing(absent, gap.possible_ancestors)
        if not is_sealed_cell(cell):
            self._sightings.named(caller, cell, revs, answer)
        return answer

    def _is_kept(self, entry: Entry, caller: Caller) -> bool:
        """Tell whether this tablet has handed a revision in for quarantine, and nothing of that was left half done."""
        if entry.quarantined is None or entry.tablet != caller.tablet:
            return False
        return self._quarantine.is_contained(entry)

    def _log(self, batch: _Batch, doc_id: str) -> DocumentLog:
        if doc_id not in batch.logs:
            batch.logs[doc_id] = self._ledger.document(batch.request.cell, doc_id)
        return batch.logs[doc_id]

    def _take(self, batch: _Batch, sent: Sent) -> None:
        if batch.request.new_edits:
            made = self._made_here(batch, sent)
            if made is None:
                return
            sent = made
        log = self._log(batch, sent.id)
        if sent.fault is None:
            sent = self._attach(batch, sent, log, generation(sent.rev))
        known = log.entries.get(sent.rev)
        if known is not None:
            self._again(batch, sent, known)
            return
        if sent.fault is None and self._is_ours(sent):
            self._record(batch, returned_entry(batch.arrival, sent, log), log)
            batch.grafts.append(_graft(sent))
            return
        reason = self._judged(batch, sent, log)
        if reason is None:
            self._accept(batch, sent, log)
        else:
            self._set_aside(batch, sent, reason)

    def _is_ours(self, sent: Sent) -> bool:
        """Tell whether a revision is one that the server wrote: its seal verifies, and its name follows from its body.

        A sealed body alone proves nothing: a tablet may put an old body back, or delete with one. Our tombstones have
        no kind, our live revisions have one.
        """
        if sent.deleted == ("kind" in sent.body) or not is_sealed(sent.id, sent.body, self._key):
            return False
        parent = sent.path[1] if len(sent.path) > 1 else None
        return sent.rev == server_rev(parent, sent.deleted, sent.body)

    def _judged(self, batch: _Batch, sent: Sent, log: DocumentLog) -> Reason | None:
        entries = (log.entries.get(rev) for rev in sent.path)
        knows_path = any(entry and entry.quarantined not in CANNOT_STAND for entry in entries)
        if not knows_path and sent.path and generation(sent.path[-1]) > 1:
            gaps = batch.database.missing({DocId(sent.id): sent.path})
            knows_path = len(gaps[DocId(sent.id)].missing) < len(sent.path) if gaps else True
        has_record = any(e.is_accepted for e in log.entries.values())
        reason = judge(sent, knows_path=knows_path, has_record=has_record)
        return Reason.ERASED if reason is None and sent.id in batch.erased else reason

    def _again(self, batch: _Batch, sent: Sent, known: Entry) -> None:
        """Take in a revision that was sent before: what a crash left undone is done now."""
        if known.quarantined is None:
            batch.grafts.append(_graft(sent))
            if sent.deleted and known.is_edit and known.changes:
                batch.cases.append(case_of("deletion", known))
        elif known.quarantined not in APART:
            batch.cases.append(case_of("quarantine", known))
            batch.closings.append((known, sent))

    def _accept(self, batch: _Batch, sent: Sent, log: DocumentLog) -> None:
        rules = self._rules(batch, sent)
        entry = edit_entry(batch.arrival, sent, log, rules)
        self._record(batch, entry, log)
        if overtaken.is_overtaken(log, entry):
            batch.outcomes += overtaken.outcomes(log, entry, batch.database.leaves(DocId(sent.id)), rules)
        batch.grafts.append(_graft(sent))
        if sent.deleted and entry.changes:
            batch.cases.append(case_of("deletion", entry))
        self._quarantine.close_above(batch.database, sent, log)

    def _record(self, batch: _Batch, entry: Entry, log: DocumentLog) -> None:
        batch.entries.append(entry)
        log.add(entry)

    def _set_aside(self, batch: _Batch, sent: Sent, reason: Reason) -> None:
        """Keep the bytes outside the cell, with a case, and have the branch closed below them."""
        sent = named(sent)
        log = self._log(batch, sent.id)
        entry = quarantined_entry(batch.arrival, sent, log, self._rules(batch, sent), reason)
        self._record(batch, entry, log)
        if reason not in APART:
            batch.cases.append(case_of("quarantine", entry))
        batch.closings.append((entry, sent))

    def _rules(self, batch: _Batch, sent: Sent) -> Rules:
        """Return how the items of a document merge in the cell of the push."""
        return self._kinds.merge_rules(kind_of(sent.id), batch.arrival.cell)

    def _made_here(self, batch: _Batch, sent: Sent) -> Sent | None:
        """Give a write its revision, as CouchDB does with `new_edits=true`; None where a row says why not."""
        leaves = batch.database.leaves(DocId(sent.id)) if sent.id else ()
        named = sent.rev or None
        parent = next((leaf.rev for leaf in leaves if leaf.rev == named), None)
        if _is_stale(named, parent, leaves):
            batch.rows.append({"id": sent.id, "error": "conflict", "reason": "Document update conflict."})
            return None
        above = batch.database.get(DocId(sent.id), parent) if parent else None
        if above is None and leaves:
            above = batch.database.get(DocId(sent.id))
        fault = None if sent.fault is Reason.REVISION and not named else sent.fault
        if fault is None:
            sent = replace(sent, attached=sent.attached.renewed())
            sent = self._attach(batch, sent, self._log(batch, sent.id), generation(above.rev) + 1 if above else 1)
        rev = server_rev(above.rev if above else None, sent.deleted, sent.body)
        batch.rows.append({"ok": True, "id": sent.id, "rev": rev})
        return replace(sent, rev=rev, path=(rev, *(above.path if above else ())), fault=fault)

    def _attach(self, batch: _Batch, sent: Sent, log: DocumentLog, at: int) -> Sent:
        """Put the stubs of what is attached into the body, for a revision of generation `at`. Raises MissingStub."""
        if not sent.attached.sent:
            return sent
        known = self._attached_before(batch, log) if sent.attached.claims else {}
        batch.contents.update(sent.attached.contents)
        return replace(sent, body=with_stubs(sent.body, sent.attached.stubs(at, known)), attached=NOTHING)

    def _attached_before(self, batch: _Batch, log: DocumentLog) -> dict[str, Stub]:
        """Return by digest what a document's revisions have attached, those too that were set aside.

        What a tablet has handed over with one of those it may name by a stub in the next: its contents are kept now.
        """
        known: dict[str, Stub] = {}
        for entry in log.entries.values():
            if entry.quarantined and is_rev(entry.rev):
                attached = read_document(sent_bytes(entry), self._limits).attached
                batch.contents.update(attached.contents)
                known |= attached.brought(generation(entry.rev))
        return known | known_in([stubs_of(entry.body or {}) for entry in log.entries.values()])


def _is_stale(named: str | None, parent: Rev | None, leaves: Sequence[Leaf]) -> bool:
    if named:
        return parent is None
    return any(not leaf.deleted for leaf in leaves)


def _graft(sent: Sent) -> Graft:
    return Graft(DocId(sent.id), sent.path, encode_body(sent.body), sent.deleted)

"""Intake: takes in whatever an authenticated tablet pushes, and loses none of it.

Each document is accepted or quarantined; then ledger, cases, cell, in this order, each durable before the next; then
resolve, so that the pull that follows has the result. Every part may be repeated after a crash.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec

from conflict import Rules, changed_items
from fieldsync.cases import LEVELS, OPEN, Case, Cases, case_id
from fieldsync.clock import Bearings, parse_time, write_time
from fieldsync.documents import (
    SUBJECTS,
    Body,
    DocId,
    Rev,
    cell_database,
    data_of,
    derived_id,
    encode_body,
    is_tablet_id,
    kind_of,
    meta_of,
    missing_of,
)
from fieldsync.judgement import CANNOT_STAND, REASON_TEXTS, Limits, Reason, Sent, judge, read_document
from fieldsync.kinds import Kinds
from fieldsync.ledger import DocumentLog, Entry, Ledger
from fieldsync.merging import content
from fieldsync.replication import Caller, PushRequest
from fieldsync.resolution import nearest_live
from fieldsync.resolve import Resolver
from fieldsync.revisions import generation, server_rev
from fieldsync.seals import is_sealed
from fieldsync.server_writes import Draft, Pen
from fieldsync.stores.base import Database, Graft, Leaf, Missing, Store

NOTICE_DAYS = 14


@dataclass(slots=True)
class _Batch:
    """What one push comes to, gathered before anything is written."""

    request: PushRequest
    bearings: Bearings
    database: Database
    entries: list[Entry] = field(default_factory=list)
    grafts: list[Graft] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    closings: list[tuple[Entry, Sent]] = field(default_factory=list)
    logs: dict[str, DocumentLog] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)


class Intake:
    """The one way in for tablets."""

    def __init__(
        self, store: Store, ledger: Ledger, cases: Cases, resolver: Resolver, pen: Pen, kinds: Kinds,
        *, seal_key: bytes, limits: Limits, now: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._store, self._ledger, self._cases, self._pen = store, ledger, cases, pen
        self._resolver, self._kinds = resolver, kinds
        self._key, self._limits, self._now = seal_key, limits, now

    def push(self, request: PushRequest) -> list[dict[str, Any]]:
        """Take in the documents of one push; returns the rows to answer (none with `new_edits` false).

        All of it is durable when this returns. Conflicts are rows only for a client that asked for new revisions.
        """
        database = self._store.database(cell_database(request.cell))
        batch = _Batch(request, Bearings.taken(request.clock, self._now()), database)
        for raw in request.documents:
            self._take(batch, read_document(raw, self._limits))
        self._ledger.record(batch.entries)
        self._cases.add(batch.cases)
        self._graft(batch)
        for doc_id, log in batch.logs.items():
            if is_tablet_id(doc_id):
                self._resolver.settle(request.cell, DocId(doc_id), log)
        return batch.rows

    def missing(self, cell: str, caller: Caller, revs: Mapping[str, Sequence[str]]) -> dict[str, Missing]:
        """Return the revisions that this tablet should send: unknown to the cell and not among its quarantined ones."""
        wanted = {DocId(i): [Rev(r) for r in rs] for i, rs in revs.items()}
        gaps = self._store.database(cell_database(cell)).missing(wanted)
        answer: dict[str, Missing] = {}
        for doc_id, gap in gaps.items():
            absent = tuple(rev for rev in gap.missing if not self._is_kept(cell, doc_id, rev, caller))
            if absent:
                answer[doc_id] = Missing(absent, gap.possible_ancestors)
        return answer

    def _is_kept(self, cell: str, doc_id: str, rev: str, caller: Caller) -> bool:
        entry = self._ledger.entry(cell, doc_id, rev)
        return entry is not None and entry.quarantined is not None and entry.tablet == caller.tablet

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
        known = log.entries.get(sent.rev)
        if known is not None:
            self._again(batch, sent, known)
            return
        if sent.fault is None and is_sealed(sent.id, sent.body, self._key):
            self._ours(batch, sent, log)
            return
        reason = self._judged(batch, sent, log)
        if reason is None:
            self._accept(batch, sent, log)
        else:
            self._quarantine(batch, sent, log, reason)

    def _judged(self, batch: _Batch, sent: Sent, log: DocumentLog) -> Reason | None:
        knows_path = any(rev in log.entries for rev in sent.path)
        if not knows_path and sent.path and generation(sent.path[-1]) > 1:
            gaps = batch.database.missing({DocId(sent.id): sent.path})
            knows_path = len(gaps[DocId(sent.id)].missing) < len(sent.path) if gaps else True
        has_record = any(e.is_accepted for e in log.entries.values())
        return judge(sent, knows_path=knows_path, has_record=has_record)

    def _again(self, batch: _Batch, sent: Sent, known: Entry) -> None:
        """Take in a revision that was sent before: what a crash left undone is done now."""
        if known.quarantined is None:
            batch.grafts.append(_graft(sent))
            if sent.deleted and known.is_edit:
                batch.cases.append(_case("deletion", known))
        elif known.quarantined != Reason.DESIGN:
            batch.cases.append(_case("quarantine", known))
            batch.closings.append((known, sent))

    def _ours(self, batch: _Batch, sent: Sent, log: DocumentLog) -> None:
        """Take back a revision of the server's own, which a restore had lost: no edit, and no case."""
        meta = meta_of(sent.body)
        entry = Entry(
            cell=batch.request.cell,
            document=sent.id,
            rev=sent.rev,
            path=_short_path(sent, log),
            origin="server",
            authority="registry",
            arrived=write_time(batch.bearings.arrived),
            deleted=sent.deleted,
            body=sent.body,
            merged=[str(rev) for rev in meta.get("merged", [])],
            merged_into=meta.get("merged_into"),
            cause=str(meta.get("cause")),
        )
        self._record(batch, entry, log)
        batch.grafts.append(_graft(sent))

    def _accept(self, batch: _Batch, sent: Sent, log: DocumentLog) -> None:
        entry = self._entry(batch, sent, log)
        self._record(batch, entry, log)
        batch.grafts.append(_graft(sent))
        if sent.deleted:
            batch.cases.append(_case("deletion", entry))
        self._close_parents_case(batch, sent, log)

    def _close_parents_case(self, batch: _Batch, sent: Sent, log: DocumentLog) -> None:
        """Close the case of a quarantined ancestor: a good child of it has come."""
        for rev in sent.path[1:]:
            entry = log.entries.get(rev)
            if entry is None or entry.quarantined is None:
                return
            self._close_case(case_id("quarantine", batch.request.cell, sent.id, rev))

    def _close_case(self, identifier: str) -> None:
        case = self._cases.find(identifier)
        if case and case.is_open:
            current, parent = self._cases.get(identifier)
            self._cases.put(_closed(current, "mended by a later version"), parent)

    def _entry(self, batch: _Batch, sent: Sent, log: DocumentLog) -> Entry:
        rules = self._kinds.merge_rules(kind_of(sent.id))
        before = log.nearest(log_path(log, sent))
        changes = _changes(sent, before, rules)
        known_at = parse_time(before.arrived) if before else None
        fresh = _stamps(sent.body, changes, rules, lambda stamp: batch.bearings.corrected(stamp, known_at))
        inherited = dict(before.stamps) if before else {}
        offset = batch.bearings.offset
        return Entry(
            cell=batch.request.cell,
            document=sent.id,
            rev=sent.rev,
            path=_short_path(sent, log),
            origin="tablet",
            author=batch.request.caller.user,
            tablet=batch.request.caller.tablet,
            arrived=write_time(batch.bearings.arrived),
            offset_s=None if offset is None else offset.total_seconds(),
            deleted=sent.deleted,
            body=sent.body,
            stamps={**inherited, **fresh},
            contests=list(before.contests) if before else [],
            changes=list(changes),
        )

    def _record(self, batch: _Batch, entry: Entry, log: DocumentLog) -> None:
        batch.entries.append(entry)
        log.add(entry)

    def _quarantine(self, batch: _Batch, sent: Sent, log: DocumentLog, reason: Reason) -> None:
        """Keep the bytes outside the cell, with a case, and have the branch closed below them."""
        sent = sent if sent.id and sent.rev else _named(sent)
        log = self._log(batch, sent.id)
        entry = Entry(
            cell=batch.request.cell,
            document=sent.id,
            rev=sent.rev,
            path=_short_path(sent, log) if reason not in CANNOT_STAND else [sent.rev],
            origin="tablet",
            author=batch.request.caller.user,
            tablet=batch.request.caller.tablet,
            arrived=write_time(batch.bearings.arrived),
            deleted=sent.deleted,
            quarantined=reason.value,
            changes=[] if reason is Reason.DESIGN else self._quarantined_changes(sent, log, reason),
            **_kept_bytes(sent.raw),
        )
        self._record(batch, entry, log)
        if reason is not Reason.DESIGN:
            batch.cases.append(_case("quarantine", entry))
        batch.closings.append((entry, sent))

    def _quarantined_changes(self, sent: Sent, log: DocumentLog, reason: Reason) -> list[str]:
        readable = reason in (Reason.ATTACHMENTS, Reason.TOO_LARGE, Reason.TOO_DEEP) and kind_of(sent.id) in SUBJECTS
        if not readable:
            return ["*"]
        rules = self._kinds.merge_rules(kind_of(sent.id))
        return list(_changes(sent, log.nearest(log_path(log, sent)), rules)) or ["*"]

    def _graft(self, batch: _Batch) -> None:
        batch.database.graft(batch.grafts)
        for entry, sent in batch.closings:
            if entry.quarantined not in CANNOT_STAND:
                self._close_branch(batch, entry, sent)
            if entry.quarantined != Reason.DESIGN:
                self._notify(entry)

    def _close_branch(self, batch: _Batch, entry: Entry, sent: Sent) -> None:
        """Bring the tablet back to the common winner: a server revision below the quarantined one.

        A live copy of the nearest accepted ancestor, or a tombstone where another leaf lives or no such ancestor is
        known: a tombstone below the only leaf would delete the document everywhere.
        """
        doc_id = DocId(sent.id)
        if not batch.database.missing({doc_id: [Rev(sent.rev)]}):
            return
        log = self._log(batch, sent.id)
        leaves = batch.database.leaves(doc_id)
        ancestor = nearest_live(log, sent.rev)
        lone = not any(not leaf.deleted and leaf.rev not in sent.path for leaf in leaves)
        draft = _closing(doc_id, sent, ancestor if lone else None)
        for written in self._pen.write(entry.cell, [draft]):
            log.add(written.entry)

    def _notify(self, entry: Entry) -> None:
        notice = DocId(f"notice:{derived_id('quarantine', entry.cell, entry.document, entry.rev)}")
        arrived = parse_time(entry.arrived) or self._now()
        english, chinese = REASON_TEXTS[entry.quarantined or "unreadable"]
        data = {
            "for": entry.author,
            "tablet": entry.tablet,
            "document": entry.document,
            "reason": entry.quarantined,
            "text": {
                "en": f"Your version of {entry.document} was set aside because {english}. It is kept for staff to see.",
                "zh": f"您提交的 {entry.document} 已另行保存，原因：{chinese}。内容未丢失，工作人员将会处理。",
            },
            "expires": write_time(arrived + timedelta(days=NOTICE_DAYS)),
        }
        self._pen.publish(entry.cell, {notice: {"kind": "notice", "data": data}}, "quarantine")

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
        rev = server_rev(above.rev if above else None, sent.deleted, sent.body)
        batch.rows.append({"ok": True, "id": sent.id, "rev": rev})
        fault = None if sent.fault is Reason.REVISION and not named else sent.fault
        return Sent(sent.raw, sent.id, rev, (rev, *(above.path if above else ())), sent.deleted, sent.body, fault)


def _is_stale(named: str | None, parent: Rev | None, leaves: Sequence[Leaf]) -> bool:
    if named:
        return parent is None
    return any(not leaf.deleted for leaf in leaves)


def log_path(log: DocumentLog, sent: Sent) -> list[str]:
    """Return a pushed revision's ancestors as far as they are known, newest first."""
    path = list(sent.path[1:])
    return path + list(log.path(path[-1]))[1:] if path else []


def _short_path(sent: Sent, log: DocumentLog) -> list[str]:
    path = [str(sent.rev)]
    for rev in sent.path[1:]:
        path.append(rev)
        if rev in log.entries:
            break
    return path


def _changes(sent: Sent, before: Entry | None, rules: Rules) -> tuple[str, ...]:
    if kind_of(sent.id) not in SUBJECTS:
        return ("*",)
    if sent.deleted:
        return ("_deleted",)
    base = (data_of(before.body or {}), missing_of(before.body or {})) if before and not before.deleted else None
    return changed_items(base, (data_of(sent.body), missing_of(sent.body)), rules)


def _stamps(body: Body, changes: Sequence[str], rules: Rules, corrected: Callable[[object], str]) -> dict[str, str]:
    """Return when each changed item was changed: its own stamp, else the revision's."""
    meta = meta_of(body)
    own = meta.get("stamps") if isinstance(meta.get("stamps"), dict) else {}
    stamps = {}
    for item in changes:
        found = [s for name in (item, *rules.fields_of(item)) if parse_time(s := (own or {}).get(name))]
        stamps[item] = max((corrected(s) for s in found), default="") or corrected(meta.get("at"))
    return stamps


def _case(kind: str, entry: Entry) -> Case:
    return Case(
        id=case_id(kind, entry.cell, entry.document, entry.rev),
        kind=kind,
        state=OPEN,
        level=LEVELS[0],
        cell=entry.cell,
        opened=entry.arrived,
        document=entry.document,
        rev=entry.rev,
        tablet=entry.tablet,
        submitted_by=[entry.author] if entry.author else [],
        reason=entry.quarantined,
    )


def _graft(sent: Sent) -> Graft:
    return Graft(DocId(sent.id), sent.path, encode_body(sent.body), sent.deleted)


def _closing(doc_id: DocId, sent: Sent, ancestor: Entry | None) -> Draft:
    if ancestor is None:
        return Draft(doc_id, {}, sent.path, deleted=True, cause="quarantine", meta={"closes": sent.rev})
    body = ancestor.body or {}
    return Draft(
        document=doc_id,
        content=content(body, data_of(body), missing_of(body)),
        path=sent.path,
        cause="quarantine",
        meta={"closes": sent.rev},
        stamps=ancestor.stamps,
        contests=ancestor.contests,
    )


def _kept_bytes(raw: bytes) -> dict[str, Any]:
    try:
        return {"raw": raw.decode()}
    except UnicodeDecodeError:
        return {"raw": "base64:" + base64.b64encode(raw).decode()}


def _named(sent: Sent) -> Sent:
    """Give a document without a usable id or revision a name to be kept under, from its bytes."""
    doc_id = sent.id or f"unnamed:{derived_id('unnamed', base64.b64encode(sent.raw).decode())}"
    rev = sent.rev or f"0-{derived_id('unnamed', base64.b64encode(sent.raw).decode()).replace('-', '')}"
    return Sent(sent.raw, doc_id, rev, sent.path, sent.deleted, sent.body, sent.fault)


def _closed(case: Case, because: str) -> Case:
    return msgspec.structs.replace(case, state="closed", closed_because=because)

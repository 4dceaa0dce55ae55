"""Reception: takes what tablets send to where it belongs, the cell or its sealed database.

An answer to a sealed form that comes to the cell itself is kept under seal like any other. The cell gets its stub, as a
child of the revision that was sent: so the tablet that sent it, and all others, have the stub in its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec

from conflict import Rules
from fieldsync.clock import Bearings
from fieldsync.documents import DocId, Rev, cell_database, home_cell, is_sealed_cell, is_tablet_id, sealed_cell
from fieldsync.entries import Arrival, quarantined_entry
from fieldsync.judgement import CANNOT_STAND, MAX_ROOT_GENERATION, Limits, Reason, Sent, read_document
from fieldsync.ledger import DocumentLog, Ledger
from fieldsync.quarantine import closing
from fieldsync.replication import Access, Caller, Intake, PushRequest
from fieldsync.revisions import generation
from fieldsync.sealed_forms.known import SealedForms
from fieldsync.sealed_forms.stubs import CAUSE, Stubs
from fieldsync.server_writes import Draft, Pen
from fieldsync.stores.base import Missing, Store

_NO_RULES = Rules.of({})


class _Form(msgspec.Struct):
    form: Any = None


_FORMS = msgspec.json.Decoder(_Form)
_NAMED = re.compile(rb'"form"\s*:\s*"([^"\\]*)"')


@dataclass(frozen=True, slots=True)
class Reception:
    """An intake before two others: `cells` takes in for cells, `sealed` for their sealed databases."""

    cells: Intake
    sealed: Intake
    forms: SealedForms
    stubs: Stubs
    store: Store
    ledger: Ledger
    pen: Pen
    limits: Limits
    now: Callable[[], datetime]

    def push(self, request: PushRequest) -> list[dict[str, Any]]:
        """Take in what one request hands in; returns the rows to answer."""
        if is_sealed_cell(request.cell):
            return self._seal(request)
        names = self.forms.names()
        astray = [raw for raw in request.documents if names and _names_one(raw, names)]
        if not astray:
            return self.cells.push(request)
        raws = {id(raw) for raw in astray}
        others = [raw for raw in request.documents if id(raw) not in raws]
        rows = self._take_astray(request, astray)
        return rows + (self.cells.push(replace(request, documents=others)) if others else [])

    def missing(self, cell: str, caller: Caller, revs: Mapping[str, Sequence[str]]) -> dict[str, Missing]:
        """Return which revisions the tablet should send."""
        if not is_sealed_cell(cell):
            return self.cells.missing(cell, caller, revs)
        self.store.create(cell_database(cell))
        return self.sealed.missing(cell, caller, revs)

    def _read(self, raw: bytes) -> Sent:
        return read_document(raw, self.limits)

    def _seal(self, request: PushRequest) -> list[dict[str, Any]]:
        self.store.create(cell_database(request.cell))
        rows = self.sealed.push(request)
        self._tell(request.cell, (self._read(raw).id for raw in request.documents))
        return rows

    def _tell(self, room: str, documents: Iterable[str]) -> None:
        self.stubs.bring(home_cell(room), [one for one in documents if is_tablet_id(one)])

    def _take_astray(self, request: PushRequest, astray: Sequence[bytes]) -> list[dict[str, Any]]:
        """Keep answers under seal that came to the cell itself; the cell knows their revisions by the stubs on them.

        Those too that cannot be read, or may not stand in a tree: set aside in the cell, staff would see their words.
        """
        room = sealed_cell(request.cell)
        self.store.create(cell_database(room))
        caller = replace(request.caller, access=Access.SEALED, drained_at=None)
        rows = self.sealed.push(replace(request, cell=room, caller=caller, documents=list(astray)))
        read = [self._read(raw) for raw in astray]
        for sent in read:
            if sent.rev and _stands(sent):
                self._put_stub_on(request, sent)
        self._tell(room, (sent.id for sent in read))
        return rows

    def _put_stub_on(self, request: PushRequest, sent: Sent) -> None:
        """Record in the cell's books that a revision was put under seal, and write the stub as its child."""
        cell, doc_id = request.cell, DocId(sent.id)
        log = self.ledger.document(cell, sent.id)
        arrival = Arrival(cell, request.caller, Bearings.taken(request.clock, self.now()))
        entry = quarantined_entry(arrival, sent, log, _NO_RULES, Reason.SEALED)
        self.ledger.record([entry])
        log.add(entry)
        database = self.store.database(cell_database(cell))
        if database.missing({doc_id: [Rev(sent.rev)]}):
            others = [leaf.rev for leaf in database.leaves(doc_id) if not leaf.deleted and leaf.rev not in sent.path]
            self.pen.write(cell, [self._child(cell, sent, log, others)])

    def _child(self, cell: str, sent: Sent, log: DocumentLog, others: Sequence[Rev]) -> Draft:
        """Return what comes below a revision that was put under seal: its stub, or a tombstone where that is elsewhere.

        Where there is no stub, since it is no answer, the document stays as it was before.
        """
        stub, ancestor = self.stubs.stub(cell, sent.id), log.nearest_live(sent.rev)
        if stub is None and ancestor and not any(ancestor.rev in log.contents().of(rev) for rev in others):
            return closing(DocId(sent.id), sent, ancestor)
        is_needed = stub is not None and not others
        content, meta = dict(stub or {}) if is_needed else {}, {"closes": sent.rev}
        return Draft(DocId(sent.id), content, sent.path, not is_needed, cause=CAUSE, meta=meta)


def _names_one(raw: bytes, names: frozenset[str]) -> bool:
    """Tell whether a document names a sealed form as its own; of one that cannot be read, whether it does anywhere."""
    try:
        form = _FORMS.decode(raw).form
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return any(found.decode("utf-8", "replace") in names for found in _NAMED.findall(raw))
    return isinstance(form, str) and form in names


def _stands(sent: Sent) -> bool:
    """Tell whether a revision may stand in a tree, so that something can be written on it."""
    return sent.fault not in CANNOT_STAND and generation(sent.path[-1]) <= MAX_ROOT_GENERATION

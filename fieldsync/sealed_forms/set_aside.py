"""Answers that were set aside under seal: which there are of a cell, about whom, and which refuse. Reads only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fieldsync.cases import Cases
from fieldsync.clock import Bearings, parse_time
from fieldsync.documents import Body, kind_of, meta_of, sealed_cell
from fieldsync.entries import sent_bytes
from fieldsync.judgement import Limits, Reason, read_document
from fieldsync.ledger import Entry, Ledger
from fieldsync.sealed_forms.answers import subject_of
from fieldsync.sealed_forms.known import SealedForms


@dataclass(frozen=True, slots=True)
class SetAside:
    """A revision of an answer that was set aside, with its case; `body` is empty where it cannot be read."""

    cell: str
    answer: str
    case: str
    entry: Entry
    body: Body
    at: str
    refuses: bool

    @property
    def question(self) -> tuple[str, str | None]:
        """Return what was asked: of which form, about whom."""
        return str(self.body.get("form")), subject_of(self.body)

    def is_of(self, form: str, subject: str) -> bool:
        """Tell whether it answers a form about somebody; what cannot be read does, where it names both."""
        if self.body:
            return self.question == (form, subject)
        raw = sent_bytes(self.entry)
        return f'"{form}"'.encode() in raw and subject.encode() in raw


class SetAsides:
    """Finds by their cases what was set aside, as long as it can be opened."""

    def __init__(self, cases: Cases, ledger: Ledger, forms: SealedForms, limits: Limits) -> None:
        self._cases, self._ledger, self._forms, self._limits = cases, ledger, forms, limits

    def of(self, cell: str) -> Iterator[SetAside]:
        """Yield the answers of a cell that were set aside under seal, also those whose case is closed."""
        room = sealed_cell(cell)
        for case in self._cases.where(cell=room, kind="quarantine"):
            entry = self._ledger.entry(room, case.document or "", case.rev or "")
            if entry and entry.raw is not None and kind_of(entry.document) == "answer":
                yield self._read(cell, case.id, entry)

    def _read(self, cell: str, case: str, entry: Entry) -> SetAside:
        body = read_document(sent_bytes(entry), self._limits).body
        says_no = entry.quarantined == Reason.SECOND_REVISION and not entry.deleted and not self._forms.consents(body)
        return SetAside(cell, entry.document, case, entry, body, _at(entry, body), says_no)


def _at(entry: Entry, body: Body) -> str:
    """Return when it was answered, in the server's time; when it arrived, where it does not say."""
    arrived = parse_time(entry.arrived)
    if arrived is None:
        return entry.arrived
    return Bearings.measured(arrived, entry.offset_s).corrected(meta_of(body).get("at"), None)

"""Reading sealed answers: what there is, by the stubs in the cells; and one answer at a time, with a reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from fieldsync.documents import (
    DocId,
    cell_database,
    data_of,
    decode_body,
    home_cell,
    is_sealed_cell,
    missing_of,
    sealed_cell,
)
from fieldsync.errors import BadInput, NotFound
from fieldsync.ledger import Entry, Ledger
from fieldsync.sealed_forms.answers import is_stub, subject_of
from fieldsync.sealed_forms.known import SealedForms
from fieldsync.sealed_forms.stubs import entry_told
from fieldsync.sealed_forms.wording import told_in
from fieldsync.stores.base import Store
from fieldsync.trail import Trail, saw

_CELL = "cell-"


@dataclass(frozen=True, slots=True)
class SealedAnswers:
    """Lists and opens the answers to sealed forms; every look is in the audit trail."""

    store: Store
    ledger: Ledger
    forms: SealedForms
    trail: Trail

    def listed(self, areas: Sequence[str], by: str, after: str = "", limit: int = 100) -> list[dict[str, Any]]:
        """Return what the cells of some areas are told of answers, in order of cell and answer, after a `key`."""
        found: list[dict[str, Any]] = []
        for row in self._stubs(areas, after):
            found.append(row)
            if len(found) == limit:
                break
        self.trail.note(by, "sealed.list", " ".join(areas).strip() or "sealed", saw(str(row["about"]) for row in found))
        return found

    def read(self, cell: str, answer: str, by: str, reason: str) -> dict[str, Any]:
        """Open one answer, its questions and choices in words. Raises BadInput without a reason, NotFound."""
        if not reason.strip():
            raise BadInput(
                "A sealed answer is opened with a reason, which stays in the audit trail: give one and name nobody.",
                zh="查看保密答案须说明理由；理由将记入审计日志，请勿写明姓名。",
            )
        entry = self._entry(cell, answer)
        subject = subject_of(entry.body or {})
        self.trail.note(by, "sealed.read", answer, f"{reason.strip()}; {saw([subject or answer])}")
        body = entry.body or {}
        spec = self.forms.spec(str(body.get("form")), body.get("version"))
        return {
            "answer": answer,
            "cell": cell,
            "form": body.get("form"),
            "version": body.get("version"),
            "about": subject,
            "at": entry.stamps.get("*", entry.arrived),
            "by": entry.author,
            "agreed": self.forms.consents(body),
            "data": data_of(body),
            "missing": missing_of(body),
            "told": told_in(body, spec),
        }

    def _entry(self, cell: str, answer: str) -> Entry:
        room = sealed_cell(cell)
        found = self.store.database(cell_database(room)).get(DocId(answer)) if self._has(room) else None
        entry = entry_told(self.ledger, room, found) if found and not found.deleted else None
        if entry is None or entry.body is None or entry.erased:
            raise NotFound(
                f"There is no sealed answer {answer} in {cell}, or it was withdrawn or erased: look at the list.",
                zh=f"网格 {cell} 没有保密答案 {answer}，可能已撤回或删除；请查看列表。",
            )
        return entry

    def _has(self, room: str) -> bool:
        return cell_database(room) in self.store.names()

    def _stubs(self, areas: Sequence[str], after: str) -> Iterator[dict[str, Any]]:
        start, _, last = after.partition("/")
        codes = (home_cell(name).removeprefix(_CELL) for name in self.store.names() if is_sealed_cell(name))
        for cell in sorted(code for code in codes if code.startswith(tuple(areas)) and code >= start):
            begin = f"{last}\0" if cell == start and last else "answer:"
            for row in self.store.database(cell_database(cell)).documents(begin, "answer;"):
                body = decode_body(row.body)
                if is_stub(body):
                    yield _row(cell, row.id, body)


def _row(cell: str, answer: str, body: dict[str, Any]) -> dict[str, Any]:
    data = data_of(body)
    told = {name: data.get(name) for name in ("task", "consent", "at", "by")}
    named = {"form": body.get("form"), "version": body.get("version"), "about": subject_of(body)}
    return {"key": f"{cell}/{answer}", "cell": cell, "answer": answer, **named, **told}

"""What may be wrong with the books: each fault says what, where, and how to go on. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_STEPS = "let the server run its steps"
_LOOK = "tell its story with --document and compare with a backup"
_RESTORE = "put the ledger's entry back from a backup, or take the revision out of the cell"

FAULTS: Mapping[str, tuple[str, str]] = {
    "unaccounted": ("the change has no outcome and does not visibly wait", f"{_STEPS}, else {_LOOK}"),
    "unknown_outcome": ("its outcome is no word of the books", "compare the outcome with a backup"),
    "outcome_without_change": ("the outcome is of a change that nobody made", _LOOK),
    "outcome_missing": ("an earlier outcome of the change is gone", "compare the ledger with a backup"),
    "not_in_registry": ("it is called admitted and the registry lacks it", "compare the registry with a backup"),
    "contradicted": ("what its outcome names as the cause does not bear it out", _LOOK),
    "no_case": ("it waits for a case that is not open", f"{_STEPS}, else look the case up"),
    "not_in_cell": ("the ledger has it and its cell does not", "run fieldsync restore --cell from the last backup"),
    "not_in_ledger": ("the cell has it and the ledger does not", _RESTORE),
    "gap_in_path": ("the revision that it was written on is not in the ledger", _RESTORE),
    "archive_missing": ("it is in a file of the archive that is gone", "put it back where FIELDSYNC_ARCHIVE says"),
    "body_differs": ("the cell's body is not the ledger's", "compare both with a backup; the ledger's is the evidence"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that does not add up: what, and where."""

    kind: str
    cell: str
    document: str
    rev: str | None = None
    item: str | None = None
    detail: str = ""

    @property
    def place(self) -> str:
        """Return where it is, as `fieldsync audit --edit` takes it."""
        return f"{self.cell}/{self.document}" + (f"@{self.rev}" if self.rev else "")

    def told(self) -> str:
        """Return one line: what, where, and how to go on."""
        what, remedy = FAULTS[self.kind]
        item = f" {self.item}" if self.item else ""
        detail = f" ({self.detail})" if self.detail else ""
        return f"{self.kind} {self.place}{item}: {what}{detail}; {remedy}."

    def report(self) -> dict[str, Any]:
        """Return the fault as JSON."""
        members = ("kind", "cell", "document", "rev", "item", "detail")
        return {name: value for name in members if (value := getattr(self, name))} | {"told": self.told()}

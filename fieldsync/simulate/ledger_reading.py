"""One reading of the day's ledger: the counterfactual, and what happened in each cell."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from conflict import Rules
from fieldsync.documents import SUBJECTS, kind_of
from fieldsync.ledger import DocumentLog
from fieldsync.simulate.counterfactual import Lost, lost_in_document


@dataclass(slots=True)
class CellDay:
    """What happened in one cell: tablets' edits, documents in which edits met, contests, edits set aside."""

    edits: int = 0
    met: int = 0
    contests: int = 0
    quarantined: int = 0


@dataclass(slots=True)
class LedgerDay:
    """What the ledger tells of the day."""

    lost: Lost = field(default_factory=Lost)
    cells: dict[str, CellDay] = field(default_factory=dict)


def read_day(documents: Iterable[tuple[str, str, DocumentLog]], rules_of: Callable[[str], Rules]) -> LedgerDay:
    """Go through the ledger once; `rules_of` gives the merge rules of a kind."""
    day = LedgerDay()
    for cell, document, log in documents:
        edits = [entry for entry in log.entries.values() if entry.is_edit]
        if not edits:
            continue
        tally = day.cells.setdefault(cell, CellDay())
        tally.edits += len(edits)
        tally.quarantined += sum(entry.quarantined is not None for entry in edits)
        tally.met += any(entry.cause == "resolve" for entry in log.entries.values())
        tally.contests += any(entry.contests for entry in log.entries.values())
        if kind_of(document) in SUBJECTS:
            day.lost += lost_in_document(log, rules_of(kind_of(document)))
    return day

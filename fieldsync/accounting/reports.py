"""The books for pages: the tallies of a selection, summed up, with the cells page by page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from fieldsync.accounting.accounts import OUTCOMES, Accounts, Selection
from fieldsync.accounting.tallies import EDITS, Tallies, Tally


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a page asks for: areas, a selection of collector and days, and which cells to list: after one, so many."""

    areas: Sequence[str]
    selection: Selection
    after: str = ""
    limit: int = 100


@dataclass(slots=True)
class _Sum:
    accounts: Accounts = field(default_factory=Accounts)
    cells: list[dict[str, Any]] = field(default_factory=list)
    further: bool = False


def accounting_report(tallies: Tallies, wanted: Wanted) -> dict[str, Any]:
    """Return the figures of `fieldsync audit`, as far as the ledger is counted; `uncounted` rows of it are not yet."""
    uncounted = tallies.refresh()
    total = _Sum()
    for tally in tallies.cells(wanted.areas):
        _add(total, tally, wanted)
    accounts = total.accounts
    figures = accounts.report()
    kept = ("edits", "changes", "revisions", "outcomes", "by_collector", "by_day")
    return {
        **{name: figures[name] for name in kept},
        "by_cell": total.cells,
        "next": total.cells[-1]["cell"] if total.further else None,
        "uncounted": uncounted,
    }


def _add(total: _Sum, tally: Tally, wanted: Wanted) -> None:
    """Add a cell; it is listed too if it is on the page and has anything."""
    held: Counter[str] = Counter()
    for day, collectors in tally.counts.items():
        for collector, numbers in collectors.items():
            if wanted.selection.has(collector, day):
                outcomes = {name: number for name, number in numbers.items() if name != EDITS and number}
                total.accounts.edits += numbers.get(EDITS, 0)
                total.accounts.enter((collector, tally.cell, day), outcomes, sum(outcomes.values()))
                held.update(outcomes)
    total.accounts.revisions += tally.revisions
    if not held or tally.cell <= wanted.after:
        return
    if len(total.cells) == wanted.limit:
        total.further = True
    else:
        total.cells.append({"cell": tally.cell, **{name: held[name] for name in OUTCOMES if held[name]}})

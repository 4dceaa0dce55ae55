"""Following the work: what a page, a file or a map of progress is read from, for the areas of who asks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from fieldsync.areas import Areas, CellPlace
from fieldsync.assignments import Assignments
from fieldsync.cases import OPEN, Cases
from fieldsync.errors import BadInput
from fieldsync.progress.counts import BUDGET, Counts
from fieldsync.progress.report import BY, Day, Known, Row, rows_by, total_of
from fieldsync.rounds import Round, Rounds


@dataclass(frozen=True, slots=True)
class Asked:
    """Which areas, put together by what, and of which round; None: the last one that has begun there."""

    areas: Sequence[str]
    by: str = "cell"
    round: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """Progress as it is known: `behind` cells have changed since they were counted."""

    by: str
    round: str | None
    rows: list[Row]
    total: Row
    behind: int
    day: Day


@dataclass(frozen=True, slots=True)
class Progress:
    """Reads how far the work is."""

    counts: Counts
    areas: Areas
    assignments: Assignments
    cases: Cases
    rounds: Rounds

    def report(self, asked: Asked, day: Day, budget: int = BUDGET) -> Report:
        """Return the progress of areas, counting first what has changed, as far as the budget goes.

        Raises BadInput for what rows cannot be put together by, NotFound for an unknown round.
        """
        if asked.by not in BY:
            raise BadInput(f"Progress is shown by one of {', '.join(BY)}. / 分组方式须为其中之一。", field="by")
        chosen = self._round(asked, day)
        cells = self.cells(asked.areas)
        codes = [cell.code for cell in cells]
        behind = self.counts.refresh(codes, budget)
        known = Known(cells, self.counts.read(codes), self._holders(asked), self._open_cases(asked.areas))
        rows = rows_by(asked.by, known, chosen)
        return Report(asked.by, chosen, rows, total_of(rows), len(behind), day)

    def cells(self, areas: Sequence[str]) -> list[CellPlace]:
        """Return the cells of areas, each once, in order of code."""
        found = {cell.code: cell for area in areas for cell in self.areas.cells(area)}
        return [found[code] for code in sorted(found)]

    def _holders(self, asked: Asked) -> dict[str, str]:
        if asked.by != "collector":
            return {}
        held = (pair for area in asked.areas for pair in self.assignments.holders(area).items())
        return {cell: holder.collector for cell, holder in held}

    def _open_cases(self, areas: Sequence[str]) -> Counter[str]:
        cells = (case.cell for case in self.cases.each(state=OPEN))
        return Counter(cell for cell in cells if cell.startswith(tuple(areas)))

    def _round(self, asked: Asked, day: Day) -> str | None:
        if asked.round is not None:
            return self.rounds.need(asked.round).id
        begun = [one for one in self.rounds.all() if one.since <= day.today and _meets(one, asked.areas)]
        return max(begun, key=lambda one: (one.since, one.id)).id if begun else None


def _meets(one: Round, areas: Sequence[str]) -> bool:
    return any(one.area.startswith(area) or area.startswith(one.area) for area in areas)

"""The report of progress: the figures of cells put together by cell, community, street, district or collector. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from fieldsync.areas import CellPlace
from fieldsync.progress.estimates import Estimate, estimate
from fieldsync.progress.figures import Figures, RoundFigures
from fieldsync.progress.life import Handed

BY = ("cell", "community", "street", "district", "collector")
COUNTED = ("visited", "submitted", "verified", "returned", "waiting", "closed")
NOBODY = ""
"""The key of cells that nobody holds, in a report by collector."""


@dataclass(frozen=True, slots=True)
class Day:
    """Today in the city, and its time zone."""

    today: date
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Known:
    """What a report is made of: cells, their figures, who holds them, and how many cases are open in them."""

    cells: Iterable[CellPlace]
    figures: Mapping[str, Figures]
    holders: Mapping[str, str]
    open_cases: Mapping[str, int]


@dataclass
class Row:
    """The progress of one cell, area or collector in a round; `uncounted` of its cells were never looked at.

    `visits` and `submissions` are records: in a report by collector those he wrote, wherever the cells are now; so is
    what was `handed` in. `life` counts the units by where they stand.
    """

    key: str
    cells: int = 0
    uncounted: int = 0
    dwellings: int = 0
    households: int = 0
    persons: int = 0
    visited: int = 0
    submitted: int = 0
    verified: int = 0
    returned: int = 0
    waiting: int = 0
    closed: int = 0
    visits: int = 0
    submissions: int = 0
    open_tasks: int = 0
    open_cases: int = 0
    last_sync: str | None = None
    units: int = 0
    life: Counter[str] = field(default_factory=Counter)
    handed: Handed = field(default_factory=Handed)
    days: Counter[str] = field(default_factory=Counter)

    @property
    def done(self) -> int:
        """Return how many dwellings are submitted or closed."""
        return self.submitted + self.closed

    @property
    def coverage(self) -> float | None:
        """Return the share of the known dwellings that were visited; None where none is known."""
        return self.visited / self.dwellings if self.dwellings else None

    def days_since(self, day: Day) -> int | None:
        """Return how many days ago something last came from a tablet."""
        if self.last_sync is None:
            return None
        return (day.today - datetime.fromisoformat(self.last_sync).astimezone(day.zone).date()).days

    def estimate(self, day: Day) -> Estimate:
        """Return when what is left will be done."""
        return estimate(self.dwellings - self.done, self.days, day.today)


def rows_by(by: str, known: Known, chosen: str | None) -> list[Row]:
    """Return the rows of a report in order of key, of a round."""
    rows: dict[str, Row] = {}
    for cell in known.cells:
        figures = known.figures.get(cell.code)
        row = _of(rows, _key(by, cell, known.holders))
        _add_cell(row, figures, known.open_cases.get(cell.code, 0))
        if figures:
            here = figures.rounds.get(chosen or "", RoundFigures())
            _add_round(row, figures, here)
            if by == "collector":
                _add_work(rows, figures, here)
            else:
                _note_work(row, figures, here)
    return [rows[key] for key in sorted(rows)]


def total_of(rows: Iterable[Row]) -> Row:
    """Return the sum of rows that have no cell in common."""
    total = Row("")
    for row in rows:
        for name in ("cells", "uncounted", "dwellings", "households", "persons", *COUNTED):
            setattr(total, name, getattr(total, name) + getattr(row, name))
        for name in ("visits", "submissions", "open_tasks", "open_cases", "units"):
            setattr(total, name, getattr(total, name) + getattr(row, name))
        total.life.update(row.life)
        total.handed.add(row.handed)
        total.days.update(row.days)
        total.last_sync = _later(total.last_sync, row.last_sync)
    return total


def _of(rows: dict[str, Row], key: str) -> Row:
    return rows.setdefault(key, Row(key))


def _key(by: str, cell: CellPlace, holders: Mapping[str, str]) -> str:
    if by == "cell":
        return cell.code
    return holders.get(cell.code, NOBODY) if by == "collector" else cell.areas.get(by, cell.code)


def _add_cell(row: Row, figures: Figures | None, open_cases: int) -> None:
    row.cells += 1
    row.open_cases += open_cases
    if figures is None:
        row.uncounted += 1
        return
    for name in ("dwellings", "households", "persons", "open_tasks", "units"):
        setattr(row, name, getattr(row, name) + getattr(figures, name))


def _add_round(row: Row, figures: Figures, here: RoundFigures) -> None:
    for name in COUNTED:
        setattr(row, name, getattr(row, name) + getattr(here, name))
    row.life.update(here.life or {"not_started": figures.units})
    row.days.update(here.days)


def _note_work(row: Row, figures: Figures, here: RoundFigures) -> None:
    row.visits += sum(here.visits.values())
    row.submissions += sum(here.submissions.values())
    for handed in here.handed.values():
        row.handed.add(handed)
    for arrived in figures.synced.values():
        row.last_sync = _later(row.last_sync, arrived)


def _add_work(rows: dict[str, Row], figures: Figures, here: RoundFigures) -> None:
    for who, number in here.visits.items():
        _of(rows, who).visits += number
    for who, number in here.submissions.items():
        _of(rows, who).submissions += number
    for who, handed in here.handed.items():
        _of(rows, who).handed.add(handed)
    for who, arrived in figures.synced.items():
        row = _of(rows, who)
        row.last_sync = _later(row.last_sync, arrived)


def _later(one: str | None, other: str | None) -> str | None:
    return max((moment for moment in (one, other) if moment), default=None)

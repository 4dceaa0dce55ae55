"""The books as figures: edits and changes in, what became of each, by collector, cell and day; and what is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from fieldsync.accounting.faults import Fault
from fieldsync.clock import parse_time

OUTCOMES = (
    "admitted", "agreed", "superseded", "overruled", "recorded", "returned", "refused", "quarantined",
    "not_submitted", "waiting", "erased",
)  # fmt: skip
WRITTEN = frozenset(
    {"admitted", "agreed", "superseded", "overruled", "recorded", "returned", "refused", "waiting", "erased"}
)
"""Outcomes that stand in the ledger; the others follow from the revision itself, and so does a record's `recorded`."""
_TEN_MINUTES = len("2026-11-23T08:1")
"""How much of a time names ten minutes: no zone changes its day within them."""


class Days:
    """The city's day of a time in UTC; each ten minutes are looked up once."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._known: dict[str, str] = {}

    def of(self, at: str) -> str:
        """Return the date (ISO) on which something was in the city."""
        key = at[:_TEN_MINUTES]
        if key not in self._known:
            moment = parse_time(at)
            self._known[key] = moment.astimezone(self._zone).date().isoformat() if moment else at[:10]
        return self._known[key]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which changes are counted: those of an area (a prefix of codes), a collector, days of arrival from and to."""

    area: str = ""
    collector: str | None = None
    first: date | None = None
    last: date | None = None

    def has(self, collector: str, day: str) -> bool:
        """Tell whether a collector's changes of a day (ISO) are asked for."""
        if self.collector is not None and collector != self.collector:
            return False
        return not (self.first and day < self.first.isoformat()) and not (self.last and day > self.last.isoformat())


@dataclass(frozen=True, slots=True)
class Stretch:
    """The cells from a code on, up to another: a share of the books that can be audited by itself."""

    start: str = ""
    end: str = "\U0010ffff"

    def has(self, cell: str) -> bool:
        """Tell whether a cell is in it."""
        return self.start <= cell < self.end


def stretches(cells: Sequence[str], count: int) -> list[Stretch]:
    """Divide everything into stretches with about as many of some cells each; together they leave nothing out."""
    cells = sorted(cells)
    cuts = sorted({cells[len(cells) * n // count] for n in range(1, count)} if cells else set())
    ends = [*cuts, Stretch().end]
    return [Stretch(start, end) for start, end in zip([Stretch().start, *cuts], ends, strict=True)]


@dataclass(slots=True)
class Accounts:
    """The books of a selection. `faults` are those of its whole area, whoever wrote and whenever."""

    edits: int = 0
    changes: int = 0
    revisions: int = 0
    archived: int = 0
    merged: int = 0
    contests: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    collectors: dict[str, Counter[str]] = field(default_factory=dict)
    cells: dict[str, Counter[str]] = field(default_factory=dict)
    days: dict[str, Counter[str]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    @property
    def unaccounted(self) -> int:
        """Return the number of changes without an outcome that do not visibly wait."""
        return self.changes - sum(self.outcomes.values())

    @property
    def adds_up(self) -> bool:
        """Tell whether every change is accounted for, in every grouping, and nothing contradicts the books."""
        groupings = (self.collectors, self.cells, self.days)
        totals = [sum((sum(c.values()) for c in grouping.values()), 0) for grouping in groupings]
        return not self.faults and self.unaccounted == 0 and totals == [self.changes] * 3

    def count(self, place: tuple[str, str, str], outcome: str | None) -> None:
        """Enter one change of a place: collector, cell, day."""
        self.enter(place, {outcome: 1} if outcome else {}, 1)

    def enter(self, place: tuple[str, str, str], outcomes: Mapping[str, int], changes: int) -> None:
        """Enter changes of a place (collector, cell, day), by outcome."""
        self.changes += changes
        for outcome, number in outcomes.items():
            self.outcomes[outcome] += number
            for grouping, key in zip((self.collectors, self.cells, self.days), place, strict=True):
                counter = grouping.get(key)
                if counter is None:
                    counter = grouping[key] = Counter()
                counter[outcome] += number

    def include(self, other: Accounts) -> None:
        """Add the books of other cells."""
        for name in ("edits", "changes", "revisions", "archived", "merged", "contests"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.outcomes.update(other.outcomes)
        for mine, theirs in ((self.collectors, other.collectors), (self.cells, other.cells), (self.days, other.days)):
            for key, counted in theirs.items():
                mine.setdefault(key, Counter()).update(counted)
        self.faults += other.faults

    def report(self) -> dict[str, Any]:
        """Return the books as JSON."""
        return {
            "edits": self.edits,
            "changes": self.changes,
            "revisions": self.revisions,
            "archived": self.archived,
            "merged": self.merged,
            "contests": self.contests,
            "outcomes": {name: self.outcomes[name] for name in OUTCOMES if self.outcomes[name]},
            "unaccounted": self.unaccounted,
            "by_collector": {k: dict(v) for k, v in sorted(self.collectors.items())},
            "by_cell": {k: dict(v) for k, v in sorted(self.cells.items())},
            "by_day": {k: dict(v) for k, v in sorted(self.days.items())},
            "faults": [fault.report() for fault in self.faults],
            "adds_up": self.adds_up,
        }

"""Letting go of what ran out: found and listed, left alone for the days of grace, then erased, cell after cell.

Once a day all cells are looked at, a few at a time; how far that is stands in the store. Whoever is killed anywhere
goes on there: an entry of the list is marked before its document is touched, and taken away after.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, timedelta

import msgspec
import structlog

from fieldsync.erasing import Erasing
from fieldsync.errors import FieldsyncError
from fieldsync.retention.due import NAME, DueList, Listed
from fieldsync.retention.finding import Finder, RunOut
from fieldsync.retention.obstacles import Obstacle, Obstacles
from fieldsync.stores.base import Store

BY = "schedule"
"""Who erases what ran out, in the trail and in the books."""
_AT_ONCE = 100
"""Documents that go in one act, while the steps of this process wait."""
_PLACE = "place"
log = structlog.get_logger("fieldsync.retention")


@dataclass(frozen=True, slots=True)
class Rules:
    """Which day it is, for how long what ran out is listed before it goes, and what keeps the steps apart."""

    today: Callable[[], date]
    grace: timedelta
    lock: AbstractContextManager[object]


@dataclass(frozen=True, slots=True)
class Coming:
    """A document that runs out: since when listed (None: not yet), when it goes at the earliest, what keeps it."""

    one: RunOut
    listed: date | None
    goes: date
    obstacles: tuple[Obstacle, ...]


class _Place(msgspec.Struct, frozen=True, kw_only=True):
    """How far the pass of a day is: the last cell; whether files have to be written anew; whether it is over."""

    day: date | None = None
    after: str = ""
    unwiped: bool = False
    done: bool = False


class Retention:
    """Finds, lists and lets go."""

    def __init__(self, store: Store, finder: Finder, obstacles: Obstacles, erasing: Erasing, rules: Rules) -> None:
        self._db, self._list = store.create(NAME), DueList(store)
        self._finder, self._obstacles, self._erasing, self._rules = finder, obstacles, erasing, rules

    def coming(self, cells: Iterable[str], until: date) -> Iterator[Coming]:
        """Yield what runs out in some cells until a day; writes nothing."""
        for cell in cells:
            found, listed = self._finder.in_cell(cell, until), self._list.of_cell(cell)
            kept = self._obstacles.of(cell, [one.document for one in found])
            for one in found:
                entry = listed.get(one.document)
                goes = entry.goes if entry else max(one.due, self._rules.today()) + self._rules.grace
                yield Coming(one, entry.found if entry else None, goes, tuple(kept[one.document]))

    def listed(self, area: str = "") -> Iterator[Listed]:
        """Yield what is on the list of an area, in order of cell."""
        return self._list.all(area)

    def go_on(self, cells: Sequence[str], budget_s: float, advance: Callable[[], None] = lambda: None) -> int:
        """Go on with today's pass for so many seconds, one cell at least; returns how many documents went."""
        place, deadline, gone = self._place(), time.monotonic() + budget_s, 0
        if place.done or not (self._finder.is_needed() or place.unwiped or next(self._list.all(), None)):
            return 0
        for cell in sorted(cell for cell in cells if cell > place.after):
            gone += self._looked_at(cell)
            advance()
            place = msgspec.structs.replace(self._place(), after=cell)
            if time.monotonic() >= deadline:
                self._keep(place)
                return gone
        if place.unwiped or self._place().unwiped:
            self._erasing.wipe()
        self._keep(_Place(day=self._rules.today(), done=True))
        return gone

    def again(self) -> None:
        """Begin today's pass anew, though it may be over."""
        self._keep(msgspec.structs.replace(self._place(), after="", done=False))

    def review(self, cell: str) -> int:
        """Bring the list of a cell up to date and let go of what may go; returns how many documents went."""
        today, listed = self._rules.today(), self._list.of_cell(cell)
        found = {one.document: one for one in self._finder.in_cell(cell, today)}
        for name, entry in listed.items():
            if not entry.going and name not in found:
                self._list.drop(cell, name)
        for name, one in found.items():
            self._enter(one, listed.get(name))
        ready = [e for e in listed.values() if e.going or (e.goes <= today and e.document in found)]
        return sum(self._let_go(cell, ready[n : n + _AT_ONCE]) for n in range(0, len(ready), _AT_ONCE))

    def _looked_at(self, cell: str) -> int:
        """Review a cell; one that cannot be read, or is read all the time, holds up no other."""
        try:
            return self.review(cell)
        except FieldsyncError as error:
            log.warning(
                "retention failed; tomorrow's pass tries again", cell=cell, code=error.code, reason=error.message
            )
            return 0

    def _enter(self, one: RunOut, entry: Listed | None) -> None:
        today = self._rules.today()
        self._list.put(
            Listed(
                document=one.document,
                cell=one.cell,
                form=one.form,
                retention=one.retention,
                since=one.since,
                due=one.due,
                found=entry.found if entry else today,
                goes=entry.goes if entry else today + self._rules.grace,
                going=entry.going if entry else False,
            )
        )

    def _let_go(self, cell: str, batch: Sequence[Listed]) -> int:
        """Erase what of a cell's documents still runs out, and is not kept, at this moment."""
        with self._rules.lock:
            found = {one.document for one in self._finder.in_cell(cell, self._rules.today())}
            kept = self._obstacles.of(cell, [e.document for e in batch if e.document in found])
            going = [e for e in batch if e.going or (e.document in found and not kept[e.document])]
            if not going:
                return 0
            self._keep(msgspec.structs.replace(self._place(), unwiped=True))
            for entry in going:
                self._list.put(msgspec.structs.replace(entry, going=True))
            words = {e.document: f"retention {e.retention} of form {e.form}, counted from {e.since}" for e in going}
            self._erasing.run_out(cell, words, BY)
            for entry in going:
                self._list.drop(cell, entry.document)
        return len(going)

    def _place(self) -> _Place:
        """Return how far today's pass is; of an earlier day only whether files are to be written anew."""
        kept = self._db.local(_PLACE)
        place = msgspec.json.decode(kept, type=_Place) if kept else _Place()
        today = self._rules.today()
        return place if place.day == today else _Place(day=today, unwiped=place.unwiped)

    def _keep(self, place: _Place) -> None:
        self._db.put_local(_PLACE, msgspec.json.encode(place))

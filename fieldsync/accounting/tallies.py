"""Tallies: the books by cell, kept up with the ledger; derived, so they may be thrown away and counted again.

One row for each cell counts its changes by day, collector and outcome. The ledger only grows, so each of its rows is a
difference: an entry adds its changes, an outcome moves one change from the outcome before. What was counted is a place
in the ledger's sequence. A page of the sequence enters the rows of its cells, then the place moves on. A row remembers
which ledger rows of the page at hand it has taken, so that a crash, or a second server, counts none of them twice: rows
are read first, the place after them, and a row is written only over what was read.

A place is good for the store it was made in: a restored or copied one begins a new epoch, and counts from the start.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import msgspec

from fieldsync.accounting.accounts import Days
from fieldsync.accounting.lines import Line, Mark, read_row
from fieldsync.documents import RECORDS, DocId, Rev, home_cell, kind_of
from fieldsync.errors import Conflict
from fieldsync.ledger import Ledger, entry_id, outcome_id
from fieldsync.proposals import DELETED
from fieldsync.stores.base import Database, Put, Revision, Store

NAME = "tallies"
PAGE = 1000
PAGES = 20
"""How many pages one call counts at most: a few seconds' work."""
EDITS = "edits"
_PLACE = DocId("place")
Counts = dict[str, dict[str, dict[str, int]]]
"""Numbers by day, collector, and outcome (or `edits`)."""


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """The books of one cell in an epoch; `taken` are the ledger's rows of the page at `place` that are in it."""

    cell: str
    epoch: str
    place: str = ""
    taken: list[str] = []
    revisions: int = 0
    counts: Counts = {}


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """How far the ledger of a store is counted."""

    store: str
    epoch: str
    since: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What one row of the ledger adds to its cell."""

    row: str
    cell: str
    day: str
    collector: str
    counts: Mapping[str, int]
    revisions: int = 0


class Tallies:
    """Counts the ledger as it grows."""

    def __init__(self, store: Store, ledger: Ledger, zone: ZoneInfo) -> None:
        self._store, self._ledger, self._days = store, ledger, Days(zone)
        self._db: Database = store.create(NAME)

    def refresh(self, pages: int = PAGES) -> int:
        """Count what the ledger has gained, so many pages at most; returns how many of its rows are left to count."""
        left = 0
        for _ in range(pages):
            place, rev = self._placed()
            page = self._ledger.changes(place.since, PAGE)
            if not page.rows:
                return 0
            left = page.pending
            if self._enter(place, self._differences([row.id for row in page.rows if not row.deleted], place.epoch)):
                self._move(place, rev, page.last_seq)
        return left

    def epoch(self) -> str:
        """Return which counting this is: rows of the ledger that were counted in it never count in it again."""
        return self._placed()[0].epoch

    def forget(self) -> None:
        """Begin a new epoch: all is counted again."""
        _, rev = self._placed()
        self._begin(rev)

    def cells(self, areas: Sequence[str]) -> Iterator[Tally]:
        """Yield the tallies of the cells of some areas, in order of cell."""
        epoch = self.epoch()
        for area in _outermost(areas):
            for row in self._db.documents(f"cell:{area}", f"cell:{area}\U0010ffff"):
                tally = msgspec.json.decode(row.body, type=Tally)
                if tally.epoch == epoch:
                    yield tally

    def _placed(self) -> tuple[Place, Rev]:
        while True:
            found = self._db.get(_PLACE)
            place = msgspec.json.decode(found.body, type=Place) if found else None
            if found and place and place.store == self._store.uuid():
                return place, found.rev
            self._begin(found.rev if found else None)

    def _begin(self, parent: Rev | None) -> None:
        self._write(_PLACE, Place(store=self._store.uuid(), epoch=secrets.token_hex(8), since="0"), parent)

    def _move(self, place: Place, parent: Rev, since: str) -> None:
        self._write(_PLACE, msgspec.structs.replace(place, since=since), parent)

    def _write(self, doc_id: DocId, value: Place | Tally, parent: Rev | None) -> bool:
        try:
            self._db.put(Put(doc_id, msgspec.json.encode(value), parent))
        except Conflict:
            return False
        return True

    def _enter(self, place: Place, differences: Iterable[Difference]) -> bool:
        """Enter a page into the rows of its cells; False where another server was there first."""
        by_cell: dict[str, list[Difference]] = defaultdict(list)
        for difference in differences:
            by_cell[difference.cell].append(difference)
        ids = [DocId(f"cell:{cell}") for cell in by_cell]
        found = self._db.revisions([(one, None) for one in ids], latest=False) if ids else []
        if self._placed()[0] != place:
            return False
        for doc_id, (cell, news), rows in zip(ids, by_cell.items(), found, strict=True):
            tally = _tally(cell, place, rows)
            fresh = [one for one in news if one.row not in set(tally.taken)]
            if fresh and not self._write(doc_id, _added(tally, place, fresh), rows[0].rev if rows else None):
                return False
        return True

    def _differences(self, rows: Sequence[DocId], epoch: str) -> Iterator[Difference]:
        """Yield what rows of the ledger add: an outcome is looked up with its entry and the outcome before it."""
        bodies = self._ledger.bodies(rows)
        read = {name: read_row(body) for name, body in bodies.items()}
        marks = [row for row in read.values() if isinstance(row, Mark)]
        asked = {DocId(entry_id(m.cell, m.document, m.rev)) for m in marks}
        asked |= {outcome_id(m.cell, m.document, m.rev, m.item, m.number - 1) for m in marks if m.number > 1}
        around: dict[str, Line | Mark] = {n: read_row(body) for n, body in self._ledger.bodies(sorted(asked)).items()}
        for name, row in read.items():
            found = self._of_mark(name, row, around) if isinstance(row, Mark) else self._of_line(name, row, epoch)
            if found:
                yield found

    def _of_line(self, name: str, line: Line, epoch: str) -> Difference | None:
        if line.archived and line.counted == epoch:
            return None
        counts: dict[str, int] = defaultdict(int)
        if line.is_counted:
            counts[EDITS] = 1
            for item in line.changes:
                counts[_beginning(line, item)] += 1
        return Difference(name, home_cell(line.cell), self._days.of(line.arrived), line.author or "?", counts, 1)

    def _of_mark(self, name: str, mark: Mark, around: Mapping[str, Line | Mark]) -> Difference | None:
        line = around.get(entry_id(mark.cell, mark.document, mark.rev))
        if not isinstance(line, Line) or not line.is_counted or mark.item not in line.changes:
            return None
        before = around.get(outcome_id(mark.cell, mark.document, mark.rev, mark.item, mark.number - 1))
        former = before.outcome if isinstance(before, Mark) else _beginning(line, mark.item)
        counts = {former: -1, mark.outcome: 1} if former != mark.outcome else {}
        return Difference(name, home_cell(line.cell), self._days.of(line.arrived), line.author or "?", counts)


def _beginning(line: Line, item: str) -> str:
    """Return what a change is before any outcome is written."""
    if line.quarantined:
        return "quarantined"
    if item in line.late:
        return "waiting"
    if kind_of(line.document) in RECORDS:
        return "recorded"
    return "waiting" if item == DELETED else "not_submitted"


def _tally(cell: str, place: Place, found: Sequence[Revision]) -> Tally:
    """Return a cell's row as it is in an epoch, with what it has taken of the page at a place."""
    tally = msgspec.json.decode(found[0].body, type=Tally) if found else None
    if tally is None or tally.epoch != place.epoch:
        return Tally(cell=cell, epoch=place.epoch, place=place.since)
    return tally if tally.place == place.since else msgspec.structs.replace(tally, place=place.since, taken=[])


def _added(tally: Tally, place: Place, news: Sequence[Difference]) -> Tally:
    counts = {day: {who: dict(numbers) for who, numbers in held.items()} for day, held in tally.counts.items()}
    for one in news:
        if one.counts:
            numbers = counts.setdefault(one.day, {}).setdefault(one.collector, {})
            for outcome, number in one.counts.items():
                numbers[outcome] = numbers.get(outcome, 0) + number
    return msgspec.structs.replace(
        tally,
        place=place.since,
        taken=[*tally.taken, *(one.row for one in news)],
        revisions=tally.revisions + sum(one.revisions for one in news),
        counts=counts,
    )


def _outermost(areas: Sequence[str]) -> list[str]:
    """Return the areas that lie in no other of them, in order."""
    distinct = sorted(set(areas))
    return [area for area in distinct if not any(area != other and area.startswith(other) for other in distinct)]

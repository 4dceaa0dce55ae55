"""Where a search begins: rows in a firm order, each a position and a record's identifier, from after a position on.

The narrowest filter leads: a number, an address, a name in its cells, a name anywhere, a status that few have; else the
cells in their order.
What leads here only proposes; `Criteria.answered_by` decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice, repeat
from typing import Any

from fieldsync.events.reading import KIND as EVENT
from fieldsync.filing import Filing
from fieldsync.filing_keys import NAMED, address_key, spoken
from fieldsync.filing_status import is_filed, status_key
from fieldsync.matching.keys import number_key
from fieldsync.matching.names import is_chinese, written
from fieldsync.matching.profile import digits_of
from fieldsync.registry import Record, Registry
from fieldsync.searching.criteria import KINDS, LATEST, Criteria, plain_number
from fieldsync.shelf import LAST

Position = tuple[str, ...]
Row = tuple[Position, str]
FEW_CELLS = 2_000
"""Up to so many cells are looked through for a name; beyond, the name is looked up anywhere."""
AT_ONCE = (4, 32, 256)
"""In how many cells a name is looked up at once: in few, then in more, since a common name fills its page soon."""
PAGE = 200
FEW_BUILDINGS = 50


@dataclass(frozen=True, slots=True)
class Sources:
    """Leads from filters to records."""

    registry: Registry
    filing: Filing
    answers: Callable[[Record], Mapping[str, Any]]
    secret: bytes
    cells: Callable[[str], Iterable[str]]

    def rows(self, wanted: Criteria, after: Position | None, moment: str | None = None) -> Iterator[Row]:
        """Yield records that may be wanted, in order of position; those after a position alone.

        What they were at a moment is not filed: then a status does not lead.
        """
        if wanted.identity:
            return self._filed([number_key("identity", plain_number(wanted.identity) or "", self.secret) + "|"], after)
        if wanted.phone:
            return self._filed([number_key("phone", digits_of(wanted.phone) or "", self.secret) + "|"], after)
        if wanted.address:
            return self._at_address(wanted, after)
        cells = self._cells(wanted)
        if wanted.name and (cells is None or len(cells) > FEW_CELLS) and wanted.kind in (None, "person"):
            return self._filed(_by_name(wanted.name), after)
        if not wanted.name and moment is None and is_filed(wanted.kind, wanted.status):
            return self._of_status(wanted, after)
        found = self._all_cells() if cells is None else cells
        return self._named(wanted, found, after) if wanted.name else self._in_cells(wanted, found, after)

    def _cells(self, wanted: Criteria) -> list[str] | None:
        """Return the cells that are asked about, in order; None for all."""
        if wanted.areas is None and wanted.area is None:
            return None
        begins = wanted.areas if wanted.area is None else [wanted.area]
        cells = {cell for area in begins or () for cell in self.cells(area)}
        return sorted(cell for cell in cells if wanted.within(cell))

    def _all_cells(self) -> list[str]:
        return sorted(self.cells(""))

    def _filed(self, prefixes: Sequence[str], after: Position | None) -> Iterator[Row]:
        """Yield what is filed under keys that begin with one of some texts, given in order."""
        for prefix in prefixes:
            last = after[0] if after else ""
            if last <= prefix or last.startswith(prefix):
                for row in self.filing.from_(prefix, last if last.startswith(prefix) else ""):
                    yield (row,), row.rpartition("|")[2]

    def _of_status(self, wanted: Criteria, after: Position | None) -> Iterator[Row]:
        """Yield what is filed under a status in the areas that are asked about, in order of cells."""
        for area in wanted.asked_areas():
            prefix = status_key(wanted.kind or "", wanted.status or "", area)
            last = after[1] if after else ""
            if last <= prefix or last.startswith(prefix):
                for row in self.filing.from_(prefix, last if last.startswith(prefix) else ""):
                    key, _, name = row.rpartition("|")
                    yield (key.rpartition(":")[2], row), name

    def _named(self, wanted: Criteria, cells: Sequence[str], after: Position | None) -> Iterator[Row]:
        """Yield who is called so in some cells, looking in many of them at once."""
        sound = spoken(wanted.name or "")
        places = [(cell, str(KINDS.index(kind)), kind) for cell in cells for kind in _kinds(wanted)]
        left = [place for place in places if after is None or place[:2] >= after[:2]]
        for size in _sizes(len(left)):
            here = {f"in:{cell}:{kind}:": (cell, number) for cell, number, kind in left[:size]}
            left = left[size:]
            for row in self.filing.beginning([f"{prefix}{sound}" for prefix in here]):
                position = (*here["{}:{}:{}:".format(*row.split(":", 3))], row)
                if after is None or position > after:
                    yield position, row.rpartition("|")[2]

    def _in_cells(self, wanted: Criteria, cells: Iterable[str], after: Position | None) -> Iterator[Row]:
        kinds = _kinds(wanted)
        for cell in cells:
            for kind in kinds:
                here = (cell, str(KINDS.index(kind)))
                if after is None or here >= after[:2]:
                    last = after[2] if after and here == after[:2] else ""
                    for position, name in self._in_cell(wanted, cell, kind, last):
                        yield (*here, position), name

    def _in_cell(self, wanted: Criteria, cell: str, kind: str, last: str) -> Iterator[tuple[str, str]]:
        if kind in NAMED:
            prefix = f"in:{cell}:{kind}:"
            yield from ((row, row.rpartition("|")[2]) for row in self.filing.from_(prefix, last))
            return
        if kind == EVENT:
            yield from self._happened(wanted, f"in:{cell}:{EVENT}:", last)
            return
        yield from ((record.id, record.id) for record in self.registry.within(cell, kind, last, PAGE))

    def _happened(self, wanted: Criteria, prefix: str, last: str) -> Iterator[tuple[str, str]]:
        """Yield what happened in a cell, in the order of days, from the first day asked for to the last."""
        end = f"{prefix}{wanted.last or LATEST}{LAST}"
        for row in self.filing.from_(prefix, max(last, f"{prefix}{wanted.first or ''}")):
            if row > end:
                return
            yield row, row.rpartition("|")[2]

    def _at_address(self, wanted: Criteria, after: Position | None) -> Iterator[Row]:
        """Yield buildings by their address, or what is in them: dwellings, households, persons."""
        last = after[0] if after else ""
        prefix = address_key(wanted.address or "")
        rows = chain([last] if last.startswith(prefix) else [], self.filing.from_(prefix, last))
        while batch := list(islice(rows, FEW_BUILDINGS)):
            first = self.filing.first_of(prefix, {row.rpartition("|")[2] for row in batch})
            for row in batch:
                building = row.rpartition("|")[2]
                if first.get(building) == row:  # a building has several rows: its name, its address from any part on
                    for name in self._within_building(wanted, building):
                        if after is None or (row, name) > after[:2]:
                            yield (row, name), name

    def _within_building(self, wanted: Criteria, building: str) -> list[str]:
        kind = wanted.kind or ("dwelling" if wanted.room else "building")
        found = [building]
        for inner in ("dwelling", "household", "person"):
            if KINDS.index(kind) < KINDS.index(inner):
                break
            found = self._next(wanted, inner, found)
        return sorted(found)

    def _next(self, wanted: Criteria, inner: str, outer: Sequence[str]) -> list[str]:
        """Return what of a kind refers to some records: persons by their stays."""
        referring = {name for names in self.filing.referring(outer).values() for name in names}
        if inner == "person":
            stays = self._answers_of(referring).values()
            return sorted({stay["person"] for stay in stays if isinstance(stay.get("person"), str)})
        if inner == "dwelling" and wanted.room:
            return [name for name, answers in self._answers_of(referring).items() if wanted.is_room(answers)]
        return sorted(referring)

    def _answers_of(self, names: Iterable[str]) -> dict[str, Mapping[str, Any]]:
        return {name: self.answers(one) for name, one in self.registry.read(sorted(names), Record).items()}


def _sizes(count: int) -> Iterator[int]:
    """Yield how many of so many places are looked at each time."""
    sizes = chain(AT_ONCE, repeat(AT_ONCE[-1]))
    while count > 0:
        size = next(sizes)
        yield size
        count -= size


def _by_name(name: str) -> list[str]:
    if is_chinese(name):
        return [f"name:{written(name)}"]
    return [f"pinyin:{spoken(name)}"]


def _kinds(wanted: Criteria) -> Sequence[str]:
    if wanted.kind:
        return (wanted.kind,)
    return tuple(NAMED) if wanted.name else KINDS

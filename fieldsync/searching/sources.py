"""Where a search begins: rows in a firm order, each a position and a record's identifier, from after a position on.

The narrowest filter leads: a number, an address, a name in few cells, a name anywhere; else the cells in their order.
What leads here only proposes; `Criteria.answered_by` decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fieldsync.filing import Filing
from fieldsync.filing_keys import NAMED, address_key, spoken
from fieldsync.matching.keys import number_key
from fieldsync.matching.names import is_chinese, written
from fieldsync.matching.profile import digits_of
from fieldsync.registry import Record, Registry
from fieldsync.searching.criteria import KINDS, Criteria, plain_number

Position = tuple[str, ...]
Row = tuple[Position, str]
FEW_CELLS = 300
"""Up to so many cells are looked through one by one for a name; beyond, the name is looked up anywhere."""
PAGE = 200


@dataclass(frozen=True, slots=True)
class Sources:
    """Leads from filters to records."""

    registry: Registry
    filing: Filing
    answers: Callable[[Record], Mapping[str, Any]]
    secret: bytes
    cells: Callable[[str], Iterable[str]]

    def rows(self, wanted: Criteria, after: Position | None) -> Iterator[Row]:
        """Yield records that may be wanted, in order of position; those after a position alone."""
        if wanted.identity:
            return self._filed([number_key("identity", plain_number(wanted.identity) or "", self.secret) + "|"], after)
        if wanted.phone:
            return self._filed([number_key("phone", digits_of(wanted.phone) or "", self.secret) + "|"], after)
        if wanted.address:
            return self._at_address(wanted, after)
        cells = self._cells(wanted)
        if wanted.name and (cells is None or len(cells) > FEW_CELLS) and wanted.kind in (None, "person"):
            return self._filed(_by_name(wanted.name), after)
        return self._in_cells(wanted, self._all_cells() if cells is None else cells, after)

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
            prefix = f"in:{cell}:{kind}:{spoken(wanted.name or '')}"
            yield from ((row, row.rpartition("|")[2]) for row in self.filing.from_(prefix, last))
            return
        while page := self.registry.where(after=last, limit=PAGE, cell=cell, kind=kind):
            yield from ((record.id, record.id) for record in page)
            last = page[-1].id

    def _at_address(self, wanted: Criteria, after: Position | None) -> Iterator[Row]:
        """Yield buildings by their address, or what is in them: dwellings, households, persons."""
        last = after[0] if after else ""
        prefix = address_key(wanted.address or "")
        seen: set[str] = set()
        begun = self.filing.from_(prefix, "")
        for row in begun:
            building = row.rpartition("|")[2]
            if building in seen:
                continue
            seen.add(building)
            if row >= last:
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


def _by_name(name: str) -> list[str]:
    if is_chinese(name):
        return [f"name:{written(name)}"]
    return [f"pinyin:{spoken(name)}"]


def _kinds(wanted: Criteria) -> Sequence[str]:
    if wanted.kind:
        return (wanted.kind,)
    return tuple(NAMED) if wanted.name else KINDS

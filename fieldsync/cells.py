"""Cells: a plan of the city enters the installation, and each of its cells gets a database.

A code is never used for another place, so a plan that draws a known cell anew is refused whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
from shapely.geometry import mapping

import grid
from fieldsync.documents import DocId, cell_database, derived_id
from fieldsync.errors import BadInput, Conflict
from fieldsync.server_writes import Pen
from fieldsync.shelf import Shelf
from fieldsync.stores.base import Store

_LONGEST_NAME = 200
_SHOWN = 3
_BATCH = 25
_AT_ONCE = 8
"""Databases that are made at the same time: more of them only wait for each other."""


class Cell(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="cell"):
    """A cell as it is kept; `geometry` is GeoJSON in WGS 84, `areas` the code of its area at each level."""

    code: str
    name: str
    plan: str
    geometry: dict[str, Any]
    areas: dict[str, str]


class Plan(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="plan"):
    """A plan as it is kept: its name, its date, and the codes of its cells in order."""

    id: str
    name: str
    date: date
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, or would do: the plan, and which of its cells were new, renamed, or there already."""

    plan: Plan
    new: tuple[str, ...]
    renamed: tuple[str, ...]
    unchanged: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlanFile:
    """A plan as it is handed in: a GeoJSON FeatureCollection of cells, a name and a date."""

    geojson: bytes
    name: str
    date: date


class Cells:
    """The cells of an installation, in the database `grid`, each with a database of its own."""

    def __init__(self, store: Store, pen: Pen) -> None:
        self._store = store
        self._pen = pen
        database = store.create("grid")
        self._cells = Shelf(database, "cell:", Cell)
        self._plans = Shelf(database, "plan:", Plan)

    def get(self, code: str) -> Cell | None:
        """Return a cell, or None."""
        kept = self._cells.get(code)
        return kept.value if kept else None

    def need(self, code: str) -> Cell:
        """Return a cell. Raises NotFound."""
        return self._cells.need(code, "cell").value

    def within(self, area: str = "", after: str | None = None) -> Iterator[Cell]:
        """Yield the cells of an area in order of code; only those after a code, if given."""
        return self._cells.all(area, after)

    def plans(self) -> Iterator[Plan]:
        """Yield the plans in order of identifier."""
        return self._plans.all()

    def import_plan(
        self, file: PlanFile, *, dry_run: bool = False, written: Callable[[Cell], None] = lambda _: None
    ) -> Imported:
        """Take in a plan; the same one again changes nothing, and completes what a crash left undone.

        `written` hears of each cell that is done.

        Raises BadInput for a file that cannot be read, Conflict where a known code is drawn differently or the plan is
        known with other cells; nothing is changed then.
        """
        cells = _read(file)
        codes = tuple(sorted(cell.code for cell in cells))
        name = _checked_name(file.name)
        plan = Plan(id=derived_id("plan", name, file.date.isoformat()), name=name, date=file.date, cells=codes)
        self._check_plan(plan)
        drawn = [_cell(cell, plan.id) for cell in cells]
        report = self._compare(plan, drawn)
        if not dry_run:
            for start in range(0, len(drawn), _BATCH):
                batch = drawn[start : start + _BATCH]
                self._write(plan, batch)
                for cell in batch:
                    written(cell)
            self._plans.add(plan.id, plan)
        return report

    def _check_plan(self, plan: Plan) -> None:
        known = self._plans.get(plan.id)
        if known and known.value != plan:
            raise Conflict(f"The plan {plan.name!r} of {plan.date} has other cells here: give another name or date.")

    def _compare(self, plan: Plan, drawn: Sequence[Cell]) -> Imported:
        new: list[str] = []
        renamed: list[str] = []
        unchanged: list[str] = []
        redrawn: list[str] = []
        here = self._cells.many(cell.code for cell in drawn)
        for cell in drawn:
            known = here.get(cell.code)
            if known is None:
                new.append(cell.code)
            elif known.geometry != cell.geometry:
                redrawn.append(cell.code)
            else:
                (unchanged if known.name == cell.name else renamed).append(cell.code)
        if redrawn:
            shown = ", ".join(redrawn[:_SHOWN]) + (f" and {len(redrawn) - _SHOWN} more" if redrawn[_SHOWN:] else "")
            raise Conflict(f"Known cells are drawn differently ({shown}): codes are never reused, give them new ones.")
        return Imported(plan, tuple(new), tuple(renamed), tuple(unchanged))

    def _write(self, plan: Plan, cells: Sequence[Cell]) -> None:
        """Write cells; they are listed once their databases are there, and their plan once all its cells are."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(self._store.create, (cell_database(cell.code) for cell in cells)))
        self._pen.publish_all({cell.code: _documents(cell) for cell in cells}, f"plan:{plan.id}")
        known = self._cells.add_all({cell.code: cell for cell in cells})
        for cell in cells:
            if cell.code in known:
                self._rename(cell)

    def _rename(self, cell: Cell) -> None:
        self._cells.change(cell.code, "cell", lambda known: msgspec.structs.replace(known, name=cell.name))


def _documents(cell: Cell) -> dict[DocId, dict[str, Any]]:
    data = {"code": cell.code, "name": cell.name, "geometry": cell.geometry}
    return {DocId(f"cell:{cell.code}"): {"kind": "cell", "data": data}}


def _read(file: PlanFile) -> list[grid.Cell]:
    try:
        cells = grid.read_cells(msgspec.json.decode(file.geojson))
    except grid.GridError as error:
        raise BadInput(f"The plan cannot be used: {error}.") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError) as error:
        raise BadInput(f"The plan is not GeoJSON: {error}.") from error
    if not cells:
        raise BadInput("The plan has no cell: give a FeatureCollection with one feature per cell.")
    return cells


def _checked_name(name: str) -> str:
    if not 0 < len(name.strip()) <= _LONGEST_NAME:
        raise BadInput(f"Name the plan with 1 to {_LONGEST_NAME} characters.", field="name")
    return name.strip()


def _cell(cell: grid.Cell, plan: str) -> Cell:
    # Through JSON, so that coordinates are lists here as they are in what is kept.
    geometry = msgspec.json.decode(msgspec.json.encode(mapping(cell.geometry)), type=dict[str, Any])
    levels: tuple[grid.Level, ...] = ("district", "street", "community")
    areas: dict[str, str] = {level: grid.area_of(cell.code, level) for level in levels}
    return Cell(code=cell.code, name=cell.name[:_LONGEST_NAME], plan=plan, geometry=geometry, areas=areas)

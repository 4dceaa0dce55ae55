"""Cells: a plan of the city enters the installation, and each of its cells gets a database.

A code is never used for another place, so a plan that draws a known cell anew is refused whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import msgspec
import shapely
from shapely.geometry import mapping, shape

import grid
from fieldsync.codes import SETTING
from fieldsync.documents import DocId, cell_database, derived_id
from fieldsync.errors import BadInput, Conflict
from fieldsync.plan_files import City, PlanFile, faults_of, read_plan
from fieldsync.server_writes import Pen
from fieldsync.shelf import Shelf
from fieldsync.stores.base import Store
from grid.place import CHINA, Bounds

_LONGEST_NAME = 200
_PATTERN = "cells"
_SHOWN = 3
_SAME_DEG = 1e-7
"""Nearer than this (1 cm) two polygons are one: coordinates are rounded on the way from system to system."""
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


class Pattern(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="pattern"):
    """The digits of the codes of a store's cells, as the setting had them when the first of them was imported."""

    digits: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, or would do: the plan, and which of its cells were new, renamed, or there already.

    `absent` are known cells of the plan's districts that it does not have: they stay. `faults` counts what
    `grid check` finds, by kind.
    """

    plan: Plan
    new: tuple[str, ...]
    renamed: tuple[str, ...]
    unchanged: tuple[str, ...]
    absent: tuple[str, ...] = ()
    faults: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


class Cells:
    """The cells of an installation, in the database `grid`, each with a database of its own."""

    def __init__(
        self, store: Store, pen: Pen, bounds: Bounds = CHINA, pattern: grid.CodePattern = grid.DEFAULT_PATTERN
    ) -> None:
        self._bounds, self.pattern = bounds, pattern
        self._store = store
        self._pen = pen
        database = store.create("grid")
        self._cells = Shelf(database, "cell:", Cell)
        self._plans = Shelf(database, "plan:", Plan)
        self._patterns = Shelf(database, "pattern:", Pattern)

    def check_pattern(self) -> None:
        """See that codes are read as they were written here. Raises BadInput for a setting that says otherwise."""
        kept = self._patterns.get(_PATTERN)
        if kept and kept.value.digits != str(self.pattern):
            raise BadInput(
                f"{SETTING} is {self.pattern}, but the cells of this store were imported with {kept.value.digits}: set"
                f" that for every process of the installation. / 该库的网格按 {kept.value.digits} 导入，与设置不符。"
            )

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

    def extent(self, cells: Iterable[Cell]) -> Bounds | None:
        """Return the west, south, east and north end of cells, or None where there are none."""
        shapes = [shape(cell.geometry) for cell in cells]
        if not shapes:
            return None
        west, south, east, north = shapely.total_bounds(shapes).tolist()
        return west, south, east, north

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
        known = list(self.within())
        cells, notes = read_plan(file, self._city(known))
        codes = tuple(sorted(cell.code for cell in cells))
        name = _checked_name(file.name)
        plan = Plan(id=derived_id("plan", name, file.date.isoformat()), name=name, date=file.date, cells=codes)
        self._check_plan(plan)
        drawn = self._as_known([_cell(cell, plan.id, self.pattern) for cell in cells])
        faults = faults_of(cells, file.areas, self.pattern)
        report = replace(self._compare(plan, drawn), absent=_absent(known, drawn), faults=faults, notes=notes)
        if not dry_run:
            for start in range(0, len(drawn), _BATCH):
                batch = drawn[start : start + _BATCH]
                self._write(plan, batch)
                for cell in batch:
                    written(cell)
            self._plans.add(plan.id, plan)
        return report

    def _city(self, known: Sequence[Cell]) -> City:
        """Return what is known of the city by the cells that are there."""
        return City(self._bounds, [cell.code for cell in known], self.extent(known), self.pattern)

    def _check_plan(self, plan: Plan) -> None:
        known = self._plans.get(plan.id)
        if known and known.value != plan:
            raise Conflict(
                f"The plan {plan.name!r} of {plan.date} has other cells here: give another name or date."
                " / 同名同日的方案已有其他网格；请改用其他名称或日期。"
            )

    def _as_known(self, drawn: Sequence[Cell]) -> list[Cell]:
        """Return the cells, those that are known with the geometry they have, where it is the same in other words."""
        here = self._cells.many(cell.code for cell in drawn)
        return [
            msgspec.structs.replace(cell, geometry=known.geometry)
            if (known := here.get(cell.code)) and _is_drawn_alike(known.geometry, cell.geometry)
            else cell
            for cell in drawn
        ]

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
            raise Conflict(
                f"Known cells are drawn differently ({shown}): codes are never reused, give them new ones."
                " / 已知网格的边界有变：代码不得重复使用，请改用新代码。"
            )
        return Imported(plan, tuple(new), tuple(renamed), tuple(unchanged))

    def _write(self, plan: Plan, cells: Sequence[Cell]) -> None:
        """Write cells; they are listed once their databases are there, and their plan once all its cells are."""
        self._patterns.add(_PATTERN, Pattern(digits=str(self.pattern)))
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


def _is_drawn_alike(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Tell whether two geometries are the same polygon, wherever its rings begin and whatever system it came in."""
    return one == other or bool(shapely.hausdorff_distance(shape(one), shape(other)) < _SAME_DEG)


def _absent(known: Sequence[Cell], drawn: Sequence[Cell]) -> tuple[str, ...]:
    districts, present = {cell.areas["district"] for cell in drawn}, {cell.code for cell in drawn}
    return tuple(cell.code for cell in known if cell.areas["district"] in districts and cell.code not in present)


def _checked_name(name: str) -> str:
    if not 0 < len(name.strip()) <= _LONGEST_NAME:
        raise BadInput(
            f"Name the plan with 1 to {_LONGEST_NAME} characters. / 方案名称须为 1 到 {_LONGEST_NAME} 个字。",
            field="name",
        )
    return name.strip()


def _cell(cell: grid.Cell, plan: str, pattern: grid.CodePattern) -> Cell:
    # Through JSON, so that coordinates are lists here as they are in what is kept.
    geometry = msgspec.json.decode(msgspec.json.encode(mapping(cell.geometry)), type=dict[str, Any])
    levels: tuple[grid.Level, ...] = ("district", "street", "community")
    areas: dict[str, str] = {level: grid.area_of(cell.code, level, pattern) for level in levels}
    return Cell(code=cell.code, name=cell.name[:_LONGEST_NAME], plan=plan, geometry=geometry, areas=areas)

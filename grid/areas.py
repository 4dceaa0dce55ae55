"""Areas of the city, by their codes: what they are called, and the ground on which their cells must lie.

A file of areas has a code of 4 digits (the city) to 12 (a community) for each, and a name, a polygon, or both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from grid.cells import Cell, Fields, drawn_cells, geometry_problem
from grid.codes import DEFAULT_PATTERN, CodePattern
from grid.drawings import Drawings
from grid.errors import GridError
from grid.faults import Fault, Tolerances
from grid.ground import polygonal
from grid.metres import area_m2, is_narrow


@dataclass(frozen=True)
class Areas:
    """The areas that are known: names and polygons by code."""

    names: Mapping[str, str] = field(default_factory=dict)
    polygons: Mapping[str, BaseGeometry] = field(default_factory=dict)
    complete: bool = True
    """Whether an area that is not among the names, though others of its level are, does not exist."""

    def union(self) -> BaseGeometry | None:
        """Return all ground of the areas, or None where no polygon is known."""
        return shapely.union_all(list(self.polygons.values())) if self.polygons else None

    def ground_of(self, cells: Sequence[Cell]) -> BaseGeometry | None:
        """Return the ground that cells should cover: for each of them, the widest area of its own that is drawn."""
        codes = {cell.code for cell in cells}
        widest: list[str] = []
        for area in sorted(self.polygons):
            is_inside = widest and area.startswith(widest[-1])
            if not is_inside and any(code.startswith(area) for code in codes):
                widest.append(area)
        return shapely.union_all([self.polygons[area] for area in widest]) if widest else None


def areas_of(drawings: Drawings, fields: Fields = Fields()) -> Areas:
    """Return the areas that drawings in WGS 84 show. Raises GridError for a code that is none or a bad polygon."""
    names: dict[str, str] = {}
    polygons: dict[str, BaseGeometry] = {}
    for number, area in enumerate(drawn_cells(drawings, fields)):
        where = f"areas, feature {number} ({area.code!r:.40})"
        if not (area.code.isascii() and area.code.isdigit()):
            raise GridError("its code is no prefix of cell codes", where, "write digits only", "区域代码只能是数字")
        if area.code in polygons:
            raise GridError("its code is there twice", where, "draw each area once", "区域代码重复")
        problem = geometry_problem(area.geometry)
        if problem is not None:
            raise GridError(f"its geometry {problem}", where, "draw it again", "区域几何无效；请重新绘制")
        names[area.code] = area.name
        polygons[area.code] = area.geometry
    return Areas(names, polygons)


def area_lengths(pattern: CodePattern) -> tuple[int, ...]:
    """Return the lengths of the prefixes of a cell's code that name its areas, the narrowest first."""
    return tuple(sorted((length for level, length in pattern.lengths.items() if level != "cell"), reverse=True))


def outside_areas(
    cells: Sequence[Cell], mended: Sequence[BaseGeometry], areas: Areas, allowed: Tolerances
) -> Iterator[Fault]:
    """Yield what cells have outside the narrowest area of theirs whose polygon is known, but for slivers."""
    if not areas.polygons:
        return
    lengths = area_lengths(allowed.pattern or DEFAULT_PATTERN)
    members: dict[str, list[int]] = {}
    for number, cell in enumerate(cells):
        codes = (cell.code[:length] for length in (*lengths, 4))
        if (area := next((code for code in codes if code in areas.polygons), None)) is not None:
            members.setdefault(area, []).append(number)
    for area, numbers in members.items():
        polygons = np.array([mended[number] for number in numbers], dtype=object)
        shapely.prepare(areas.polygons[area])
        for index in np.flatnonzero(~shapely.covered_by(polygons, areas.polygons[area])):
            beyond = polygonal(polygons[index].difference(areas.polygons[area]))
            if not beyond.is_empty and not is_narrow(beyond, allowed.sliver_width_m):
                named = f"{area} {areas.names.get(area, '')}".strip()
                reason, zh = f"lies outside its area {named}", f"超出所属区域 {named}"
                yield Fault("outside", (cells[numbers[index]].code,), area_m2(beyond), beyond, reason, zh)

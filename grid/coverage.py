"""Whether cells cover their ground: every place in exactly one, neighbours meeting vertex by vertex.

GEOS decides first and fast whether polygons form a valid coverage, one in which interiors are disjoint and shared
borders have the same vertices; only what it objects to is looked at pair by pair. Holes of the union are gaps; with
an outline, whatever of it is uncovered. What is narrower than `sliver_width_m` is a sliver, whichever of the two it
is: it comes from digitising a border twice, not from leaving a place out.

A polygon that crosses itself is told once, as invalid, and stands in the other tests as its mended copy.

Source: GEOS CoverageValidator (https://libgeos.org/doxygen/classgeos_1_1coverage_1_1CoverageValidator.html).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal, get_args

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from grid.cells import Cell, geometry_problem
from grid.codes import DEFAULT_PATTERN, CodePattern, is_code
from grid.metres import area_m2, is_narrow, middle_latitude, to_metres

Kind = Literal["invalid", "overlap", "gap", "sliver", "duplicate", "code"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_TOUCH_DEG = 1e-9
"""Nearer than this (0.1 mm) two geometries touch: computed intersections are rounded."""


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a coverage: the codes of the cells concerned, its size and its place."""

    kind: Kind
    cells: tuple[str, ...]
    area_m2: float
    geometry: BaseGeometry
    reason: str


@dataclass(frozen=True)
class Tolerances:
    """What a check allows for."""

    pattern: CodePattern = DEFAULT_PATTERN
    sliver_width_m: float = 1.0
    outline_width_m: float = 0.02
    """A border that follows the outline may leave it by the rounding of its coordinates (7 decimals: 1 cm)."""


def check(
    cells: Sequence[Cell], outline: BaseGeometry | None = None, tolerances: Tolerances | None = None
) -> list[Fault]:
    """Return every fault of a coverage, by kind and cells; an empty list means that it is clean.

    Areas are in square metres, scaled at the latitude of the fault; geometries are in longitude and latitude.
    """
    allowed = tolerances or Tolerances()
    ground = _Ground.of(cells)
    overlaps = list(_overlaps(ground, allowed))
    gaps = list(_gaps(ground, outline, allowed))
    faults = chain(
        _invalid(cells),
        _codes(cells, allowed.pattern),
        overlaps,
        gaps,
        _unmatched(ground, [fault.geometry for fault in chain(overlaps, gaps)]),
    )
    return sorted(faults, key=lambda fault: (KINDS.index(fault.kind), fault.cells, fault.geometry.bounds))


@dataclass(frozen=True)
class _Ground:
    """The polygons that can be compared, with what GEOS objects to in them."""

    codes: tuple[str, ...]
    polygons: NDArray[np.object_]
    objections: NDArray[np.object_]
    tree: shapely.STRtree

    @staticmethod
    def of(cells: Sequence[Cell]) -> _Ground:
        usable = [(cell.code, _mended(cell.geometry)) for cell in cells]
        usable = [(code, polygon) for code, polygon in usable if not polygon.is_empty]
        polygons = np.array([polygon for _, polygon in usable], dtype=object)
        objections = shapely.coverage_invalid_edges(polygons) if len(polygons) else polygons
        return _Ground(tuple(code for code, _ in usable), polygons, objections, shapely.STRtree(polygons))

    @property
    def suspects(self) -> NDArray[np.intp]:
        return np.flatnonzero(~shapely.is_empty(self.objections)) if len(self.polygons) else np.empty(0, dtype=np.intp)

    def union(self) -> BaseGeometry:
        is_clean = len(self.suspects) == 0
        return shapely.coverage_union_all(self.polygons) if is_clean else shapely.union_all(self.polygons)

    def names(self, indices: Iterable[int]) -> tuple[str, ...]:
        return tuple(sorted({self.codes[index] for index in indices} - {""}))

    def touching(self, geometry: BaseGeometry) -> tuple[str, ...]:
        return self.names(self.tree.query(geometry, predicate="dwithin", distance=_TOUCH_DEG))


def _mended(geometry: BaseGeometry) -> BaseGeometry:
    if geometry_problem(geometry) is None:
        return geometry
    if not np.isfinite(shapely.get_coordinates(geometry)).all():
        return Polygon()
    return _polygonal(shapely.make_valid(shapely.force_2d(geometry)))


def _polygonal(geometry: BaseGeometry) -> BaseGeometry:
    """Return the polygons of a geometry without the points and lines that operations leave beside them."""
    parts = [part for part in shapely.get_parts(geometry) if part.geom_type in ("Polygon", "MultiPolygon")]
    return parts[0] if len(parts) == 1 else shapely.union_all(parts) if parts else Polygon()


def _invalid(cells: Sequence[Cell]) -> Iterator[Fault]:
    for cell in cells:
        problem = geometry_problem(cell.geometry)
        if problem is not None:
            yield Fault("invalid", _named(cell), area_m2(_mended(cell.geometry)), cell.geometry, problem)


def _codes(cells: Sequence[Cell], pattern: CodePattern) -> Iterator[Fault]:
    same = defaultdict(list)
    for cell in cells:
        same[cell.code].append(cell)
        if not is_code(cell.code, pattern):
            reason = f"{cell.code!r} is not a code of {pattern.length} digits" if cell.code else "has no code"
            yield Fault("code", _named(cell), area_m2(_mended(cell.geometry)), cell.geometry, reason)
    for code, twins in same.items():
        if code and len(twins) > 1:
            together = shapely.union_all([_mended(cell.geometry) for cell in twins])
            yield Fault("duplicate", (code,), area_m2(together), together, f"{len(twins)} cells have this code")


def _named(cell: Cell) -> tuple[str, ...]:
    return (cell.code,) if cell.code else ()


def _overlaps(ground: _Ground, allowed: Tolerances) -> Iterator[Fault]:
    for a, b in _suspect_pairs(ground):
        shared = _polygonal(ground.polygons[a].intersection(ground.polygons[b]))
        if shared.area > 0:
            kind: Kind = "sliver" if is_narrow(shared, allowed.sliver_width_m) else "overlap"
            yield Fault(kind, ground.names((a, b)), area_m2(shared), shared, "lies in both cells")


def _suspect_pairs(ground: _Ground) -> list[tuple[int, int]]:
    """Return the pairs that touch, one of which at least GEOS objects to."""
    suspects = ground.suspects
    if not len(suspects):
        return []
    one, other = ground.tree.query(ground.polygons[suspects], predicate="intersects")
    pairs = np.sort(np.column_stack((suspects[one], other)), axis=1)
    return sorted({(a, b) for a, b in pairs.tolist() if a != b})


def _gaps(ground: _Ground, outline: BaseGeometry | None, allowed: Tolerances) -> Iterator[Fault]:
    union = ground.union() if len(ground.polygons) else Polygon()
    missing = _holes(union) if outline is None else _uncovered(union, outline, allowed.outline_width_m)
    for hole in missing:
        kind: Kind = "sliver" if is_narrow(hole, allowed.sliver_width_m) else "gap"
        yield Fault(kind, ground.touching(hole), area_m2(hole), hole, "lies in no cell")


def _holes(union: BaseGeometry) -> Iterator[Polygon]:
    for part in shapely.get_parts(union):
        yield from (Polygon(ring) for ring in part.interiors)


def _uncovered(union: BaseGeometry, outline: BaseGeometry, width_m: float) -> Iterator[BaseGeometry]:
    """Yield what of the outline no cell has, but for strips along its border that are rounding."""
    latitude = middle_latitude(outline)
    rounding = to_metres(outline.boundary, latitude).buffer(width_m)
    for part in shapely.get_parts(_polygonal(outline.difference(union))):
        if not part.is_empty and not rounding.covers(to_metres(part, latitude)):
            yield part


def _unmatched(ground: _Ground, told: Sequence[BaseGeometry]) -> Iterator[Fault]:
    """Yield the borders that meet without sharing their vertices, unless an overlap or gap there is told already."""
    lines = shapely.get_parts(shapely.union_all(ground.objections[ground.suspects]))
    tree = shapely.STRtree(list(told))
    near, _ = tree.query(lines, predicate="dwithin", distance=_TOUCH_DEG)
    left = np.delete(lines, np.unique(near))
    for line in shapely.get_parts(shapely.line_merge(shapely.union_all(left))):
        yield Fault("sliver", ground.touching(line), 0.0, line, "is a border whose vertices are not shared")

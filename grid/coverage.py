"""Whether cells cover their ground: every place in exactly one, neighbours meeting vertex by vertex.

GEOS decides first and fast whether polygons form a valid coverage, one in which interiors are disjoint and shared
borders have the same vertices; only what it objects to is looked at pair by pair. Holes of the union are gaps; with
an outline, whatever of it is uncovered. What is narrower than `sliver_width_m` is a sliver, whichever of the two it
is: it comes from digitising a border twice, not from leaving a place out.

A polygon that crosses itself is told once, as invalid, and stands in the other tests as its mended copy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np
import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from grid.areas import Areas, outside_areas
from grid.cells import Cell, problem_zh
from grid.faults import KINDS, Fault, Kind, Tolerances
from grid.ground import TOUCH_DEG, Ground, polygonal
from grid.metres import area_m2, is_narrow, middle_latitude, to_metres
from grid.naming import codes_faults, name_faults, order_warnings

IN_NO_CELL = "lies in no cell"
"""The reason of gaps, whatever their width."""


def check(
    cells: Sequence[Cell],
    outline: BaseGeometry | None = None,
    tolerances: Tolerances | None = None,
    areas: Areas | None = None,
) -> list[Fault]:
    """Return every fault of a coverage, by kind and cells; an empty list means that it is clean.

    Areas are in square metres, scaled at the latitude of the fault; geometries are in longitude and latitude.
    """
    return [fault for fault in survey(cells, outline, tolerances, areas) if not fault.is_warning]


def survey(
    cells: Sequence[Cell],
    outline: BaseGeometry | None = None,
    tolerances: Tolerances | None = None,
    areas: Areas | None = None,
) -> list[Fault]:
    """Return every fault of a coverage as `check` does, and the warnings among them."""
    allowed = tolerances or Tolerances()
    ground = Ground.of(cells)
    overlaps = list(_overlaps(ground, allowed))
    gaps = list(_gaps(ground, outline, allowed))
    faults = chain(
        _invalid(cells, ground),
        codes_faults(cells, ground.mended, allowed.pattern),
        name_faults(cells, areas or Areas(), allowed.pattern),
        overlaps,
        gaps,
        _parts(cells, ground),
        outside_areas(cells, ground.mended, areas or Areas(), allowed),
        _unmatched(ground, [fault.geometry for fault in chain(overlaps, gaps)]),
        order_warnings(cells, ground.mended, allowed.pattern),
    )
    return sorted(faults, key=lambda fault: (KINDS.index(fault.kind), fault.cells, fault.geometry.bounds))


def _invalid(cells: Sequence[Cell], ground: Ground) -> Iterator[Fault]:
    for cell, problem, mended in zip(cells, ground.problems, ground.mended, strict=True):
        if problem is not None:
            codes = (cell.code,) if cell.code else ()
            yield Fault("invalid", codes, area_m2(mended), cell.geometry, problem, problem_zh(problem))


def _parts(cells: Sequence[Cell], ground: Ground) -> Iterator[Fault]:
    """Yield cells that are drawn in several parts; what falls apart only when mended is told as invalid."""
    for cell, problem in zip(cells, ground.problems, strict=True):
        if problem is None and (count := shapely.get_num_geometries(cell.geometry)) > 1:
            codes = (cell.code,) if cell.code else ()
            sizes = sorted(area_m2(part) for part in cell.geometry.geoms)
            reason = f"is in {count} parts, all but the largest {sum(sizes[:-1]):,.1f} m²"
            zh = f"由 {count} 个部分组成，除最大部分外共 {sum(sizes[:-1]):,.1f} 平方米"
            yield Fault("parts", codes, area_m2(cell.geometry), cell.geometry, reason, zh)


def _overlaps(ground: Ground, allowed: Tolerances) -> Iterator[Fault]:
    for a, b in ground.suspect_pairs():
        shared = polygonal(ground.polygons[a].intersection(ground.polygons[b]))
        if shared.area > 0:
            kind: Kind = "sliver" if is_narrow(shared, allowed.sliver_width_m) else "overlap"
            yield Fault(kind, ground.names((a, b)), area_m2(shared), shared, "lies in both cells", "同时属于两个网格")


def _gaps(ground: Ground, outline: BaseGeometry | None, allowed: Tolerances) -> Iterator[Fault]:
    union = ground.union() if len(ground.polygons) else Polygon()
    missing = _holes(union) if outline is None else _uncovered(union, outline, allowed.outline_width_m)
    for hole in missing:
        kind: Kind = "sliver" if is_narrow(hole, allowed.sliver_width_m) else "gap"
        # With an outline it is known what is to be covered.
        if outline is None and allowed.gap_width_m is not None and not is_narrow(hole, allowed.gap_width_m):
            kind = "hole"
        yield Fault(kind, ground.touching(hole), area_m2(hole), hole, IN_NO_CELL, "不属于任何网格")


def _holes(union: BaseGeometry) -> Iterator[BaseGeometry]:
    """Yield the holes of the union, without the cells that stand in one like islands."""
    parts = shapely.get_parts(union)
    tree = shapely.STRtree(parts)
    for number, part in enumerate(parts):
        for ring in part.interiors:
            hole = Polygon(ring)
            islands = [parts[other] for other in tree.query(hole, predicate="contains") if other != number]
            yield hole.difference(shapely.union_all(islands)) if islands else hole


def _uncovered(union: BaseGeometry, outline: BaseGeometry, width_m: float) -> Iterator[BaseGeometry]:
    """Yield what of the outline no cell has, but for strips along its border that are rounding."""
    latitude = middle_latitude(outline)
    rounding = to_metres(outline.boundary, latitude).buffer(width_m)
    for part in shapely.get_parts(polygonal(outline.difference(union))):
        if not part.is_empty and not rounding.covers(to_metres(part, latitude)):
            yield part


def _unmatched(ground: Ground, told: Sequence[BaseGeometry]) -> Iterator[Fault]:
    """Yield the borders that meet without sharing their vertices, unless an overlap or gap there is told already."""
    lines = shapely.get_parts(shapely.union_all(ground.objections[ground.suspects]))
    tree = shapely.STRtree(list(told))
    near, _ = tree.query(lines, predicate="dwithin", distance=TOUCH_DEG)
    left = np.delete(lines, np.unique(near))
    for line in shapely.get_parts(shapely.line_merge(shapely.union_all(left))):
        reason, zh = "is a border whose vertices are not shared", "公共边界的顶点不一致"
        yield Fault("sliver", ground.touching(line), 0.0, line, reason, zh)

"""Mending a coverage: what can be mended without deciding for people.

Polygons that cross themselves are made valid; GEOS resolves overlaps in favour of the cell with the longer common
border and gives neighbours the same vertices; every gap, and every part of a cell that lies apart, goes to the
neighbour with the longest common border. Twins in everything are dropped. What is left needs a person: codes, names,
cells outside their area, cells without ground of their own, parts without a neighbour.

Cells that nothing was wrong with keep their coordinates to the last digit, since a code is never drawn anew.

Source: GEOS CoverageCleaner (https://libgeos.org/doxygen/classgeos_1_1coverage_1_1CoverageCleaner.html).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from grid.areas import Areas
from grid.cells import Cell
from grid.coverage import IN_NO_CELL, survey
from grid.faults import Fault, Tolerances
from grid.ground import TOUCH_DEG, mended_polygon, polygonal
from grid.metres import area_m2, middle_latitude, to_metres

_SNAP_DEG = 1e-8
"""Vertices nearer than this (1 mm) become one."""
_CRUMB = 0.01
"""A part that touches nobody and is less than this share of its cell came from digitising, and is dropped."""
_TWIN = 0.9
"""A cell that is covered by another and has less than this share of its ground is an enclave, and no twin."""
_ROUNDS = 4
"""Filling a gap can bring another to light; it never took more than two rounds."""


@dataclass(frozen=True)
class Change:
    """What a repair did to a cell: how far its border moved at most, and the ground it gained and lost."""

    code: str
    moved_m: float
    gained_m2: float
    lost_m2: float


@dataclass(frozen=True)
class Repaired:
    """A mended coverage, what was changed, how many twins were dropped, and what is left for people."""

    cells: tuple[Cell, ...]
    changes: tuple[Change, ...]
    dropped: int
    left: tuple[Fault, ...]


def repair(
    cells: Sequence[Cell],
    outline: BaseGeometry | None = None,
    tolerances: Tolerances | None = None,
    areas: Areas | None = None,
) -> Repaired:
    """Return a coverage mended as far as can be; `left` has the faults and warnings of the result."""
    kept = _without_twins(cells)
    mended = [cell if _is_sound(cell.geometry) else _redrawn(cell, mended_polygon(cell.geometry)) for cell in kept]
    wrong = np.array([before is not after for before, after in zip(kept, mended, strict=True)], dtype=bool)
    left = survey(mended, outline, tolerances, areas)
    for _ in range(_ROUNDS):
        polygons = np.array([cell.geometry for cell in mended], dtype=object)
        faults = [_meant(fault, polygons[wrong]) for fault in left]
        if not any(_is_mendable(fault) for fault in faults):
            break
        near = _concerned(polygons, faults)
        polygons[near] = _mended_once(_without_enclaves(polygons[near]), faults, wrong[near])
        mended = [_redrawn(cell, polygon) for cell, polygon in zip(mended, polygons, strict=True)]
        left = survey(mended, outline, tolerances, areas)
    changes = [_change(before, after) for before, after in zip(kept, mended, strict=True) if before is not after]
    return Repaired(tuple(mended), tuple(changes), len(cells) - len(kept), tuple(left))


def _without_twins(cells: Sequence[Cell]) -> list[Cell]:
    """Return the cells without those that are another's equal in code and polygon."""
    seen = set()
    kept = []
    for cell in cells:
        key = (cell.code, shapely.to_wkb(shapely.normalize(cell.geometry)))
        if key not in seen:
            kept.append(cell)
        seen.add(key)
    return kept


def _is_sound(geometry: BaseGeometry) -> bool:
    return bool(geometry.is_valid and not geometry.has_z and np.isfinite(shapely.get_coordinates(geometry)).all())


def _is_mendable(fault: Fault) -> bool:
    return fault.kind in ("overlap", "gap", "sliver", "parts")


def _meant(fault: Fault, wrong: NDArray[np.object_]) -> Fault:
    """Return a fault, a hole as a gap where a cell beside it was drawn wrong: it is what that cell lacks."""
    if fault.kind == "hole" and shapely.dwithin(wrong, fault.geometry, TOUCH_DEG).any():
        return replace(fault, kind="gap")
    return fault


def _redrawn(cell: Cell, polygon: BaseGeometry) -> Cell:
    """Return a cell with another polygon, or the cell itself where it is the same one in other words."""
    is_same = polygon is cell.geometry or (
        not cell.geometry.has_z and shapely.normalize(polygon).equals_exact(shapely.normalize(cell.geometry), 0.0)
    )
    if is_same:
        return cell
    return replace(cell, geometry=shapely.orient_polygons(polygon))


def _concerned(polygons: NDArray[np.object_], faults: Sequence[Fault]) -> NDArray[np.intp]:
    """Return the indices of the cells at faults that can be mended, and of their neighbours.

    The others need not be looked at: what happens to a cell ends at its neighbours, which share its vertices.
    """
    tree = shapely.STRtree(polygons)
    places = [fault.geometry for fault in faults if _is_mendable(fault)]
    at_faults = np.unique(tree.query(places, predicate="dwithin", distance=TOUCH_DEG)[1])
    around = tree.query(polygons[at_faults], predicate="dwithin", distance=TOUCH_DEG)[1]
    return np.unique(around)


def _without_enclaves(polygons: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the polygons, each without the smaller ones that lie wholly in it: they would lose all their ground."""
    covering, covered = shapely.STRtree(polygons).query(polygons, predicate="covers")
    area = shapely.area(polygons)
    smaller = (covering != covered) & (area[covered] < _TWIN * area[covering]) & (area[covered] > 0)
    holed = polygons.copy()
    for outer, inner in zip(covering[smaller].tolist(), covered[smaller].tolist(), strict=True):
        holed[outer] = polygonal(holed[outer].difference(polygons[inner]))
    return holed


def _mended_once(
    polygons: NDArray[np.object_], faults: Sequence[Fault], wrong: NDArray[np.bool_]
) -> NDArray[np.object_]:
    """Return the polygons with overlaps resolved, and gaps and parts that lie apart given to neighbours.

    Gaps become members of the coverage before it is cleaned, so that they share their neighbours' vertices.
    """
    gaps = [fault.geometry for fault in faults if fault.reason == IN_NO_CELL and not fault.is_warning]
    cleaned = _cleaned(polygons, gaps)
    lost = [_Piece(part, None) for gap in cleaned[len(polygons) :] for part in _parts(gap)]
    whole, pieces = _kept_parts(_given_away(cleaned[: len(polygons)], lost, wrong))
    return _given_away(whole, pieces, wrong)


def _cleaned(polygons: NDArray[np.object_], gaps: Sequence[BaseGeometry]) -> NDArray[np.object_]:
    """Return polygons and gaps as a valid coverage; what has no ground of its own stays as it is."""
    members = np.array([*polygons, *gaps], dtype=object)
    usable = ~shapely.is_empty(members)
    cleaned = members.copy()
    while usable.any():
        cleaned[usable] = shapely.coverage_clean(members[usable], snapping_distance=_SNAP_DEG)
        lost = usable & shapely.is_empty(cleaned)
        lost[len(polygons) :] = False
        if not lost.any():
            break
        # It lies wholly in others. Cleaned without it, it remains as it was, for somebody to decide.
        cleaned[lost] = members[lost]
        usable &= ~lost
    return np.array([polygonal(one) for one in cleaned], dtype=object)


@dataclass(frozen=True)
class _Piece:
    """Ground to be given to a neighbour: a part of a cell, or of a gap, which no cell owns."""

    polygon: BaseGeometry
    owner: int | None


def _parts(geometry: BaseGeometry) -> list[BaseGeometry]:
    return [part for part in shapely.get_parts(geometry) if not part.is_empty]


def _kept_parts(polygons: NDArray[np.object_]) -> tuple[NDArray[np.object_], list[_Piece]]:
    """Return of each polygon the part that stays the cell, and all others.

    It is the largest that touches another cell; the largest, where none does.
    """
    whole, pieces = polygons.copy(), []
    tree = shapely.STRtree(polygons)
    for index in np.flatnonzero(shapely.get_num_geometries(polygons) > 1).tolist():
        parts = _parts(polygons[index])
        has_neighbours = [len(tree.query(part, predicate="dwithin", distance=TOUCH_DEG)) > 1 for part in parts]
        kept = max(range(len(parts)), key=lambda number: (has_neighbours[number], parts[number].area))
        whole[index] = parts[kept]
        pieces += [_Piece(part, index) for number, part in enumerate(parts) if number != kept]
    return whole, pieces


def _given_away(
    polygons: NDArray[np.object_], pieces: Sequence[_Piece], wrong: NDArray[np.bool_]
) -> NDArray[np.object_]:
    """Return the polygons with each piece added to the neighbour that shares most of its border.

    A gap goes to a cell that was drawn wrong, where one is near: what it lacks is most likely its own. A part that
    touches nobody goes back to its cell, but for crumbs.
    """
    # Bounds, and no tree: they follow the polygons, which grow on the way.
    grown, reach = polygons.copy(), shapely.bounds(polygons)
    for piece in pieces:
        taker = _taker(piece, _near(piece.polygon, reach), grown, wrong)
        if taker is not None:
            grown[taker] = polygonal(shapely.union_all([grown[taker], piece.polygon]))
            reach[taker] = shapely.bounds(grown[taker])
    return grown


def _near(polygon: BaseGeometry, reach: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the indices of the bounds, (n, 4), that a polygon's own touch."""
    west, south, east, north = polygon.bounds
    beside = (reach[:, 0] <= east) & (reach[:, 2] >= west) & (reach[:, 1] <= north) & (reach[:, 3] >= south)
    return np.flatnonzero(beside)


def _taker(
    piece: _Piece, near: NDArray[np.intp], polygons: NDArray[np.object_], wrong: NDArray[np.bool_]
) -> int | None:
    """Return who gets a piece, None where nobody should."""
    shared = shapely.length(shapely.intersection(shapely.boundary(polygons[near]), piece.polygon.boundary))
    near, shared = near[shared > 0], shared[shared > 0]
    if not len(near):
        is_crumb = piece.owner is None or piece.polygon.area < _CRUMB * polygons[piece.owner].area
        return None if is_crumb else piece.owner
    best = wrong[near] if piece.owner is None and wrong[near].any() else np.ones(len(near), dtype=bool)
    return int(near[best][shared[best].argmax()])


def _change(before: Cell, after: Cell) -> Change:
    """Return what differs, measured against the valid copy of what was drawn."""
    old, new = mended_polygon(before.geometry), after.geometry
    if old.is_empty or new.is_empty:
        return Change(after.code, 0.0, area_m2(new), area_m2(old))
    latitude = middle_latitude(new)
    moved_m = shapely.hausdorff_distance(to_metres(old, latitude), to_metres(new, latitude))
    gained, lost = polygonal(new.difference(old)), polygonal(old.difference(new))
    return Change(after.code, float(moved_m), area_m2(gained), area_m2(lost))

"""Which cells border on each other: those that share a piece of border, not a corner only."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from grid.cells import Cell, bounds
from grid.metres import to_metres

NEAR_M = 1.0
"""Borders drawn twice may lie this far from each other, and still be one."""
SHARED_M = 5.0
"""How long a border drawn twice must run along another; less is a corner."""


def neighbours(cells: Sequence[Cell]) -> tuple[tuple[int, ...], ...]:
    """Return for each cell the indices of those that it borders on, in order."""
    if not cells:
        return ()
    _, south, _, north = bounds(cells)
    polygons = to_metres(np.array([cell.geometry for cell in cells], dtype=object), (south + north) / 2.0)
    one, other = shapely.STRtree(polygons).query(polygons, predicate="dwithin", distance=NEAR_M)
    once = one < other
    pairs = _bordering(polygons, one[once], other[once])
    found: list[list[int]] = [[] for _ in cells]
    for a, b in pairs:
        found[a].append(b)
        found[b].append(a)
    return tuple(tuple(sorted(own)) for own in found)


def _bordering(polygons: NDArray[np.object_], one: NDArray[np.intp], other: NDArray[np.intp]) -> list[tuple[int, int]]:
    lengths = shapely.length(shapely.intersection(polygons[one], polygons[other]))
    for index in np.flatnonzero(lengths == 0).tolist():
        along = shapely.boundary(polygons[one[index]]).intersection(polygons[other[index]].buffer(NEAR_M))
        lengths[index] = along.length if along.length >= SHARED_M else 0.0
    kept = lengths > 0
    return list(zip(one[kept].tolist(), other[kept].tolist(), strict=True))


def places(cells: Sequence[Cell]) -> NDArray[np.float64]:
    """Return an (n, 2) array: a point inside each cell, in metres from its district's corner."""
    if not cells:
        return np.empty((0, 2))
    west, south, _, north = bounds(cells)
    return project(
        shapely.get_coordinates(shapely.point_on_surface([cell.geometry for cell in cells])), west, south, north
    )


def project(lonlat: NDArray[np.float64], west: float, south: float, north: float) -> NDArray[np.float64]:
    """Return (n, 2) degrees as metres from a south-west corner."""
    points = to_metres(shapely.points(lonlat - (west, south)), (south + north) / 2.0)
    return np.asarray(shapely.get_coordinates(points))

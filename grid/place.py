"""Whether polygons lie where they should: a file in the wrong coordinate system is caught by its place.

GCJ-02 and BD-09 are some hundred metres off, which no bounds can show; a projected file taken for degrees, exchanged
axes, the wrong zone, and another city's file lie far away.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from shapely.geometry import box
from shapely.geometry.base import BaseGeometry

from grid.errors import GridError

CHINA = (73.0, 3.0, 136.0, 54.0)
"""West, south, east, north, in degrees: the mainland and the islands."""

Bounds = tuple[float, float, float, float]


def check_place(
    geometries: Sequence[BaseGeometry],
    ground: BaseGeometry | None = None,
    bounds: Bounds | None = None,
    near_deg: float = 0.0,
) -> None:
    """Refuse polygons that all lie away from the ground they are of, by more than `near_deg`, or outside bounds.

    Raises: GridError that says where they lie, and what that looks like.
    """
    corners = shapely.bounds(np.array(geometries, dtype=object)).reshape(-1, 4)
    corners = corners[np.isfinite(corners).all(axis=1)]
    if not len(corners):
        return
    if bounds is not None and not _some_meet(corners, box(*bounds)):
        raise _elsewhere(corners, box(*bounds), "the bounds that are set for the city")
    if ground is not None and not ground.is_empty and not _some_meet(corners, box(*ground.bounds).buffer(near_deg)):
        raise _elsewhere(corners, box(*ground.bounds).buffer(near_deg), "the ground that is known")


def _some_meet(corners: np.ndarray[tuple[int, int], np.dtype[np.float64]], ground: BaseGeometry) -> bool:
    return bool(shapely.intersects(shapely.box(*corners.T), ground).any())


def _elsewhere(
    corners: np.ndarray[tuple[int, int], np.dtype[np.float64]], ground: BaseGeometry, what: str
) -> GridError:
    (west, south), (east, north) = corners[:, :2].min(axis=0), corners[:, 2:].max(axis=0)
    known = tuple(round(value, 2) for value in ground.bounds)
    is_exchanged = _some_meet(corners[:, [1, 0, 3, 2]], ground)
    guess = "latitude is written before longitude" if is_exchanged else "its coordinate system is another"
    zh = "纬度写在了经度前面" if is_exchanged else "坐标系不对，或属于其他城市"
    return GridError(
        f"its polygons lie at {west:.2f} to {east:.2f}, {south:.2f} to {north:.2f}, away from {what} {known}",
        "place",
        f"perhaps {guess}; name the system with --crs" if not is_exchanged else f"perhaps {guess}: exchange them",
        f"位置不在已知范围内；可能{zh}",
    )

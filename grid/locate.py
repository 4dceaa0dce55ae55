"""Which cell a point lies in.

Borders by rule: a point on the border of several cells lies in the one with the lowest code, so that every point of
a partition lies in exactly one cell. A point outside all cells is told its nearest cell and how far that is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry import Point

from grid.cells import Cell, bounds
from grid.errors import GridError
from grid.metres import metres_per_degree, to_metres
from grid.raster import Raster

_CHUNK = 1_000_000
"""Points that are looked for at once: more of them only take more memory."""
_MANY = 100_000
"""From so many points on, squares over the cells are worth their making."""
_NO_FIX_M = 100_000.0


class Located(NamedTuple):
    """Where a point lies: its cell, or None with the nearest cell and the distance to it in metres."""

    code: str | None
    distance_m: float
    nearest: str


class FixPlaced(NamedTuple):
    """Where a tablet's fix lies, how sure it is, and all cells that it may lie in, in order of code."""

    located: Located
    accuracy_m: float
    possible: tuple[str, ...]

    @property
    def is_certain(self) -> bool:
        """Tell whether the cell that was found is the only one within the fix's accuracy."""
        return self.possible == (self.located.code,)


@dataclass(frozen=True)
class Places:
    """Where many points lie, in their order: indices into `codes`, and metres.

    `cell` is -1 outside; `nearest` is the cell itself inside, and then the distance is 0.
    """

    codes: tuple[str, ...]
    cell: NDArray[np.intp]
    distance_m: NDArray[np.float64]
    nearest: NDArray[np.intp]


class Locator:
    """Cells in a tree, to be asked for points again and again."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        """Index cells that `read_cells` accepted.

        Raises: GridError when there is no cell.
        """
        _, south, _, north = bounds(cells)
        ordered = sorted(cells, key=lambda cell: cell.code)
        self._answers = [Located(cell.code, 0.0, cell.code) for cell in ordered]
        self.codes = tuple(cell.code for cell in ordered)
        self._polygons = np.array([cell.geometry for cell in ordered], dtype=object)
        shapely.prepare(self._polygons)
        self._tree = shapely.STRtree(self._polygons)
        self._latitude = (south + north) / 2.0
        self._scaled = to_metres(self._polygons, self._latitude)
        self._scaled_tree = shapely.STRtree(self._scaled)

    def cell_of(self, lon: float, lat: float) -> Located:
        """Return where a point in WGS 84 lies.

        Raises: GridError when it is no longitude and latitude.
        """
        return self.cells_of([(lon, lat)])[0]

    def cells_of(self, points: ArrayLike) -> list[Located]:
        """Return where each of an (n, 2) array of lon, lat lies, in its order.

        Raises: GridError, naming the point, when one is no longitude and latitude.
        """
        places = self.places_of(points)
        return [
            self._answers[cell] if cell >= 0 else Located(None, distance_m, self._answers[nearest].nearest)
            for cell, distance_m, nearest in zip(
                places.cell.tolist(), places.distance_m.tolist(), places.nearest.tolist(), strict=True
            )
        ]

    def places_of(self, points: ArrayLike) -> Places:
        """Return where each of an (n, 2) array of lon, lat lies, as arrays: for millions at once.

        Raises: GridError, naming the point, when one is no longitude and latitude.
        """
        lonlat = _checked(points)
        cell = np.concatenate(
            [self._lowest(lonlat[start : start + _CHUNK]) for start in range(0, len(lonlat), _CHUNK)]
            or [np.empty(0, dtype=np.intp)]
        )
        distance_m, nearest = np.zeros(len(lonlat)), cell.copy()
        outside = np.flatnonzero(cell < 0)
        if len(outside):
            distance_m[outside], nearest[outside] = self._nearest(lonlat[outside])
        return Places(self.codes, cell, distance_m, nearest)

    def fix_of(self, lon: float, lat: float, accuracy_m: float) -> FixPlaced:
        """Return where a tablet's fix lies, and which other cells its accuracy cannot rule out.

        `accuracy_m` is the radius within which the tablet says it is. Raises: GridError for a fix that is none.
        """
        if not 0 <= accuracy_m < _NO_FIX_M:
            raise GridError(
                f"its accuracy is {accuracy_m}",
                "fix",
                f"give a radius in metres, of less than {_NO_FIX_M:,.0f}",
                "定位精度必须是以米为单位的半径",
            )
        located = self.cell_of(lon, lat)
        within = self._scaled_tree.query(
            to_metres(Point(lon, lat), self._latitude), predicate="dwithin", distance=accuracy_m
        )
        possible = tuple(self.codes[index] for index in sorted(within.tolist()))
        return FixPlaced(located, accuracy_m, possible)

    def _lowest(self, lonlat: NDArray[np.float64]) -> NDArray[np.intp]:
        """Return the index of each point's cell, -1 outside; cells are in the order of their codes."""
        if len(lonlat) >= _MANY:
            return self._raster.lowest(lonlat)
        point, cell = self._tree.query(shapely.points(lonlat))
        inside = shapely.intersects_xy(self._polygons[cell], lonlat[point, 0], lonlat[point, 1])
        found = np.full(len(lonlat), len(self._answers))
        np.minimum.at(found, point[inside], cell[inside])
        found[found == len(self._answers)] = -1
        return found

    @cached_property
    def _raster(self) -> Raster:
        return Raster(self._polygons, self._tree)

    def _nearest(self, lonlat: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
        """Return how far outside points are from their nearest cells, in metres, and the indices of these."""
        points = to_metres(shapely.points(lonlat), self._latitude)
        number, cell = self._scaled_tree.query_nearest(points, all_matches=True)
        # Equally near cells: the lowest code, as on a border.
        nearest = np.full(len(lonlat), len(self._answers))
        np.minimum.at(nearest, number, cell)
        ends = shapely.get_coordinates(shapely.shortest_line(points, self._scaled[nearest])).reshape(-1, 2, 2)
        scale = np.array(metres_per_degree(self._latitude))
        there = np.array([metres_per_degree(lat) for lat in lonlat[:, 1].tolist()])
        return np.hypot(*((ends[:, 1] - ends[:, 0]) * there / scale).T), nearest


def _checked(points: ArrayLike) -> NDArray[np.float64]:
    try:
        lonlat = np.asarray(points, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise GridError(
            "they are not numbers", "points", "give an (n, 2) array of lon, lat", "请给出经度、纬度两列数字"
        ) from error
    if lonlat.size == 0:
        return lonlat.reshape(0, 2)
    if lonlat.ndim != 2 or lonlat.shape[1] != 2:
        raise GridError(
            f"their shape is {lonlat.shape}", "points", "give an (n, 2) array of lon, lat", "请给出经度、纬度两列数字"
        )
    # Written so that NaN fails the comparison.
    bad = np.flatnonzero(~((np.abs(lonlat[:, 0]) <= 180) & (np.abs(lonlat[:, 1]) <= 90)))
    if len(bad):
        lon, lat = lonlat[bad[0]]
        raise GridError(
            f"({lon}, {lat}) is no place on earth",
            f"point {bad[0]}",
            "give longitude, then latitude",
            "请先写经度，再写纬度",
        )
    return lonlat

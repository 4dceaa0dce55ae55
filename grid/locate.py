"""Which cell a point lies in.

Borders by rule: a point on the border of several cells lies in the one with the lowest code, so that every point of
a partition lies in exactly one cell. A point outside all cells is told its nearest cell and how far that is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry import Point

from grid.cells import Cell, bounds
from grid.errors import GridError
from grid.metres import metres_per_degree, to_metres


class Located(NamedTuple):
    """Where a point lies: its cell, or None with the nearest cell and the distance to it in metres."""

    code: str | None
    distance_m: float
    nearest: str


class Locator:
    """Cells in a tree, to be asked for points again and again."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        """Index cells that `read_cells` accepted.

        Raises: GridError when there is no cell.
        """
        _, south, _, north = bounds(cells)
        ordered = sorted(cells, key=lambda cell: cell.code)
        self._answers = [Located(cell.code, 0.0, cell.code) for cell in ordered]
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
        lonlat = _checked(points)
        lowest = self._lowest(lonlat)
        return [
            self._answers[index] if index >= 0 else self._outside(lon, lat)
            for index, (lon, lat) in zip(lowest.tolist(), lonlat.tolist(), strict=True)
        ]

    def _lowest(self, lonlat: NDArray[np.float64]) -> NDArray[np.intp]:
        """Return the index of each point's cell, -1 outside; cells are in the order of their codes."""
        point, cell = self._tree.query(shapely.points(lonlat))
        inside = shapely.intersects_xy(self._polygons[cell], lonlat[point, 0], lonlat[point, 1])
        found = np.full(len(lonlat), len(self._answers))
        np.minimum.at(found, point[inside], cell[inside])
        found[found == len(self._answers)] = -1
        return found

    def _outside(self, lon: float, lat: float) -> Located:
        point = to_metres(Point(lon, lat), self._latitude)
        # Equally near cells: the lowest code, as on a border.
        index = int(self._scaled_tree.query_nearest(point, all_matches=True).min())
        (x0, y0), (x1, y1) = shapely.get_coordinates(shapely.shortest_line(point, self._scaled[index]))
        (east, north), (east_there, north_there) = metres_per_degree(self._latitude), metres_per_degree(lat)
        distance_m = float(np.hypot((x1 - x0) * east_there / east, (y1 - y0) * north_there / north))
        return Located(None, distance_m, self._answers[index].nearest)


def _checked(points: ArrayLike) -> NDArray[np.float64]:
    try:
        lonlat = np.asarray(points, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise GridError("they are not numbers", "points", "give an (n, 2) array of lon, lat") from error
    if lonlat.size == 0:
        return lonlat.reshape(0, 2)
    if lonlat.ndim != 2 or lonlat.shape[1] != 2:
        raise GridError(f"their shape is {lonlat.shape}", "points", "give an (n, 2) array of lon, lat")
    # Written so that NaN fails the comparison.
    bad = np.flatnonzero(~((np.abs(lonlat[:, 0]) <= 180) & (np.abs(lonlat[:, 1]) <= 90)))
    if len(bad):
        lon, lat = lonlat[bad[0]]
        raise GridError(f"({lon}, {lat}) is no place on earth", f"point {bad[0]}", "give longitude, then latitude")
    return lonlat

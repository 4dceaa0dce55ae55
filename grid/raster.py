"""Squares over cells, so that most of a million points need no geometry to be located.

Each square knows the cells that it meets. Where it lies wholly in one, so do all points in it; elsewhere only its few
cells are asked. Building one pays for itself from some hundred thousand points on.
"""

from __future__ import annotations

import math

import numpy as np
import shapely
from numpy.typing import NDArray

_PER_CELL = 9
_LARGEST = 1024
_ROUNDING_DEG = 1e-9
"""Squares are taken this much larger, so that a point that rounding puts into the next one still finds its cells."""


class Raster:
    """Squares over the bounds of polygons."""

    def __init__(self, polygons: NDArray[np.object_], tree: shapely.STRtree) -> None:
        """Lay squares over prepared polygons, which the tree has in the same order."""
        self._polygons = polygons
        self._west, self._south, east, north = shapely.total_bounds(polygons)
        self._side = min(_LARGEST, math.ceil(math.sqrt(_PER_CELL * len(polygons))))
        self._step = np.array([(east - self._west) / self._side, (north - self._south) / self._side]) + _ROUNDING_DEG
        x, y = np.meshgrid(np.arange(self._side), np.arange(self._side))
        corner = np.column_stack((x.ravel(), y.ravel())) * self._step + (self._west, self._south)
        squares = shapely.box(*(corner - _ROUNDING_DEG).T, *(corner + self._step + _ROUNDING_DEG).T)
        square, cell = tree.query(squares, predicate="intersects")
        order = np.lexsort((cell, square))
        square, self._cell = square[order], cell[order]
        self._count = np.bincount(square, minlength=len(squares))
        self._first = np.cumsum(self._count) - self._count
        self._only = self._sole_cells(squares)

    def _sole_cells(self, squares: NDArray[np.object_]) -> NDArray[np.intp]:
        """Return the cell that has a square to itself, -1 where there is none."""
        only = np.full(len(squares), -1, dtype=np.intp)
        single = np.flatnonzero(self._count == 1)
        cell = self._cell[self._first[single]]
        whole = shapely.covers(self._polygons[cell], squares[single])
        only[single[whole]] = cell[whole]
        return only

    def lowest(self, lonlat: NDArray[np.float64]) -> NDArray[np.intp]:
        """Return the lowest index of the polygons that each point lies in or on the border of, -1 outside."""
        place = np.floor((lonlat - (self._west, self._south)) / self._step)
        within = ((place >= 0) & (place < self._side)).all(axis=1)
        square = np.where(within, place[:, 1] * self._side + place[:, 0], 0).astype(np.intp)
        found = np.where(within, self._only[square], -1)
        asked = np.flatnonzero(within & (found < 0))
        # Square by square, so that a polygon is still at hand for its next point: four times as fast.
        asked = asked[np.argsort(square[asked], kind="stable")]
        found[asked] = self._tested(lonlat[asked], square[asked])
        return found

    def _tested(self, lonlat: NDArray[np.float64], square: NDArray[np.intp]) -> NDArray[np.intp]:
        """Ask the cells of each point's square, in their order: the first that has it is the lowest."""
        lowest = np.full(len(square), -1, dtype=np.intp)
        open_, rank = np.arange(len(square)), 0
        while len(open_ := open_[self._count[square[open_]] > rank]):
            cell = self._cell[self._first[square[open_]] + rank]
            inside = shapely.intersects_xy(self._polygons[cell], *lonlat[open_].T)
            lowest[open_[inside]] = cell[inside]
            open_, rank = open_[~inside], rank + 1
        return lowest

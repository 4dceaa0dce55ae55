"""The polygons of a coverage as they can be compared: mended where they cross themselves, in a tree, with what GEOS
objects to in them.

Source: GEOS CoverageValidator (https://libgeos.org/doxygen/classgeos_1_1coverage_1_1CoverageValidator.html).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from grid.cells import Cell, geometry_problems

TOUCH_DEG = 1e-9
"""Nearer than this (0.1 mm) two geometries touch: computed intersections are rounded."""


@dataclass(frozen=True)
class Ground:
    """The cells that have a polygon to compare; `problems` and `mended` are of all cells, in their order."""

    problems: tuple[str | None, ...]
    mended: tuple[BaseGeometry, ...]
    codes: tuple[str, ...]
    polygons: NDArray[np.object_]
    objections: NDArray[np.object_]
    tree: shapely.STRtree

    @staticmethod
    def of(cells: Sequence[Cell]) -> Ground:
        """Return the ground of cells as they were drawn."""
        problems = tuple(geometry_problems([cell.geometry for cell in cells]))
        mended = tuple(
            mended_polygon(cell.geometry) if problem else cell.geometry
            for cell, problem in zip(cells, problems, strict=True)
        )
        usable = [(cell.code, polygon) for cell, polygon in zip(cells, mended, strict=True) if not polygon.is_empty]
        polygons = np.array([polygon for _, polygon in usable], dtype=object)
        objections = shapely.coverage_invalid_edges(polygons) if len(polygons) else polygons
        codes = tuple(code for code, _ in usable)
        return Ground(problems, mended, codes, polygons, objections, shapely.STRtree(polygons))

    @property
    def suspects(self) -> NDArray[np.intp]:
        """Return the indices of the polygons that GEOS objects to."""
        return np.flatnonzero(~shapely.is_empty(self.objections)) if len(self.polygons) else np.empty(0, dtype=np.intp)

    def union(self) -> BaseGeometry:
        """Return all ground that a cell has."""
        is_clean = len(self.suspects) == 0
        return shapely.coverage_union_all(self.polygons) if is_clean else shapely.union_all(self.polygons)

    def names(self, indices: Iterable[int]) -> tuple[str, ...]:
        """Return the codes of polygons, each once and in order."""
        return tuple(sorted({self.codes[index] for index in indices} - {""}))

    def touching(self, geometry: BaseGeometry) -> tuple[str, ...]:
        """Return the codes of the cells that a geometry touches."""
        return self.names(self.tree.query(geometry, predicate="dwithin", distance=TOUCH_DEG))

    def suspect_pairs(self) -> list[tuple[int, int]]:
        """Return the pairs that touch, one of which at least GEOS objects to."""
        suspects = self.suspects
        if not len(suspects):
            return []
        one, other = self.tree.query(self.polygons[suspects], predicate="intersects")
        pairs = np.sort(np.column_stack((suspects[one], other)), axis=1)
        return sorted({(a, b) for a, b in pairs.tolist() if a != b})


def mended_polygon(geometry: BaseGeometry) -> BaseGeometry:
    """Return what of a polygon can be used: valid, in two dimensions, or empty."""
    if not np.isfinite(shapely.get_coordinates(geometry)).all():
        return Polygon()
    return polygonal(shapely.make_valid(shapely.force_2d(geometry)))


def polygonal(geometry: BaseGeometry) -> BaseGeometry:
    """Return the polygons of a geometry without the points and lines that operations leave beside them."""
    parts = [part for part in shapely.get_parts(geometry) if part.geom_type in ("Polygon", "MultiPolygon")]
    return parts[0] if len(parts) == 1 else shapely.union_all(parts) if parts else Polygon()

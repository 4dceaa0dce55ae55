"""Draw the polygons of a division: all cuts and the outline become one network of lines, its faces the polygons.

Because the lines are noded on a lattice of seven decimals before they are put together to faces, the faces share
their vertices exactly, in the very digits that are written. Pure.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import shapely
from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry

from fieldsync.sample.partition import Division, PlotKey
from fieldsync.sample.streetspace import lay_back, to_degrees, to_plane, to_streets

_DECIMALS = 7
_SMOOTH_M = 3.0
"""How far a border may leave the curve it follows, to save vertices."""
_OVERSHOOT_M = 6.0
"""How far a cut is drawn on past its ends, so that it certainly reaches the border it ends on; what is beyond
that border bounds no face."""


def draw(outline: BaseGeometry, division: Division) -> dict[PlotKey, BaseGeometry]:
    """Return the polygon of each plot in longitude and latitude; together they are a coverage of the outline.

    Raises: ValueError when a plot came out in several parts.
    """
    lines = [shapely.transform(_on_plane(cut), to_degrees) for cut in division.cuts]
    network = shapely.union_all([outline.boundary, *lines], grid_size=10.0**-_DECIMALS)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(network)))
    polygons = {key: tidy(shapely.coverage_union_all(own)) for key, own in _by_plot(faces, outline, division).items()}
    torn = sorted(set(division.grounds) - {key for key, polygon in polygons.items() if polygon.geom_type == "Polygon"})
    if torn:
        raise ValueError(f"{len(torn)} plots, first {torn[0]}, are not one polygon; try another seed")
    return polygons


def tidy(polygon: BaseGeometry) -> BaseGeometry:
    """Return a polygon in the one form that is written: rounded, outer rings anticlockwise, from a fixed start."""
    rounded = shapely.transform(polygon, lambda degrees: np.round(degrees, _DECIMALS))
    return shapely.orient_polygons(shapely.normalize(rounded))


def _on_plane(cut: LineString) -> LineString:
    points = shapely.get_coordinates(lay_back(cut).simplify(_SMOOTH_M))
    for end, inner in ((0, 1), (-1, -2)):
        outward = points[end] - points[inner]
        points[end] += outward / np.hypot(*outward) * _OVERSHOOT_M
    return LineString(points)


def _by_plot(faces: np.ndarray, outline: BaseGeometry, division: Division) -> dict[PlotKey, list[BaseGeometry]]:
    """Return the faces inside the outline by the plot on whose ground they lie."""
    keys = list(division.grounds)
    tree = shapely.STRtree([ground.polygon for ground in division.grounds.values()])
    places = shapely.point_on_surface(faces)
    grounds = tree.nearest(shapely.transform(places, lambda degrees: to_streets(to_plane(degrees))))
    by_plot = defaultdict(list)
    for face, ground, is_inside in zip(faces, grounds, shapely.contains(outline, places), strict=True):
        if is_inside:
            by_plot[keys[ground]].append(face)
    return by_plot

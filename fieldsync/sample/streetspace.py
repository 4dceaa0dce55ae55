"""A flat map on which a city's ring roads and radials are straight: *street space*.

Its axes, both in metres, are the distance from the city's centre and the way around it; the plane is bent a little
first, so that nothing looks drawn with a ruler. Every step has an exact inverse. Pure.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from grid.metres import metres_per_degree

CENTRE = (104.0665, 30.6575)
"""Longitude and latitude of Tianfu Square, from which Chengdu's rings and radials are counted."""

_RADIUS_M = 5_000.0
"""Where a metre of street space around the centre is a metre on the ground."""
_BEND_M = 220.0
_BEND_PERIODS_M = (4_700.0, 6_100.0)
_BEND_PHASES = (0.7, 2.1)
_STEP_M = 120.0
"""Straight lines of one space are curves of the other: they are carried over in steps of this length."""

Points = NDArray[np.float64]


def to_plane(degrees: Points) -> Points:
    """Return metres east and north of the centre for an (n, 2) array of lon, lat."""
    return np.asarray((degrees - np.array(CENTRE)) * np.array(metres_per_degree(CENTRE[1])))


def to_degrees(plane: Points) -> Points:
    """Return lon, lat for an (n, 2) array of metres east and north of the centre."""
    return np.asarray(plane / np.array(metres_per_degree(CENTRE[1])) + np.array(CENTRE))


def to_streets(plane: Points) -> Points:
    """Return street space for an (n, 2) array of metres east and north of the centre.

    The way around is counted from the south, so that the seam runs north of the centre, where the district is not.
    """
    x = plane[:, 0] + _bend(plane[:, 1], 0)
    y = plane[:, 1] + _bend(x, 1)
    return np.column_stack((np.hypot(x, y), np.arctan2(x, -y) * _RADIUS_M))


def from_streets(streets: Points) -> Points:
    """Return metres east and north of the centre for an (n, 2) array in street space."""
    around = streets[:, 1] / _RADIUS_M
    x, y = streets[:, 0] * np.sin(around), -streets[:, 0] * np.cos(around)
    y = y - _bend(x, 1)
    return np.column_stack((x - _bend(y, 0), y))


def lay_flat(plane: BaseGeometry) -> BaseGeometry:
    """Return a geometry on the plane as it is in street space."""
    return shapely.transform(shapely.segmentize(plane, _STEP_M), to_streets)


def lay_back(streets: BaseGeometry) -> BaseGeometry:
    """Return a geometry in street space as it is on the plane."""
    return shapely.transform(shapely.segmentize(streets, _STEP_M), from_streets)


def _bend(along: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    turns = 2.0 * np.pi * along / _BEND_PERIODS_M[axis] + _BEND_PHASES[axis]
    return np.asarray(_BEND_M * np.sin(turns))

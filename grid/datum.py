"""GCJ-02 and BD-09, the shifted coordinates of Chinese maps and of some devices, from and to WGS 84.

The way there is exact, the way back is found by iteration and good to half a metre (it comes back to millimetres in
practice). Outside China's bounding box GCJ-02 is the identity. A few points are the library's work, at 25 microseconds
each; many are that of `grid.shifts`, at two to four. Equal points, as the vertices that neighbours share, are
converted once, and stay equal.

Source: geocoordinates-rs (Gcj02, Bd09).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

import geocoordinates_ffi as library
import numpy as np
from numpy.typing import ArrayLike, NDArray

from grid import shifts
from grid.errors import GridError

Datum = Literal["WGS84", "GCJ02", "BD09"]
DATUMS: tuple[Datum, ...] = get_args(Datum)

_FEW = 1_000
"""Up to so many points are converted one by one."""


@dataclass(frozen=True)
class _Conversion:
    """One conversion twice: of lon and lat, to what has a lon and a lat; and of an (n, 2) array."""

    of_one: Callable[[float, float], Any]
    of_many: Callable[[NDArray[np.float64]], NDArray[np.float64]]


_TO_WGS84: dict[Datum, _Conversion] = {
    "GCJ02": _Conversion(
        lambda lon, lat: library.gcj02_to_wgs84_refined(library.Gcj02(lat=lat, lon=lon)), shifts.gcj02_to_wgs84
    ),
    "BD09": _Conversion(
        lambda lon, lat: library.bd09_to_wgs84_refined(library.Bd09(lat=lat, lon=lon)), shifts.bd09_to_wgs84
    ),
}
_FROM_WGS84: dict[Datum, _Conversion] = {
    "GCJ02": _Conversion(
        lambda lon, lat: library.wgs84_to_gcj02(library.Wgs84(lat=lat, lon=lon)), shifts.wgs84_to_gcj02
    ),
    "BD09": _Conversion(lambda lon, lat: library.wgs84_to_bd09(library.Wgs84(lat=lat, lon=lon)), shifts.wgs84_to_bd09),
}


def parse_datum(text: str) -> Datum:
    """Read the name of a datum, such as `WGS84`, `GCJ-02` or `bd09`.

    Raises: GridError when it is none of them.
    """
    plain = "".join(character for character in text.upper() if character.isalnum())
    for datum in DATUMS:
        if plain == datum:
            return datum
    raise GridError(
        f"{text!r:.40} is no datum", "datum", f"write {', '.join(DATUMS)}", "坐标基准只能是 WGS84、GCJ02 或 BD09"
    )


def datum_to_wgs84(lonlat: ArrayLike, datum: Datum) -> NDArray[np.float64]:
    """Return an (n, 2) array of lon, lat of a datum in WGS 84; what is not finite stays as it is."""
    return _converted(lonlat, _TO_WGS84.get(datum))


def datum_from_wgs84(lonlat: ArrayLike, datum: Datum) -> NDArray[np.float64]:
    """Return an (n, 2) array of lon, lat in WGS 84 in a datum; what is not finite stays as it is."""
    return _converted(lonlat, _FROM_WGS84.get(datum))


def _converted(lonlat: ArrayLike, conversion: _Conversion | None) -> NDArray[np.float64]:
    given = np.array(lonlat, dtype=np.float64).reshape(-1, 2)
    if conversion is None or not len(given):
        return given
    usable = np.isfinite(given).all(axis=1) & (np.abs(given[:, 0]) <= 180) & (np.abs(given[:, 1]) <= 90)
    different, which = np.unique(given[usable], axis=0, return_inverse=True)
    if len(different) > _FEW:
        there = conversion.of_many(different)
    else:
        points = [conversion.of_one(lon, lat) for lon, lat in different.tolist()]
        there = np.array([(point.lon, point.lat) for point in points]).reshape(-1, 2)
    given[usable] = there[which.ravel()]
    return given

"""Coordinate systems that geometries come in, and the way from them to WGS 84.

A system is named by its EPSG code (`EPSG:4527`, CGCS2000 / 3-degree zone 39), by the text of a `.prj` file, or as
`WGS84`, `CGCS2000`, `GCJ02`, `BD09`. Longitude, or easting, is always first, whatever the system's own axes say.
CGCS2000 and WGS 84 differ by centimetres; pyproj takes them as equal, as surveyors do at this scale.

Source: EPSG registry through PROJ; RFC 7946 for the order of the axes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from pyproj.exceptions import ProjError

from grid.datum import Datum, datum_to_wgs84
from grid.errors import GridError

Converter = Callable[[NDArray[np.float64]], NDArray[np.float64]]

_SHIFTED: dict[str, Datum] = {"GCJ02": "GCJ02", "BD09": "BD09"}
_NAMED = {"WGS84": 4326, "CRS84": 4326, "CGCS2000": 4490}
_EPSG = re.compile(r"(?:.*\bEPSG(?:[:/][\d.]*)?[:/])?(\d{4,6})", re.IGNORECASE)
_LAST_NAME = re.compile(r"[^:/]*$")
_EXACT_M = 1.0
"""A way to WGS 84 that is surer than this is not worth a word."""


@dataclass(frozen=True)
class System:
    """A coordinate system: what it is called, and how an (n, 2) array of its coordinates becomes WGS 84."""

    name: str
    to_wgs84: Converter
    note: str = ""
    """What somebody who converts from it should know, or nothing."""


WGS84 = System("WGS 84", lambda coordinates: coordinates)


def parse_system(text: str, where: str = "coordinate system") -> System:
    """Return the system that a text names.

    Raises: GridError, naming `where`, for what is no system on the ground.
    """
    plain = "".join(character for character in _LAST_NAME.findall(text.upper())[0] if character.isalnum())
    if plain in _SHIFTED:
        datum = _SHIFTED[plain]
        return System(datum, lambda coordinates: datum_to_wgs84(coordinates, datum))
    code = _EPSG.fullmatch(text.strip())
    known = _NAMED.get(plain) or (int(code[1]) if code else None)
    try:
        crs = (pyproj.CRS.from_epsg(known) if known else pyproj.CRS.from_wkt(text)).to_2d()
        if not (crs.is_geographic or crs.is_projected):
            raise ProjError(f"{crs.name} has no longitude and latitude, nor easting and northing")
        return WGS84 if crs.to_epsg() == 4326 else _converting(crs)
    except ProjError as error:
        raise GridError(
            f"{text!r:.60} is no coordinate system that is known here",
            where,
            "name it by its EPSG code (EPSG:4527), or as WGS84, CGCS2000, GCJ02 or BD09",
            "无法识别的坐标系；请写 EPSG 代码（如 EPSG:4527），或 WGS84、CGCS2000、GCJ02、BD09",
        ) from error


def _converting(crs: pyproj.CRS) -> System:
    way = pyproj.Transformer.from_crs(crs, 4326, always_xy=True)
    return System(
        crs.name,
        lambda coordinates: np.column_stack(way.transform(coordinates[:, 0], coordinates[:, 1])),
        _note(crs, way.accuracy),
    )


def _note(crs: pyproj.CRS, accuracy_m: float) -> str:
    ground = crs.geodetic_crs.to_epsg() if crs.geodetic_crs is not None else None
    if ground in _NAMED.values() or 0 <= accuracy_m <= _EXACT_M:
        return ""
    sure = f"{accuracy_m:g} m" if accuracy_m > 0 else "some metres to some 100 m, depending on the place"
    return f"{crs.name} becomes WGS 84 only to {sure}"


def in_wgs84(geometries: NDArray[np.object_], system: System) -> NDArray[np.object_]:
    """Return geometries of a system in WGS 84; a third dimension stays as it is.

    Raises: GridError, naming the first one, where one with coordinates has no place in WGS 84.
    """
    if system is WGS84:
        return geometries
    deep = shapely.has_z(geometries)
    moved = geometries.copy()
    moved[~deep] = shapely.transform(geometries[~deep], system.to_wgs84)
    moved[deep] = shapely.transform(geometries[deep], _keeping_z(system.to_wgs84), include_z=True)
    lost = np.flatnonzero(_is_finite(geometries) & ~_is_finite(moved))
    if len(lost):
        raise GridError(
            f"it has no place on earth in {system.name}",
            f"feature {lost[0]}",
            "name the coordinate system that the file is really in",
            f"坐标不在 {system.name} 的范围内；请指定文件实际使用的坐标系",
        )
    return moved


def _keeping_z(convert: Converter) -> Converter:
    return lambda coordinates: np.column_stack((convert(coordinates[:, :2]), coordinates[:, 2]))


def _is_finite(geometries: NDArray[np.object_]) -> NDArray[np.bool_]:
    coordinates, owner = shapely.get_coordinates(geometries, return_index=True)
    finite = np.ones(len(geometries), dtype=bool)
    finite[owner[~np.isfinite(coordinates).all(axis=1)]] = False
    return finite

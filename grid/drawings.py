"""Polygons as a file has them, before anybody asks whether they are cells.

Two ways in: GeoJSON, and well-known binary as libraries for other formats hand it over. Refused is only what cannot
be drawn at all; coordinates are in the system that the file names, or that its reader was told.
Source: RFC 7946; OGC 06-103r4 for well-known binary.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from grid.errors import GridError
from grid.systems import WGS84, System, in_wgs84, parse_system

_POLYGONS = ("Polygon", "MultiPolygon")
_CURVED = {8: "CircularString", 9: "CompoundCurve", 10: "CurvePolygon", 11: "MultiCurve", 12: "MultiSurface"}
_NO_COORDINATE = 1e12
"""Larger than a coordinate of any system: infinities, and integers too long for a float. NaN is not smaller either."""
_NO_DEGREE = 1000.0
"""Degrees never come near it, metres of a projected system nearly always pass it."""


@dataclass(frozen=True)
class Drawings:
    """Polygons with their properties, in order, in a coordinate system that the file names, or that nobody named."""

    properties: Sequence[Mapping[str, Any]]
    geometries: NDArray[np.object_]
    declared: str = ""
    notes: tuple[str, ...] = ()
    """What somebody who reads them should know."""


def read_geojson(geojson: Any) -> Drawings:
    """Return what a FeatureCollection of polygons has.

    Raises: GridError where there is no such collection, or a feature cannot be drawn.
    """
    features = _features(geojson)
    geometries = np.empty(len(features), dtype=object)
    for number, feature in enumerate(features):
        geometries[number] = _geometry(f"feature {number}", feature)
    return Drawings([_properties(feature) for feature in features], geometries, _declared(geojson.get("crs")))


def read_wkb(binaries: Sequence[bytes | None], properties: Sequence[Mapping[str, Any]], declared: str) -> Drawings:
    """Return what a layer in well-known binary has; `declared` is its coordinate system, empty where it names none.

    Raises: GridError, naming the feature, for what is no polygon or is drawn with curves.
    """
    for number, binary in enumerate(binaries):
        if binary is not None and (curved := _CURVED.get(_kind(binary))):
            raise GridError(
                f"its geometry is a {curved}, which has curves",
                f"feature {number}",
                "turn curves into lines of many points in the program it comes from",
                "含有曲线；请先在制图软件中把曲线转换为折线",
            )
    geometries = shapely.from_wkb(list(binaries), on_invalid="fix") if len(binaries) else np.empty(0, dtype=object)
    for number, geometry in enumerate(geometries):
        if geometry is None or geometry.geom_type not in _POLYGONS:
            raise _no_polygon(geometry.geom_type if geometry is not None else "missing", f"feature {number}")
    return Drawings(properties, geometries, declared)


def drawings_in_wgs84(drawings: Drawings, system: str = "") -> Drawings:
    """Return drawings with longitude and latitude in WGS 84; `system`, where given, is believed before the file.

    Raises: GridError for a system that is not known or cannot be the one, and for coordinates in metres that nobody
    named the system of.
    """
    named = system or drawings.declared
    source = parse_system(named, "coordinate system") if named else WGS84
    if source is WGS84:
        _refuse_metres(drawings.geometries, named)
    notes = (*drawings.notes, source.note) if source.note else drawings.notes
    return replace(
        drawings, geometries=in_wgs84(drawings.geometries, _in_degrees(source, named)), declared="WGS 84", notes=notes
    )


def _in_degrees(source: System, named: str) -> System:
    return replace(source, name=f"{source.name} ({named})") if source is not WGS84 and named != source.name else source


def _refuse_metres(geometries: NDArray[np.object_], named: str) -> None:
    if not len(geometries):
        return
    corners = shapely.bounds(geometries)
    known = corners[np.isfinite(corners).all(axis=1)]
    if len(known) and (np.abs(known).max(axis=1) > _NO_DEGREE).all():
        x, y = (f"{value:.0f}" for value in known[0][:2])
        raise GridError(
            f"coordinates such as ({x}, {y}) are no degrees"
            + (f", although the file says {named}" if named else ", and the file does not say what they are"),
            "coordinate system",
            "name the system by its EPSG code, such as --crs EPSG:4527, as whoever made the file says; a Shapefile says"
            " it in the .prj beside it, if that is there",
            "坐标不是经纬度；请按制图单位的说明用 EPSG 代码指明坐标系，如 --crs EPSG:4527；Shapefile 请附上 .prj 文件",
        )


def _kind(binary: bytes) -> int:
    """Return the type of a well-known binary without its flags and dimensions."""
    if len(binary) < 5:
        return 0
    number = int.from_bytes(binary[1:5], "little" if binary[0] else "big")
    return (number & 0x0FFFFFFF) % 1000


def _features(geojson: Any) -> Sequence[Any]:
    if not isinstance(geojson, Mapping) or geojson.get("type") != "FeatureCollection":
        raise GridError(
            "it is not a FeatureCollection",
            "GeoJSON",
            "wrap the features in one",
            "不是 FeatureCollection；请把要素放入 FeatureCollection",
        )
    features = geojson.get("features")
    if not isinstance(features, list | tuple):
        raise GridError(
            "it has no list of features", "GeoJSON", "give the member `features`", "缺少 features；请给出要素列表"
        )
    return features


def _declared(crs: Any) -> str:
    # RFC 7946 has no `crs`, but tools still write the one of the 2008 format.
    return str(crs["properties"].get("name") or "") if _has_properties(crs) else ""


def _has_properties(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("properties"), dict)


def _properties(feature: Any) -> dict[str, Any]:
    properties = feature.get("properties") if isinstance(feature, Mapping) else None
    return dict(properties) if isinstance(properties, Mapping) else {}


def _geometry(where: str, feature: Any) -> BaseGeometry:
    geometry = feature.get("geometry") if isinstance(feature, Mapping) else None
    kind = geometry.get("type") if isinstance(geometry, Mapping) else None
    if not isinstance(geometry, Mapping) or kind not in _POLYGONS:
        raise _no_polygon(f"{kind or 'missing'!s:.40}", where)
    _check_positions(geometry.get("coordinates"), where, 2 if kind == "Polygon" else 3)
    try:
        return shape(geometry)
    except (ValueError, IndexError, shapely.errors.ShapelyError) as error:
        reason = str(error).partition("\n")[0].rstrip(".")
        raise GridError(
            f"its coordinates cannot be read ({reason})", where, "give closed rings", "坐标无法读取；请给出闭合的环"
        ) from error


def _no_polygon(kind: str, where: str) -> GridError:
    return GridError(
        f"its geometry is {kind}",
        where,
        "draw a Polygon or a MultiPolygon",
        "几何类型不是面；请绘制 Polygon 或 MultiPolygon",
    )


def _check_positions(coordinates: Any, where: str, depth: int) -> None:
    """Refuse what is not numbers: shapely would read texts and truth values as some."""
    if not isinstance(coordinates, list | tuple):
        raise _no_numbers(coordinates, where, "give rings of [lon, lat] pairs")
    for inner in coordinates:
        if depth:
            _check_positions(inner, where, depth - 1)
        elif isinstance(inner, bool) or not isinstance(inner, int | float) or not abs(inner) < _NO_COORDINATE:
            raise _no_numbers(inner, where, "give [lon, lat] pairs of numbers")


def _no_numbers(found: Any, where: str, mend: str) -> GridError:
    shown = f"{found:g}" if isinstance(found, float) and not math.isfinite(found) else f"{found!r:.40}"
    return GridError(f"its coordinates hold {shown}", where, mend, "坐标必须是 [经度, 纬度] 数字对")

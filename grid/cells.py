"""Cells as GeoJSON brings them, and back.

Two ways in: `read_cells` for cells that will be used, which refuses the first thing that is wrong, and
`read_as_drawn` for a file that is to be checked, which refuses only what cannot be drawn at all.
Coordinates are WGS 84 longitude and latitude. Source: RFC 7946.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from grid.codes import DEFAULT_PATTERN, CodePattern, parse_code
from grid.errors import GridError

_POLYGONS = ("Polygon", "MultiPolygon")
_NO_COORDINATE = 1e12
"""Larger than a coordinate of any system: infinities, and integers too long for a float. NaN is not smaller either."""


@dataclass(frozen=True)
class Cell:
    """A closed polygon with a cell code."""

    code: str
    name: str
    geometry: BaseGeometry
    properties: Mapping[str, Any]


def read_cells(geojson: Mapping[str, Any], pattern: CodePattern = DEFAULT_PATTERN) -> list[Cell]:
    """Return the cells of a FeatureCollection of polygons, in its order.

    Raises: GridError, naming the feature, for a code that is missing, malformed or there twice, and for a geometry
    that is empty, crosses itself, has a third dimension or leaves the range of longitude and latitude.
    """
    cells = read_as_drawn(geojson)
    seen: dict[str, int] = {}
    for number, cell in enumerate(cells):
        where = _where(number, cell.code)
        if not cell.code:
            raise GridError("it has no code", where, "give it a property `code`")
        parse_code(cell.code, pattern, where)
        if cell.code in seen:
            raise GridError("its code is there twice", where, f"give it another than feature {seen[cell.code]} has")
        seen[cell.code] = number
        problem = geometry_problem(cell.geometry)
        if problem is not None:
            raise GridError(f"its geometry {problem}", where, "draw it again as a simple polygon in WGS 84")
    return cells


def read_as_drawn(geojson: Mapping[str, Any]) -> list[Cell]:
    """Return the cells of a FeatureCollection with all their faults, for `coverage.check`; no code is an empty one.

    Raises: GridError where there is no FeatureCollection of polygons in WGS 84 to be checked.
    """
    return [_cell(number, feature) for number, feature in enumerate(_features(geojson))]


def read_outline(geojson: Mapping[str, Any]) -> BaseGeometry:
    """Return the union of the polygons of a FeatureCollection: the outline that cells are to cover.

    Raises: GridError when it is not a FeatureCollection of sound polygons.
    """
    geometries = [_geometry(_where(number, ""), feature) for number, feature in enumerate(_features(geojson))]
    for number, geometry in enumerate(geometries):
        problem = geometry_problem(geometry)
        if problem is not None:
            raise GridError(f"its geometry {problem}", f"outline, {_where(number, '')}", "draw it again")
    return shapely.union_all(geometries)


def geometry_problem(geometry: BaseGeometry) -> str | None:
    """Say what makes a polygon unusable as a cell, as the rest of a sentence, or None."""
    if geometry.is_empty:
        return "is empty"
    if not all(math.isfinite(bound) for bound in shapely.get_coordinates(geometry, include_z=False).ravel()):
        return "has a coordinate that is not a number"
    if geometry.has_z:
        return "has a third dimension"
    west, south, east, north = geometry.bounds
    if west < -180 or east > 180 or south < -90 or north > 90:
        return "leaves the range of longitude and latitude (another coordinate system, or latitude first?)"
    return None if geometry.is_valid else f"is not a simple polygon ({shapely.is_valid_reason(geometry)})"


def to_geojson(cells: Iterable[Cell]) -> dict[str, Any]:
    """Return cells as a FeatureCollection; code and name are properties."""
    return {"type": "FeatureCollection", "features": [_feature(cell) for cell in cells]}


def bounds(cells: Sequence[Cell]) -> tuple[float, float, float, float]:
    """Return the west, south, east and north end of all cells, in degrees.

    Raises: GridError when there is no cell.
    """
    if not cells:
        raise GridError("there is no cell", "cells", "read at least one")
    west, south, east, north = shapely.total_bounds([cell.geometry for cell in cells])
    return float(west), float(south), float(east), float(north)


def sequence_key(geometry: BaseGeometry) -> tuple[float, float]:
    """Return what cells of a community are numbered by: west to east, and north to south where that is a tie.

    The place of a cell is its representative point, which lies inside it whatever its shape.
    """
    point = geometry.representative_point()
    return point.x, -point.y


def _features(geojson: Mapping[str, Any]) -> Sequence[Any]:
    if not isinstance(geojson, Mapping) or geojson.get("type") != "FeatureCollection":
        raise GridError("it is not a FeatureCollection", "GeoJSON", "wrap the features in one")
    features = geojson.get("features")
    if not isinstance(features, list | tuple):
        raise GridError("it has no list of features", "GeoJSON", "give the member `features`")
    _refuse_other_systems(geojson.get("crs"))
    return features


def _refuse_other_systems(crs: Any) -> None:
    # RFC 7946 has no `crs`, but tools still write the one of the 2008 format.
    name = (
        str(crs["properties"].get("name")) if isinstance(crs, dict) and isinstance(crs.get("properties"), dict) else ""
    )
    if name and not name.endswith(("CRS84", ":4326")):
        raise GridError(f"its coordinate system is {name}", "GeoJSON", "convert it to WGS 84 (EPSG:4326)")


def _cell(number: int, feature: Any) -> Cell:
    properties = feature.get("properties") if isinstance(feature, Mapping) else None
    properties = dict(properties) if isinstance(properties, Mapping) else {}
    code = properties.get("code")
    # Tools that read digits as a number write them back as one.
    code = str(code) if isinstance(code, str | int) and not isinstance(code, bool) else ""
    name = properties.get("name")
    geometry = _geometry(_where(number, code), feature)
    return Cell(code, name if isinstance(name, str) and name else code, geometry, properties)


def _geometry(where: str, feature: Any) -> BaseGeometry:
    geometry = feature.get("geometry") if isinstance(feature, Mapping) else None
    kind = geometry.get("type") if isinstance(geometry, Mapping) else None
    if not isinstance(geometry, Mapping) or kind not in _POLYGONS:
        raise GridError(f"its geometry is {kind or 'missing'!s:.40}", where, "draw a Polygon or a MultiPolygon")
    _check_positions(geometry.get("coordinates"), where, 2 if kind == "Polygon" else 3)
    try:
        return shape(geometry)
    except (ValueError, IndexError, shapely.errors.ShapelyError) as error:
        reason = str(error).partition("\n")[0].rstrip(".")
        raise GridError(f"its coordinates cannot be read ({reason})", where, "give closed rings") from error


def _check_positions(coordinates: Any, where: str, depth: int) -> None:
    """Refuse what is not numbers: shapely would read texts and truth values as some."""
    if not isinstance(coordinates, list | tuple):
        raise GridError(f"its coordinates hold {coordinates!r:.40}", where, "give rings of [lon, lat] pairs")
    for inner in coordinates:
        if depth:
            _check_positions(inner, where, depth - 1)
        elif isinstance(inner, bool) or not isinstance(inner, int | float) or not abs(inner) < _NO_COORDINATE:
            raise GridError(f"its coordinates hold {inner!r:.40}", where, "give [lon, lat] pairs of numbers")


def _feature(cell: Cell) -> dict[str, Any]:
    properties = {**cell.properties, "code": cell.code, "name": cell.name}
    return {"type": "Feature", "properties": properties, "geometry": mapping(cell.geometry)}


def _where(number: int, code: str) -> str:
    return f"feature {number} ({code!r:.40})" if code else f"feature {number}"

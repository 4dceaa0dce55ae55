"""Cells as files bring them, and as GeoJSON.

Two ways in: `read_cells` for cells that will be used, which refuses the first thing that is wrong, and
`read_as_drawn` for a file that is to be checked, which refuses only what cannot be drawn at all.
Coordinates are WGS 84 longitude and latitude. Source: RFC 7946.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from grid.codes import DEFAULT_PATTERN, CodePattern, parse_code
from grid.drawings import Drawings, drawings_in_wgs84, read_geojson
from grid.errors import GridError

_HALF_THE_GLOBE_DEG = 180.0
_PROBLEMS_ZH = {
    "is empty": "几何为空",
    "has a coordinate": "坐标不是数字",
    "has a third dimension": "含有第三维（高程）",
    "leaves the range": "超出经纬度范围（坐标系不对，或纬度写在前面？）",
    "spans more": "跨越半个地球以上（是否跨越 180 度经线？请在该处断开）",
    "is not a simple polygon": "不是简单多边形（自相交等）",
}


@dataclass(frozen=True)
class Cell:
    """A closed polygon with a cell code."""

    code: str
    name: str
    geometry: BaseGeometry
    properties: Mapping[str, Any]


@dataclass(frozen=True)
class Fields:
    """Which properties of a feature are its code and its name."""

    code: str = "code"
    name: str = "name"


def read_cells(geojson: Any, pattern: CodePattern = DEFAULT_PATTERN) -> list[Cell]:
    """Return the cells of a FeatureCollection of polygons, in its order.

    Raises: GridError, naming the feature, for a code that is missing, malformed or there twice, and for a geometry
    that is empty, crosses itself, has a third dimension or leaves the range of longitude and latitude.
    """
    return sound_cells(read_as_drawn(geojson), pattern)


def read_as_drawn(geojson: Any) -> list[Cell]:
    """Return the cells of a FeatureCollection with all their faults, for `coverage.check`; no code is an empty one.

    Raises: GridError where there is no FeatureCollection of polygons in a known coordinate system to be checked.
    """
    return drawn_cells(drawings_in_wgs84(read_geojson(geojson)))


def drawn_cells(drawings: Drawings, fields: Fields = Fields()) -> list[Cell]:
    """Return drawings in WGS 84 as cells, with all their faults; no code is an empty one."""
    return [
        _cell(properties, geometry, fields)
        for properties, geometry in zip(drawings.properties, drawings.geometries, strict=True)
    ]


def sound_cells(cells: Sequence[Cell], pattern: CodePattern = DEFAULT_PATTERN) -> list[Cell]:
    """Return the cells, all of which can be used.

    Raises: GridError, naming the feature, for the first thing that is wrong with a code or a polygon.
    """
    seen: dict[str, int] = {}
    for number, cell in enumerate(cells):
        where = _where(number, cell.code)
        if not cell.code:
            raise GridError(
                "it has no code",
                where,
                "give it a property `code`, or name the property that has it",
                "缺少代码；请填写 code 属性，或指明代码所在的属性",
            )
        parse_code(cell.code, pattern, where)
        if cell.code in seen:
            raise GridError(
                "its code is there twice",
                where,
                f"give it another than feature {seen[cell.code]} has",
                f"代码与要素 {seen[cell.code]} 重复；请改用其他代码",
            )
        seen[cell.code] = number
        _refuse_problem(cell.geometry, where)
    return list(cells)


def read_outline(geojson: Any) -> BaseGeometry:
    """Return the union of the polygons of a FeatureCollection: the outline that cells are to cover.

    Raises: GridError when it is not a FeatureCollection of sound polygons.
    """
    return outline_of(drawings_in_wgs84(read_geojson(geojson)))


def outline_of(drawings: Drawings) -> BaseGeometry:
    """Return the union of drawings in WGS 84. Raises GridError when one of them is not sound."""
    for number, geometry in enumerate(drawings.geometries):
        _refuse_problem(geometry, f"outline, {_where(number, '')}")
    return shapely.union_all(drawings.geometries)


def geometry_problem(geometry: BaseGeometry) -> str | None:
    """Say what makes a polygon unusable as a cell, as the rest of a sentence, or None."""
    if geometry.is_empty:
        return "is empty"
    if not np.isfinite(shapely.get_coordinates(geometry)).all():
        return "has a coordinate that is not a number"
    if geometry.has_z:
        return "has a third dimension"
    west, south, east, north = geometry.bounds
    if west < -180 or east > 180 or south < -90 or north > 90:
        return "leaves the range of longitude and latitude (another coordinate system, or latitude first?)"
    # By its parts: one that is cut at the antimeridian, as RFC 7946 asks, has some at either end.
    ends = shapely.bounds(shapely.get_parts(geometry))
    if (ends[:, 2] - ends[:, 0] > _HALF_THE_GLOBE_DEG).any():
        return "spans more than half the globe (across the antimeridian? cut it there)"
    return None if geometry.is_valid else f"is not a simple polygon ({shapely.is_valid_reason(geometry)})"


def geometry_problems(geometries: Sequence[BaseGeometry]) -> list[str | None]:
    """Return what `geometry_problem` says of each of many polygons, nearly all of which are sound."""
    polygons = np.array(geometries, dtype=object)
    if not len(polygons):
        return []
    west, south, east, north = shapely.bounds(polygons).T
    # Written so that NaN, of what is empty or holds it, fails the comparison.
    placed = (west >= -180) & (east <= 180) & (south >= -90) & (north <= 90) & (east - west <= _HALF_THE_GLOBE_DEG)
    sound = placed & ~shapely.has_z(polygons)
    sound[sound] = shapely.is_valid(polygons[sound])
    return [None if good else geometry_problem(one) for good, one in zip(sound.tolist(), geometries, strict=True)]


def problem_zh(problem: str) -> str:
    """Return in Chinese what `geometry_problem` said."""
    return next((zh for beginning, zh in _PROBLEMS_ZH.items() if problem.startswith(beginning)), problem)


def to_geojson(cells: Iterable[Cell]) -> dict[str, Any]:
    """Return cells as a FeatureCollection; code and name are properties."""
    return {"type": "FeatureCollection", "features": [_feature(cell) for cell in cells]}


def bounds(cells: Sequence[Cell]) -> tuple[float, float, float, float]:
    """Return the west, south, east and north end of all cells, in degrees.

    Raises: GridError when there is no cell.
    """
    if not cells:
        raise GridError("there is no cell", "cells", "read at least one", "没有网格")
    west, south, east, north = shapely.total_bounds([cell.geometry for cell in cells])
    return float(west), float(south), float(east), float(north)


def sequence_key(geometry: BaseGeometry) -> tuple[float, float]:
    """Return what cells of a community are numbered by: west to east, and north to south where that is a tie.

    The place of a cell is its representative point, which lies inside it whatever its shape.
    """
    point = geometry.representative_point()
    return point.x, -point.y


def text_of(value: Any) -> str:
    """Return a property as a text: tools that read digits as a number write them back as one."""
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else ""
    return str(value).strip() if isinstance(value, str | int) else ""


def _cell(properties: Mapping[str, Any], geometry: BaseGeometry, fields: Fields) -> Cell:
    code = text_of(properties.get(fields.code))
    name = properties.get(fields.name)
    return Cell(code, name if isinstance(name, str) and name else code, geometry, properties)


def _refuse_problem(geometry: BaseGeometry, where: str) -> None:
    problem = geometry_problem(geometry)
    if problem is not None:
        raise GridError(
            f"its geometry {problem}",
            where,
            "draw it again as a simple polygon in WGS 84",
            f"{problem_zh(problem)}；请重新绘制为 WGS 84 简单多边形",
        )


def _feature(cell: Cell) -> dict[str, Any]:
    properties = {**cell.properties, "code": cell.code, "name": cell.name}
    return {"type": "Feature", "properties": properties, "geometry": mapping(cell.geometry)}


def _where(number: int, code: str) -> str:
    return f"feature {number} ({code!r:.40})" if code else f"feature {number}"

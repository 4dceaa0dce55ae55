"""A small city of squares for the tests: cells of 0.01 degrees, numbered by row from the south-west."""

from typing import Any

from shapely.geometry import box
from shapely.geometry.base import BaseGeometry

from grid import Cell

WEST, SOUTH, SIDE = 104.0, 30.0, 0.01


def code(number: int) -> str:
    """Return the code of a numbered cell."""
    return f"510107001001{number:03}"


def cell(number: int, geometry: BaseGeometry) -> Cell:
    """Return a cell with a geometry of its own."""
    return Cell(code(number), f"cell {number}", geometry, {})


def square(column: int, row: int) -> BaseGeometry:
    """Return one square."""
    return box(WEST + column * SIDE, SOUTH + row * SIDE, WEST + (column + 1) * SIDE, SOUTH + (row + 1) * SIDE)


def city(side: int = 3) -> list[Cell]:
    """Return side x side squares; number = row * side + column."""
    return [cell(row * side + column, square(column, row)) for row in range(side) for column in range(side)]


def feature(coordinates: Any, kind: str = "Polygon", **properties: Any) -> dict[str, Any]:
    """Return a GeoJSON feature."""
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}}


def collection(*features: Any) -> dict[str, Any]:
    """Return a FeatureCollection."""
    return {"type": "FeatureCollection", "features": list(features)}

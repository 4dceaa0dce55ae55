"""Bounding boxes as they are asked for: `west,south,east,north`, in degrees of WGS 84.

A box whose west lies east of its east crosses the antimeridian. Six numbers have heights, which nobody here has.
Source: OGC 17-069r4, section 7.15.3; RFC 7946, section 5.
"""

from __future__ import annotations

import math
from typing import Annotated

from fastapi import Query
from shapely import union_all
from shapely.geometry import box, shape
from shapely.geometry.base import BaseGeometry

from fieldsync.cells import Cell
from fieldsync.errors import BadInput

BBox = Annotated[
    str | None,
    Query(
        max_length=200,
        description="Only what meets west,south,east,north, in degrees",
        examples=["104,30.6,104.1,30.7"],
    ),
]


def parse_bbox(text: str | None) -> BaseGeometry | None:
    """Return the ground of a box, or None where none is asked for. Raises BadInput."""
    if text is None:
        return None
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) == 6:
        numbers = [*numbers[:2], *numbers[3:5]]
    if len(numbers) != 4 or not all(math.isfinite(number) for number in numbers):
        raise BadInput(f"{text[:60]!r} is no box: write west,south,east,north in degrees.", field="bbox")
    west, south, east, north = numbers
    if (
        south > north
        or not all(abs(lon) <= 180 for lon in (west, east))
        or not all(abs(lat) <= 90 for lat in (south, north))
    ):
        raise BadInput(f"{text[:60]!r} is no box on earth: write west,south,east,north in degrees.", field="bbox")
    if west > east:
        return union_all([box(west, south, 180, north), box(-180, south, east, north)])
    return box(west, south, east, north)


def meets(cell: Cell, ground: BaseGeometry | None) -> bool:
    """Tell whether a cell has a point in a box; every cell has one where none is asked for."""
    return ground is None or bool(shape(cell.geometry).intersects(ground))

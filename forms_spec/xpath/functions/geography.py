"""Functions about points on the earth: on a sphere of ODK's radius, rounded to centimetres.

Points are texts, "lat lon [altitude [accuracy]]" in degrees (WGS 84); lines have ";" between their points.
Source: ODK XForms, "area", "distance" and "geofence".
"""

import math
import re
from itertools import pairwise
from typing import NamedTuple

from forms_spec.xpath.functions.declared import Function, plain
from forms_spec.xpath.run import Run
from forms_spec.xpath.values import Value, texts_of

RADIUS_M = 6_378_100
_DEGREES = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)\Z", re.ASCII)
_TRAILING = re.compile(r"[\s;]+\Z")


class Point(NamedTuple):
    """A point in degrees."""

    lat: float
    lon: float


def points_of(texts: list[str]) -> list[Point]:
    """Read the points of one line, or of several points' texts; an empty list where any of them is none."""
    parts = _TRAILING.sub("", texts[0]).split(";") if len(texts) == 1 else texts
    points = [_point(part) for part in parts]
    return [point for point in points if point is not None] if all(points) else []


def _point(text: str) -> Point | None:
    parts = text.split()
    if not 2 <= len(parts) <= 4 or not all(map(_DEGREES.match, parts)):
        return None
    point = Point(float(parts[0]), float(parts[1]))
    return point if abs(point.lat) <= 90 and abs(point.lon) <= 180 else None


def _distance(run: Run, *values: Value) -> float:
    points = _points(run, values)
    return _centimetres(sum(_length(one, other) for one, other in pairwise(points))) if len(points) > 1 else math.nan


def _length(one: Point, other: Point) -> float:
    first, second = math.radians(one.lat), math.radians(other.lat)
    turn = math.radians(one.lon - other.lon)
    cosine = math.sin(first) * math.sin(second) + math.cos(first) * math.cos(second) * math.cos(turn)
    return math.acos(cosine) * RADIUS_M if abs(cosine) <= 1 else math.nan


def _area(run: Run, *values: Value) -> float:
    points = _points(run, values)
    if len(points) < 3:
        return 0.0
    around = points if points[0] == points[-1] else [*points, points[0]]
    total = sum(
        math.radians(end.lon - start.lon) * (2 + math.sin(math.radians(end.lat)) + math.sin(math.radians(start.lat)))
        for start, end in pairwise(around)
    )
    return _centimetres(total * RADIUS_M * RADIUS_M / 2)


def _geofence(point: str, shape: str) -> bool:
    """Tell whether a point lies inside a closed shape, by the crossings of a ray."""
    place, corners = _point(point), points_of([shape])
    if place is None or len(corners) < 2 or corners[0] != corners[-1]:
        return False
    inside = False
    for start, end in pairwise(corners):
        if (end.lat > place.lat) != (start.lat > place.lat):
            crossing = (start.lon - end.lon) * (place.lat - end.lat) / (start.lat - end.lat) + end.lon
            inside ^= place.lon < crossing
    return inside


def _points(run: Run, values: tuple[Value, ...]) -> list[Point]:
    texts = [text for value in values for text in texts_of(value)]
    run.spend(sum(map(len, texts)) >> 3)
    return points_of(texts) if texts else []


def _centimetres(metres: float) -> float:
    return abs(math.floor(metres * 100 + 0.5) / 100) if math.isfinite(metres) else math.nan


GEOGRAPHY: dict[str, Function] = {
    "distance": Function(("value",), _distance, rest="value", needs_run=True),
    "area": Function(("value",), _area, needs_run=True),
    "geofence": plain(_geofence, "text", "text"),
}

"""Whether a building, or a visit, is in its cell, as far as the fix can tell. Pure.

A point outside of its cell counts only where it is farther out than its accuracy allows: a fix of 40 m beside a border
says nothing. Points are WGS 84; a fix that names another datum is converted first.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from fieldsync.checking.finding import Hit, finding_of
from fieldsync.documents import data_of, meta_of
from fieldsync.units import Document
from grid import Datum, GridError, Locator, datum_to_wgs84, parse_datum
from grid.metres import metres_per_degree

ALLOWED_M: Final = 20.0
"""How far beside a border a point may lie whatever its accuracy: borders run along streets and are drawn by hand."""
UNKNOWN_ACCURACY_M: Final = 30.0
"""What a fix is taken for that does not say how good it is."""


@dataclass(frozen=True, slots=True)
class Fix:
    """A point in WGS 84, degrees, with the radius in metres within which the place is."""

    lon: float
    lat: float
    accuracy_m: float


def check_places(cell: str, border: Locator, documents: list[Document]) -> list[dict[str, Any]]:
    """Return which buildings and visits lie outside of their cell; `border` knows that cell alone."""
    return [finding for document in documents for finding in _outside(cell, border, document)]


def _outside(cell: str, border: Locator, document: Document) -> Iterator[dict[str, Any]]:
    code, item, fix = _place_of(document)
    distance_m = _distance_m(border, fix) if fix else 0.0
    if fix and distance_m > fix.accuracy_m + ALLOWED_M:
        said = {"cell": cell, "metres": f"{distance_m:.0f}", "accuracy": f"{fix.accuracy_m:.0f}"}
        named = {name: {"en": text, "zh": text} for name, text in said.items()}
        severity = "error" if code == "building_outside_cell" else "warning"
        yield finding_of(code, severity, Hit(document.id, item, named))


def _place_of(document: Document) -> tuple[str, str, Fix | None]:
    if document.kind == "building":
        return "building_outside_cell", "point", read_geopoint(data_of(document.body).get("point"))
    return "visit_outside_cell", "location", read_fix(meta_of(document.body).get("location"))


def read_geopoint(value: Any) -> Fix | None:
    """Read an answer to a geopoint question, `lat lon [altitude [accuracy]]`; None where it is none."""
    parts = value.split() if isinstance(value, str) else []
    numbers = [number for part in parts if (number := _number(part)) is not None]
    if len(numbers) < 2 or len(numbers) != len(parts):
        return None
    return _fix(numbers[1], numbers[0], numbers[3] if len(numbers) > 3 else None)


def read_fix(value: Any) -> Fix | None:
    """Read `meta.location` of a revision: lon, lat, accuracy_m, and datum, also GCJ-02 or BD-09; None for no fix."""
    if not isinstance(value, Mapping):
        return None
    lon, lat, datum = _number(value.get("lon")), _number(value.get("lat")), _datum(value.get("datum", "WGS84"))
    if lon is None or lat is None or datum is None:
        return None
    lon, lat = datum_to_wgs84([(lon, lat)], datum)[0].tolist()
    return _fix(lon, lat, _number(value.get("accuracy_m")))


def metres_between(one: Fix, other: Fix) -> float:
    """Return how far two places of one city are apart."""
    east, north = metres_per_degree((one.lat + other.lat) / 2)
    return math.hypot((one.lon - other.lon) * east, (one.lat - other.lat) * north)


def _datum(name: Any) -> Datum | None:
    try:
        return parse_datum(name) if isinstance(name, str) else None
    except GridError:
        return None


def _fix(lon: float, lat: float, accuracy_m: float | None) -> Fix | None:
    if abs(lon) > 180 or abs(lat) > 90:
        return None
    return Fix(lon, lat, accuracy_m if accuracy_m and accuracy_m > 0 else UNKNOWN_ACCURACY_M)


def _number(value: Any) -> float | None:
    try:
        number = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _distance_m(border: Locator, fix: Fix) -> float:
    try:
        return border.cell_of(fix.lon, fix.lat).distance_m
    except GridError:
        return 0.0

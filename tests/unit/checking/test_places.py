"""Places: what lies outside of its cell, as far as the fix can tell."""

from __future__ import annotations

from typing import Any

import pytest

from fieldsync.checking.places import check_places, read_fix, read_geopoint
from fieldsync.units import Document
from grid import Locator, datum_from_wgs84, parse_datum, read_as_drawn

CELL = "510107001004001"
RING = [[104.05, 30.64], [104.06, 30.64], [104.06, 30.65], [104.05, 30.65], [104.05, 30.64]]
BORDER = Locator(
    read_as_drawn(
        {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": {"code": CELL},
                    "geometry": {"type": "Polygon", "coordinates": [RING]},
                }
            ],
        }
    )
)
METRE = 1 / 95_800
"""A metre in degrees of longitude at this latitude, to a part in a thousand."""


def building(point: Any) -> Document:
    """Return a building with a point."""
    return Document("building:b", "1-a", {"kind": "building", "data": {"point": point}})


def visit(**location: Any) -> Document:
    """Return a visit with a fix."""
    return Document("visit:v", "1-a", {"kind": "visit", "meta": {"location": location}})


@pytest.mark.parametrize(
    ("metres", "accuracy", "is_found"), [(-5, 5, False), (24, 5, False), (30, 5, True), (60, 50, False), (80, 50, True)]
)
def test_a_building_outside_counts_beyond_its_accuracy(metres: float, accuracy: float, is_found: bool) -> None:
    """A point is outside only where it is farther out than the fix may err and a border may be drawn."""
    found = check_places(CELL, BORDER, [building(f"30.645 {104.06 + metres * METRE} 0 {accuracy}")])
    assert [(f["code"], f["severity"], f["item"]) for f in found] == (
        [("building_outside_cell", "error", "point")] if is_found else []
    )


def test_the_message_says_how_far() -> None:
    """The distance is in metres on the ground, in both languages."""
    (found,) = check_places(CELL, BORDER, [building(f"30.645 {104.06 + 200 * METRE} 0 5")])
    assert "200 m" in found["message"]["en"]
    assert "200 米" in found["message"]["zh"]


def test_a_visit_elsewhere_is_a_warning() -> None:
    """A fix that does not say how good it is gets thirty metres."""
    (found,) = check_places(CELL, BORDER, [visit(lon=104.06 + 100 * METRE, lat=30.645)])
    assert (found["code"], found["severity"], found["document"]) == ("visit_outside_cell", "warning", "visit:v")
    assert check_places(CELL, BORDER, [visit(lon=104.06 + 45 * METRE, lat=30.645)]) == []


@pytest.mark.parametrize("datum", ["GCJ-02", "BD09"])
def test_a_fix_of_a_shifted_datum_is_converted_first(datum: str) -> None:
    """What such a device says of a point in the cell lies hundreds of metres outside, and is no finding."""
    lon, lat = datum_from_wgs84([(104.0598, 30.645)], parse_datum(datum))[0].tolist()
    assert check_places(CELL, BORDER, [visit(lon=lon, lat=lat, accuracy_m=5)]) != []
    assert check_places(CELL, BORDER, [visit(lon=lon, lat=lat, accuracy_m=5, datum=datum)]) == []
    fix = read_fix({"lon": lon, "lat": lat, "datum": datum})
    assert fix is not None
    assert (fix.lon, fix.lat) == pytest.approx((104.0598, 30.645), abs=1e-7)


@pytest.mark.parametrize("point", [None, "", "here", "30.6", "30.6 nan", "200 300", [30.6, 104.0], "1e999 1"])
def test_what_is_no_point_is_no_place(point: Any) -> None:
    """An answer that cannot be read is the form's matter."""
    assert read_geopoint(point) is None
    assert check_places(CELL, BORDER, [building(point)]) == []


@pytest.mark.parametrize(
    "fix",
    [
        None,
        {},
        {"lon": True, "lat": 1},
        {"lon": 1},
        {"lon": 500, "lat": 2, "datum": "GCJ-02"},
        {"lon": 1, "lat": 2, "datum": "Tokyo"},
        {"lon": 1, "lat": 2, "datum": None},
        {"lon": 1, "lat": 2, "datum": ["GCJ-02"]},
    ],
)
def test_what_is_no_fix_is_no_place(fix: Any) -> None:
    """Half a fix, or one of a datum that nobody knows, says nothing."""
    assert read_fix(fix) is None

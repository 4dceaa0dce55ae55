"""Cells in from GeoJSON and out again."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grid import GridError, bounds, check, read_as_drawn, read_cells, read_outline, sequence_key, to_geojson
from tests.unit.grid.squares import cell, city, code, collection, feature, square

RING = [[104.0, 30.0], [104.01, 30.0], [104.01, 30.01], [104.0, 30.0]]


def test_cells_come_back_as_they_went_out() -> None:
    """Writing and reading again keeps codes, names, geometries and order."""
    written = json.loads(json.dumps(to_geojson(city())))
    again = read_cells(written)
    assert [(c.code, c.name) for c in again] == [(c.code, c.name) for c in city()]
    assert all(a.geometry.equals(b.geometry) for a, b in zip(again, city(), strict=True))


def test_properties_are_kept_and_a_cell_without_a_name_is_called_by_its_code() -> None:
    """What else a feature says travels with the cell."""
    (only,) = read_cells(collection(feature([RING], code=code(1), households=412)))
    assert only.name == code(1)
    assert to_geojson([only])["features"][0]["properties"] == {"code": code(1), "name": code(1), "households": 412}


def test_a_code_that_a_tool_wrote_as_a_number_is_read() -> None:
    """Digits without a leading zero survive as a JSON number; they come back as text."""
    (only,) = read_cells(collection(feature([RING], code=int(code(1)))))
    assert to_geojson([only])["features"][0]["properties"]["code"] == code(1)


@pytest.mark.parametrize(
    ("features", "what"),
    [
        ([feature([RING])], "has no code"),
        ([feature([RING], code="51")], "not a cell code"),
        ([feature([RING], code=True)], "has no code"),
        ([feature([RING], code=code(1)), feature([RING], code=code(1))], "there twice"),
        ([feature([], code=code(1))], "is empty"),
        ([feature([[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]], code=code(1))], "Self-intersection"),
        ([feature([[[0, 0, 5], [1, 0, 5], [1, 1, 5], [0, 0, 5]]], code=code(1))], "third dimension"),
        ([feature([[[30, 104], [31, 104], [31, 105], [30, 104]]], code=code(1))], "leaves the range"),
        ([feature([[[179, 0], [-179, 0], [-179, 1], [179, 0]]], code=code(1))], "across the antimeridian"),
        ([feature([[[0, 0], [float("nan"), 0], [1, 1], [0, 0]]], code=code(1))], "hold nan"),
        ([feature([[[0, 0], [10**400, 0], [1, 1], [0, 0]]], code=code(1))], "hold 1000"),
        ([feature([[[0, 0], ["1", 0], [1, 1], [0, 0]]], code=code(1))], "hold '1'"),
        ([feature([[[0, 0], [1, 1]]], code=code(1))], "cannot be read"),
        ([feature([[[0], [1], [1], [0]]], code=code(1))], "cannot be read"),
        ([feature(None, code=code(1))], "hold None"),
        ([feature([104.0, 30.0], "Point", code=code(1))], "geometry is Point"),
        ([{"type": "Feature", "properties": None, "geometry": None}], "geometry is missing"),
        (["not a feature"], "geometry is missing"),
    ],
)
def test_a_bad_cell_is_refused_by_name(features: list[Any], what: str) -> None:
    """The one-line message says which feature, what is wrong and what to do."""
    with pytest.raises(GridError) as caught:
        read_cells(collection(*features))
    assert what in caught.value.what
    assert caught.value.where.startswith(f"feature {len(features) - 1}")
    assert caught.value.mend
    assert "\n" not in str(caught.value)


def test_a_cell_that_is_cut_at_the_antimeridian_is_sound() -> None:
    """What the refusal of one that is not asks for is then taken."""
    halves = [[[[179, 0], [180, 0], [180, 1], [179, 0]]], [[[-180, 0], [-179, 0], [-180, 1], [-180, 0]]]]
    (cut,) = read_cells(collection(feature(halves, "MultiPolygon", code=code(1))))
    assert len(cut.geometry.geoms) == 2


@pytest.mark.parametrize("geojson", [None, [], {}, {"type": "Feature"}, {"type": "FeatureCollection", "features": 3}])
def test_what_is_no_collection_is_refused(geojson: Any) -> None:
    """Only a FeatureCollection with a list of features is one."""
    with pytest.raises(GridError, match="GeoJSON: it"):
        read_cells(geojson)


def test_a_file_that_declares_another_coordinate_system_is_refused() -> None:
    """A projected file is not taken for degrees; one that names WGS 84 is welcome."""
    projected = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4527"}}
    with pytest.raises(GridError, match="4527"):
        read_cells({**collection(feature([RING], code=code(1))), "crs": projected})
    plain = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    assert len(read_cells({**collection(feature([RING], code=code(1))), "crs": plain})) == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=20,
)
POSITIONS = st.lists(st.floats(-200, 200) | st.integers(-200, 200), min_size=1, max_size=4)
RINGS = st.lists(st.lists(POSITIONS, max_size=6), max_size=3)


@given(
    st.lists(st.tuples(JSON | RINGS | st.lists(RINGS, max_size=2), st.sampled_from(["Polygon", "MultiPolygon"]), JSON))
)
def test_whatever_comes_is_checked_or_refused(drawn: list[tuple[Any, str, Any]]) -> None:
    """Any coordinates and codes at all end in faults or in one GridError, never in another exception."""
    geojson = collection(*(feature(coordinates, kind, code=c) for coordinates, kind, c in drawn))
    try:
        cells = read_as_drawn(geojson)
    except GridError as error:
        where, cells = error.where, []
    else:
        where = "feature"
    assert where.startswith("feature")
    if cells:
        faulty = {name for fault in check(cells) for name in fault.cells}
        assert {c.code for c in cells if c.code and len(c.code) != 15} <= faulty


def test_the_outline_is_the_union_of_its_polygons() -> None:
    """An outline may come in pieces."""
    pieces = to_geojson([cell(1, square(0, 0)), cell(2, square(1, 0))])
    assert read_outline(pieces).equals(square(0, 0).union(square(1, 0)))
    with pytest.raises(GridError, match="outline, feature 0"):
        read_outline(collection(feature([[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]])))


def test_bounds_enclose_all_cells() -> None:
    """West, south, east, north, in degrees; of no cells there are none."""
    assert bounds(city()) == pytest.approx((104.0, 30.0, 104.03, 30.03))
    with pytest.raises(GridError):
        bounds([])


def test_cells_are_numbered_west_to_east_then_north_to_south() -> None:
    """The key sorts by the longitude of the representative point, ties by latitude from the north."""
    ordered = sorted([square(1, 0), square(0, 0), square(0, 1)], key=sequence_key)
    assert ordered == [square(0, 1), square(0, 0), square(1, 0)]

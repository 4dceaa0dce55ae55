"""Coordinate systems, and the shifted datums of Chinese maps, to WGS 84 and back."""

from collections.abc import Callable

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, Polygon

from grid import GridError, datum_from_wgs84, datum_to_wgs84, drawings_in_wgs84, parse_datum, parse_system, read_geojson
from grid.metres import metres_per_degree
from tests.unit.grid.squares import collection, feature

TIANFU = (104.0657, 30.6574)
"""A square in Chengdu, WGS 84."""


def metres_between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return how far points are from each other, nearly."""
    return np.hypot(*((a - b) * metres_per_degree(float(a[0, 1]))).T)


@pytest.mark.parametrize(("datum", "offset_m"), [("GCJ02", (300, 700)), ("BD09", (800, 1500))])
def test_maps_are_shifted_by_hundreds_of_metres_and_come_back(datum: str, offset_m: tuple[int, int]) -> None:
    """GCJ-02 lies some 500 m off in Chengdu, BD-09 further; the way back meets the start within millimetres."""
    here = np.array([TIANFU])
    there = datum_from_wgs84(here, parse_datum(datum))
    assert offset_m[0] < metres_between(here, there)[0] < offset_m[1]
    assert metres_between(here, datum_to_wgs84(there, parse_datum(datum)))[0] < 0.01


@settings(max_examples=40)
@given(st.floats(75, 134), st.floats(18, 53), st.sampled_from(["GCJ02", "BD09"]))
def test_there_and_back_is_where_it_began_all_over_the_country(lon: float, lat: float, datum: str) -> None:
    """Half a metre is what the inverse promises; it keeps it everywhere."""
    here = np.array([[lon, lat]])
    back = datum_to_wgs84(datum_from_wgs84(here, parse_datum(datum)), parse_datum(datum))
    assert metres_between(here, back)[0] < 0.5


def test_outside_the_country_nothing_is_shifted_and_what_is_no_place_stays() -> None:
    """London is where it is, and NaN is NaN."""
    points = np.array([[-0.1, 51.5], [np.nan, 30.0], [500.0, 30.0]])
    assert np.array_equal(datum_from_wgs84(points, "GCJ02"), points, equal_nan=True)
    assert datum_to_wgs84([], "BD09").shape == (0, 2)


def test_equal_points_stay_equal() -> None:
    """Vertices that neighbours share are shared after the conversion, to the last digit."""
    points = np.array([TIANFU, (104.1, 30.7), TIANFU])
    moved = datum_to_wgs84(points, "BD09")
    assert (moved[0] == moved[2]).all()
    assert (moved[0] != moved[1]).all()


@pytest.mark.parametrize("datum", ["GCJ02", "BD09"])
@pytest.mark.parametrize("convert", [datum_from_wgs84, datum_to_wgs84])
def test_many_points_are_converted_as_a_few_are(datum: str, convert: Callable[..., np.ndarray]) -> None:
    """At once or one by one makes less than a hundredth of a millimetre of difference, in the country and around it."""
    country, around = ((73, 1), (137, 55), (600, 2)), ((40, -30), (170, 80), (600, 2))
    points = np.concatenate([np.random.default_rng(7).uniform(*place) for place in (country, around)])
    alone = np.concatenate([convert(few, parse_datum(datum)) for few in np.array_split(points, 2)])
    assert np.abs(convert(points, parse_datum(datum)) - alone).max() < 1e-10


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("EPSG:4527", "CGCS2000 / 3-degree Gauss-Kruger zone 39"),
        ("4527", "CGCS2000 / 3-degree Gauss-Kruger zone 39"),
        ("urn:ogc:def:crs:EPSG::4527", "CGCS2000 / 3-degree Gauss-Kruger zone 39"),
        ("http://www.opengis.net/def/crs/EPSG/0/4490", "China Geodetic Coordinate System 2000"),
        ("CGCS2000", "China Geodetic Coordinate System 2000"),
        (pyproj.CRS.from_epsg(4544).to_wkt("WKT1_ESRI"), "CGCS2000 / 3-degree Gauss-Kruger CM 105E"),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", "WGS 84"),
        ("gcj-02", "GCJ02"),
    ],
)
def test_a_system_is_known_by_each_of_its_names(text: str, name: str) -> None:
    """Codes, URNs, URLs, the text of a `.prj` file, and short names."""
    assert parse_system(text).name == name


@pytest.mark.parametrize("text", ["", "EPSG:99999", "nonsense", "EPSG:4978", "EPSG:5773", "🗺"])
def test_what_is_no_system_on_the_ground_is_refused(text: str) -> None:
    """Unknown codes, geocentric systems and heights, with a word on what to write."""
    with pytest.raises(GridError, match="EPSG:4527") as caught:
        parse_system(text)
    assert "坐标系" in caught.value.told


def test_a_projected_cell_lands_where_the_projection_says() -> None:
    """Metres of CGCS2000 / zone 35 (EPSG:4523) come within a millimetre of pyproj's own answer, easting first."""
    way = pyproj.Transformer.from_crs(4490, 4523, always_xy=True)
    ring = [way.transform(*TIANFU), way.transform(104.07, 30.66), way.transform(104.06, 30.67)]
    drawings = read_geojson(collection(feature([[*ring, ring[0]]])))
    (moved,) = drawings_in_wgs84(drawings, "EPSG:4523").geometries
    assert Point(moved.exterior.coords[0]).distance(Point(TIANFU)) < 1e-8


def test_cgcs2000_is_wgs84_and_beijing_1954_comes_with_a_word() -> None:
    """Centimetres are nobody's business; what may be off by many metres is said."""
    ring = [[[104.0, 30.0], [104.01, 30.0], [104.01, 30.01], [104.0, 30.0]]]
    drawings = read_geojson(collection(feature(ring)))
    plain = drawings_in_wgs84(drawings, "CGCS2000")
    assert shapely.equals_exact(plain.geometries, drawings.geometries, 1e-9).all()
    assert plain.notes == ()
    assert "Beijing 1954" in drawings_in_wgs84(drawings, "EPSG:4214").notes[0]


@pytest.mark.parametrize(
    ("system", "point", "what"),
    [
        ("", (39_500_000.0, 3_400_000.0), "are no degrees, and the file does not say"),
        ("WGS84", (39_500_000.0, 3_400_000.0), "are no degrees, although the file says WGS84"),
        ("EPSG:4527", (1e11, 1e11), "no place on earth in CGCS2000"),
    ],
)
def test_metres_are_not_taken_for_degrees(system: str, point: tuple[float, float], what: str) -> None:
    """A projected file without its system, with a wrong one, and one that leads nowhere."""
    x, y = point
    ring = [[[x, y], [x + 100, y], [x + 100, y + 100], [x, y]]]
    with pytest.raises(GridError, match=what):
        drawings_in_wgs84(read_geojson(collection(feature(ring))), system)


def test_a_third_dimension_is_kept_to_be_told() -> None:
    """Converting does not hide that a polygon has heights."""
    deep = Polygon([(104, 30, 5), (104.01, 30, 5), (104.01, 30.01, 5)])
    drawings = read_geojson(collection(feature([list(deep.exterior.coords)])))
    (moved,) = drawings_in_wgs84(drawings, "GCJ02").geometries
    assert moved.has_z
    assert moved.exterior.coords[0][2] == 5
    assert moved.exterior.coords[0][0] != 104

"""What the check of a coverage finds, and how large it says it is."""

import pytest
import shapely
from shapely import affinity
from shapely.geometry import MultiPolygon, Polygon, box

from grid import Cell, Fault, Tolerances, check, parse_pattern
from tests.unit.grid.squares import SIDE, SOUTH, WEST, cell, city, code, square

SQUARE_M2 = 964.94 * 1108.5
"""0.01 degrees of longitude by 0.01 degrees of latitude at 30 degrees north, on WGS 84."""


def test_latitude_first_has_no_area_below_zero() -> None:
    """Where axes were exchanged, latitudes lie beyond the pole: the fault is told, its size is not negative."""
    (fault,) = check([cell(0, shapely.transform(square(0, 0), lambda d: d[:, ::-1]))])
    assert (fault.kind, 0 <= fault.area_m2 < 1) == ("invalid", True)


def told(faults: list[Fault]) -> list[tuple[str, tuple[str, ...]]]:
    """Return kind and cells of each fault."""
    return [(fault.kind, fault.cells) for fault in faults]


def test_squares_that_share_their_borders_are_clean() -> None:
    """Nine squares cover their outline; no cells have no faults."""
    assert check(city(), box(WEST, SOUTH, WEST + 3 * SIDE, SOUTH + 3 * SIDE)) == []
    assert check([]) == []


def test_a_missing_cell_is_a_gap_between_its_neighbours() -> None:
    """The hole is told with its size, its shape and all cells around it."""
    (gap,) = check(city()[:4] + city()[5:])
    assert told([gap]) == [("gap", tuple(code(n) for n in (0, 1, 2, 3, 5, 6, 7, 8)))]
    assert gap.area_m2 == pytest.approx(SQUARE_M2, rel=1e-3)
    assert gap.geometry.equals(square(1, 1))


def test_a_missing_corner_is_a_gap_only_of_an_outline() -> None:
    """Without an outline nobody knows that there should be a cell."""
    outline = box(WEST, SOUTH, WEST + 3 * SIDE, SOUTH + 3 * SIDE)
    assert check(city()[1:]) == []
    (gap,) = check(city()[1:], outline)
    assert told([gap]) == [("gap", (code(1), code(3), code(4)))]
    assert [fault.kind for fault in check([], outline)] == ["gap"]


def test_a_hole_that_the_outline_has_too_is_no_gap() -> None:
    """A lake that belongs to nobody is left out of the outline and of the cells."""
    outline = box(WEST, SOUTH, WEST + 3 * SIDE, SOUTH + 3 * SIDE).difference(square(1, 1))
    assert check(city()[:4] + city()[5:], outline) == []


def test_a_shifted_cell_overlaps_one_neighbour_and_leaves_a_gap() -> None:
    """Both sides of the mistake are told, each with its own size."""
    cells = city()
    cells[4] = cell(4, affinity.translate(square(1, 1), SIDE / 10))
    faults = check(cells)
    assert told(faults) == [
        ("overlap", (code(4), code(5))),
        ("gap", (code(0), code(1), code(3), code(4), code(6), code(7))),
    ]
    assert [fault.area_m2 for fault in faults] == pytest.approx([SQUARE_M2 / 10] * 2, rel=1e-3)


@pytest.mark.parametrize("inner", [square(1, 1), square(1, 1).buffer(-SIDE / 4)])
def test_a_cell_on_or_inside_another_is_an_overlap(inner: Polygon) -> None:
    """Twins and islands are found although their borders cross nothing."""
    (fault,) = check([*city(), cell(99, inner)])
    assert told([fault]) == [("overlap", (code(4), code(99)))]


def test_a_border_digitised_twice_is_a_sliver_whether_it_overlaps_or_gapes() -> None:
    """Half a metre is narrower than a sliver's width, and wider than one that is set so."""
    half_a_metre = 0.5 / 96_494
    for shift, kind in ((half_a_metre, "gap"), (-half_a_metre, "overlap")):
        cells = [cell(0, square(0, 0)), cell(1, affinity.translate(square(1, 0), shift))]
        outline = box(WEST, SOUTH, WEST + 2 * SIDE + min(shift, 0), SOUTH + SIDE)
        assert told(check(cells, outline)) == [("sliver", (code(0), code(1)))]
        narrow = Tolerances(sliver_width_m=0.1)
        assert told(check(cells, outline, narrow)) == [(kind, (code(0), code(1)))]


def test_neighbours_that_do_not_share_their_vertices_are_a_sliver_without_area() -> None:
    """A border that ends halfway along another's straight side opens as soon as either moves."""
    cells = [cell(0, box(0, 0, 1, 2)), cell(1, box(1, 0, 2, 1)), cell(2, box(1, 1, 2, 2))]
    (fault,) = check(cells)
    assert told([fault]) == [("sliver", (code(0), code(1), code(2)))]
    assert fault.area_m2 == 0
    assert fault.geometry.bounds == (1, 0, 1, 2)


def test_coordinates_rounded_along_the_outline_are_no_fault() -> None:
    """A vertex a few millimetres beside the outline is rounding; the same inside the city is a sliver."""
    bend = 5e-8
    left = Polygon([(0, 0), (0.01, bend), (0.01, 0.01), (0, 0.01)])
    right = Polygon([(0.01, bend), (0.02, 0), (0.02, 0.01), (0.01, 0.01)])
    assert check([cell(0, left), cell(1, right)], box(0, 0, 0.02, 0.01)) == []
    top = Polygon([(0, 0), (0.01, bend), (0.02, 0), (0.02, 0.01), (0, 0.01)])
    below = box(0, -0.01, 0.02, 0)
    assert told(check([cell(0, top), cell(1, below)], box(0, -0.01, 0.02, 0.01))) == [("sliver", (code(0), code(1)))]


def test_a_polygon_that_crosses_itself_is_told_once() -> None:
    """Its mended copy stands in, so that its neighbours are not blamed."""
    bow = Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    (fault,) = check([cell(0, bow), cell(1, box(1, 0, 2, 1))])
    assert told([fault]) == [("invalid", (code(0),))]
    assert fault.area_m2 == pytest.approx(0.5 * 111_319 * 110_574, rel=1e-3)
    assert "Self-intersection" in fault.reason


@pytest.mark.parametrize(
    "geometry",
    [
        Polygon(),
        Polygon([(0, 0, 5), (1, 0, 5), (1, 1, 5)]),
        Polygon([(0, 0), (1, 0), (2, 0)]),
        Polygon([(0, 0), (float("inf"), 0), (1, 1), (0, 0)]),
        box(170, 0, 190, 1),
    ],
)
def test_empty_flat_high_and_foreign_polygons_are_invalid(geometry: Polygon) -> None:
    """Each is one fault, with a finite area."""
    (fault,) = check([cell(0, geometry)])
    assert told([fault]) == [("invalid", (code(0),))]
    assert 0 <= fault.area_m2 < float("inf")


def test_codes_that_are_duplicate_malformed_or_missing_are_told() -> None:
    """A duplicate has the area of its cells together; a cell without a code is told by its place."""
    cells = city()
    cells[1] = cell(0, square(1, 0))
    cells[5] = Cell("42", "", square(2, 1), {})
    cells[7] = Cell("", "", square(1, 2), {})
    faults = check(cells)
    assert told(faults) == [("duplicate", (code(0),)), ("code", ()), ("code", ("42",))]
    assert faults[0].area_m2 == pytest.approx(2 * SQUARE_M2, rel=1e-3)
    assert faults[1].geometry.equals(square(1, 2))


def test_the_pattern_of_codes_is_a_setting() -> None:
    """What is malformed by one pattern is well formed by another."""
    assert check([Cell("1234", "", square(0, 0), {})], tolerances=Tolerances(pattern=parse_pattern("1-1-1-1"))) == []


def test_a_cell_in_two_parts_is_told_and_compared_with_all_of_them() -> None:
    """Both parts of a cell can overlap; it is one fault for the pair, and one for the parts, with their size."""
    parts = MultiPolygon([square(0, 0), square(2, 0)])
    overlap, two = check([cell(0, parts), cell(1, box(WEST, SOUTH, WEST + 3 * SIDE, SOUTH + SIDE))])
    assert told([overlap, two]) == [("overlap", (code(0), code(1))), ("parts", (code(0),))]
    assert overlap.area_m2 == two.area_m2 == pytest.approx(2 * SQUARE_M2, rel=1e-3)
    assert "964" in two.reason or "1,06" in two.reason

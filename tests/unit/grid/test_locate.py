"""Which cell a point lies in, and how far outside it is."""

import math

import numpy as np
import pytest
from shapely.geometry import box

from grid import GridError, Located, Locator
from tests.unit.grid.squares import SIDE, SOUTH, WEST, cell, city, code


def test_a_point_inside_is_in_its_cell_at_no_distance() -> None:
    """The middle of the second square of the first row."""
    assert Locator(city()).cell_of(WEST + 1.5 * SIDE, SOUTH + 0.5 * SIDE) == Located(code(1), 0.0, code(1))


@pytest.mark.parametrize("reverse", [False, True])
def test_a_border_belongs_to_the_lowest_code(reverse: bool) -> None:
    """Four squares meet in a corner; the lowest code has it, whatever the order of the cells."""
    corner = city(2)[0].geometry.exterior.coords[0]
    cells = city(2)[::-1] if reverse else city(2)
    shared = set.intersection(*({tuple(p) for p in c.geometry.exterior.coords} for c in cells)).pop()
    assert Locator(cells).cell_of(*shared).code == code(0)
    assert Locator(cells).cell_of(*corner).code == code(0)


def test_a_point_outside_is_told_the_nearest_cell_and_the_distance() -> None:
    """A hundredth of a degree west of the city is 965 m at 30 degrees north, and north 1,109 m."""
    locator = Locator(city())
    west = locator.cell_of(WEST - SIDE, SOUTH + 0.5 * SIDE)
    assert (west.code, west.nearest) == (None, code(0))
    assert west.distance_m == pytest.approx(964.9, rel=1e-3)
    north = locator.cell_of(WEST + 2.5 * SIDE, SOUTH + 4 * SIDE)
    assert (north.code, north.nearest) == (None, code(8))
    assert north.distance_m == pytest.approx(1108.5, rel=1e-3)


def test_nearness_is_in_metres_and_not_in_degrees() -> None:
    """Far north a degree of longitude is short: the cell to the east is nearer than the one to the south."""
    locator = Locator([cell(0, box(0, 70, 1, 71)), cell(1, box(2.5, 71, 3.5, 72))])
    found = locator.cell_of(1.5, 71.6)
    assert found.nearest == code(1)
    assert found.distance_m == pytest.approx(math.cos(math.radians(71.6)) * 111_600, rel=0.01)


def test_equally_near_cells_give_the_lowest_code() -> None:
    """Halfway between two cells the answer is the same whatever their order."""
    cells = [cell(1, box(-2, 0, -1, 1)), cell(0, box(1, 0, 2, 1))]
    for ordered in (cells, cells[::-1]):
        assert Locator(ordered).cell_of(0.0, 0.5).nearest == code(0)


def test_many_points_are_answered_in_their_order() -> None:
    """The vectorised form says of each point what the single one says."""
    locator = Locator(city())
    points = np.random.default_rng(7).uniform(
        (WEST - SIDE, SOUTH - SIDE), (WEST + 4 * SIDE, SOUTH + 4 * SIDE), (200, 2)
    )
    found = locator.cells_of(points)
    assert found == [locator.cell_of(lon, lat) for lon, lat in points]
    assert 0 < sum(place.code is None for place in found) < 200
    assert locator.cells_of([]) == []


def test_a_hundred_thousand_points_are_answered_as_a_few_are() -> None:
    """Squares over the cells change no answer: not inside, not on borders and corners, not outside."""
    locator = Locator(city(5))
    ends = (WEST - SIDE, SOUTH - SIDE), (WEST + 6 * SIDE, SOUTH + 6 * SIDE)
    spread = np.random.default_rng(7).uniform(*ends, (100_000, 2))
    steps = np.arange(0, 5.5, 0.5) * SIDE
    corners = np.array([(WEST + x, SOUTH + y) for x in steps for y in steps])
    vertices = np.concatenate([np.array(c.geometry.exterior.coords) for c in city(5)])
    points = np.concatenate([spread, *[corners] * 8, *[vertices] * 4])
    many = locator.places_of(points)
    some = np.arange(98_000, len(points))
    few = locator.places_of(points[some])
    assert np.array_equal(many.cell[some], few.cell)
    assert np.array_equal(many.nearest[some], few.nearest)
    assert np.allclose(many.distance_m[some], few.distance_m)
    assert {-1, 0, 24} <= set(many.cell.tolist())


def test_many_points_on_overlapping_cells_are_in_the_lowest() -> None:
    """A faulty plan answers by the same rule: three cells lie on one another, and a hole lies between two of them."""
    lowest, middle, highest = box(2, 2, 6, 6), box(0, 0, 4, 4), box(5, 0, 9, 9)
    locator = Locator([cell(2, highest), cell(0, lowest), cell(1, middle)])
    points = np.random.default_rng(7).uniform((-1, -1), (10, 10), (120_000, 2))
    x, y = points.T
    in_lowest = (abs(x - 4) <= 2) & (abs(y - 4) <= 2)
    in_middle = (abs(x - 2) <= 2) & (abs(y - 2) <= 2)
    in_highest = (abs(x - 7) <= 2) & (abs(y - 4.5) <= 4.5)
    assert np.array_equal(locator.places_of(points).cell, np.select([in_lowest, in_middle, in_highest], [0, 1, 2], -1))


def test_a_fix_says_which_cells_its_accuracy_leaves_open() -> None:
    """In the middle of a cell it is certain to some hundred metres; near a border it is not, nor outside."""
    locator = Locator(city())
    sure = locator.fix_of(WEST + 0.5 * SIDE, SOUTH + 0.5 * SIDE, 30)
    assert (sure.located.code, sure.possible, sure.is_certain) == (code(0), (code(0),), True)
    unsure = locator.fix_of(WEST + 0.99 * SIDE, SOUTH + 0.5 * SIDE, 30)
    assert (unsure.located.code, unsure.possible, unsure.is_certain) == (code(0), (code(0), code(1)), False)
    outside = locator.fix_of(WEST - 0.01 * SIDE, SOUTH + 0.5 * SIDE, 30)
    assert (outside.located.code, outside.possible, outside.is_certain) == (None, (code(0),), False)
    assert locator.fix_of(WEST - 0.1 * SIDE, SOUTH + 0.5 * SIDE, 30).possible == ()


@pytest.mark.parametrize("accuracy_m", [-1.0, math.nan, math.inf])
def test_an_accuracy_that_is_no_radius_is_refused(accuracy_m: float) -> None:
    """Negative, not a number, endless."""
    with pytest.raises(GridError, match="radius in metres"):
        Locator(city()).fix_of(WEST, SOUTH, accuracy_m)


@pytest.mark.parametrize("point", [(math.nan, 30.0), (30.0, 104.0), (math.inf, 0.0), (104.0, -90.5), (181.0, 0.0)])
def test_what_is_no_place_on_earth_is_refused_by_its_number(point: tuple[float, float]) -> None:
    """NaN, infinity and exchanged coordinates are named by their position in the input."""
    with pytest.raises(GridError, match=r"point 1: .*longitude, then latitude"):
        Locator(city()).cells_of([(WEST, SOUTH), point])


@pytest.mark.parametrize("points", [[1.0, 2.0, 3.0], [[1.0, 2.0, 3.0]], [["a", "b"]], None])
def test_what_is_no_list_of_pairs_is_refused(points: object) -> None:
    """Only an (n, 2) array of numbers will do."""
    with pytest.raises(GridError, match=r"\(n, 2\)"):
        Locator(city()).cells_of(points)


def test_no_cells_are_refused() -> None:
    """There is nothing to be near to."""
    with pytest.raises(GridError, match="there is no cell"):
        Locator([])

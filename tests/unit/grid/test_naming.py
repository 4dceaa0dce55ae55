"""Codes in order, areas by name and by ground."""

import pytest
from shapely import affinity

from grid import Areas, Cell, Tolerances, areas_of, check, read_geojson, survey
from tests.unit.grid.squares import SIDE, city, code, collection, feature, square


def numbered(*places: tuple[int, int]) -> list[Cell]:
    """Return squares at columns and rows (from the south), numbered in this order."""
    return [Cell(code(n), "", square(*place), {}) for n, place in enumerate(places, 1)]


COLUMNS = [(0, 2), (0, 1), (0, 0), (1, 2), (1, 1), (1, 0)]
ROWS = [(0, 2), (1, 2), (0, 1), (1, 1), (0, 0), (1, 0)]


@pytest.mark.parametrize("places", [COLUMNS, ROWS, [(0, 0)], [(0, 0), (1, 1)]])
def test_columns_or_rows_are_both_west_to_east_and_north_to_south(places: list[tuple[int, int]]) -> None:
    """Either way of counting from the north-west is no warning."""
    assert survey(numbered(*places)) == []


def test_two_numbers_exchanged_are_a_warning_that_keeps_a_plan_usable() -> None:
    """The cells at the step that goes back are named, with their size; the check itself finds no fault."""
    cells = numbered(*COLUMNS[:4], COLUMNS[5], COLUMNS[4])
    (warning,) = survey(cells)
    assert (warning.kind, warning.is_warning) == ("order", True)
    assert warning.cells == (code(5), code(6))
    assert warning.area_m2 == pytest.approx(2 * 964.94 * 1108.5, rel=1e-3)
    assert check(cells) == []


def test_a_cell_that_leans_a_little_west_is_in_order() -> None:
    """Cells of one column whose places differ by less than a quarter of a cell are one column."""
    cells = numbered(*COLUMNS)
    cells[1] = Cell(code(2), "", affinity.translate(square(0, 1), -SIDE / 10), {})
    assert [fault for fault in survey(cells) if fault.kind == "order"] == []


def test_order_counts_within_a_community_only() -> None:
    """The next community begins again in the north-west."""
    west = numbered(*COLUMNS)
    east = [Cell(c.code.replace("001001", "001002"), "", affinity.translate(c.geometry, -3 * SIDE), {}) for c in west]
    assert survey([*west, *east]) == []


def test_what_cells_call_their_areas_is_held_against_the_names_known() -> None:
    """A cell that calls its community otherwise than the file of areas, or than its neighbours do, is told."""
    names = ["Riverside", "Riverside", "Hillside"]
    cells = [
        Cell(c.code, "", c.geometry, {"community_name": n}) for c, n in zip(numbered(*ROWS[:3]), names, strict=True)
    ]
    (fault,) = check(cells)
    assert (fault.kind, fault.cells) == ("name", (code(3),))
    assert "'Hillside', which is 'Riverside'" in fault.reason
    assert "Riverside" in fault.zh
    known = Areas({"510107001001": "Hillside"})
    assert [fault.cells for fault in check(cells, areas=known)] == [(code(1),), (code(2),)]


def test_a_cell_of_an_area_that_nobody_knows_is_told() -> None:
    """A file of areas with communities knows all of them."""
    (fault,) = check(numbered((0, 0)), areas=Areas({"510107001002": "Elsewhere"}))
    assert (fault.kind, fault.reason) == ("name", "its area 510107001001 is not known")
    assert check(numbered((0, 0)), areas=Areas({"510107": "District"})) == []


def test_a_cell_outside_its_area_is_told_with_what_sticks_out() -> None:
    """The narrowest area that is drawn counts; a border digitised half a metre beside it does not."""
    half_a_metre = 0.5 / 96_494
    ground = square(0, 0).union(square(1, 0))
    areas = Areas({"510107001001": "A"}, {"510107001001": ground, "510107001": ground.buffer(SIDE)})
    cells = city(2)[:2]
    assert check(cells, areas=areas) == []
    shifted = [Cell(c.code, "", affinity.translate(c.geometry, half_a_metre), {}) for c in cells]
    assert check(shifted, areas=areas) == []
    away = [cells[0], Cell(cells[1].code, "", affinity.translate(cells[1].geometry, SIDE / 2), {})]
    (fault,) = check(away, areas=areas)
    assert (fault.kind, fault.cells) == ("outside", (code(1),))
    assert fault.area_m2 == pytest.approx(964.94 * 1108.5 / 2, rel=1e-3)
    assert "510107001001 A" in fault.reason


def test_areas_are_read_from_drawings_and_give_the_ground_to_cover() -> None:
    """Codes that are no digits are refused; the widest area of the cells is what they should cover."""
    ring = [list(map(list, square(0, 0).exterior.coords))]
    areas = areas_of(read_geojson(collection(feature(ring, code="510107001", name="Street"))))
    assert areas.names == {"510107001": "Street"}
    assert areas.ground_of(city(1)) is not None
    assert areas.ground_of([Cell("510104001001001", "", square(0, 0), {})]) is None
    with pytest.raises(ValueError, match="no prefix"):
        areas_of(read_geojson(collection(feature(ring, code="A1"))))


def test_somebody_elses_codes_may_be_anything_that_is_there_once() -> None:
    """Without a pattern neither form nor order is asked for; twins still are."""
    foreign = Tolerances(pattern=None)
    cells = [Cell("b", "", square(0, 0), {}), Cell("a", "", square(1, 0), {})]
    assert survey(cells, tolerances=foreign) == []
    cells.append(Cell("a", "", square(0, 1), {}))
    assert [fault.kind for fault in check(cells, tolerances=foreign)] == ["duplicate"]

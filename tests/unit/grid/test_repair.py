"""What a repair mends, what it says it moved, and what it leaves for people."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import shapely
from shapely import affinity
from shapely.geometry import Polygon, box
from shapely.geometry.base import BaseGeometry

from grid import Areas, Cell, Repaired, Tolerances, check, repair
from grid.metres import area_m2
from tests.unit.grid.squares import SIDE, SOUTH, WEST, city, code, square

MIDDLE = 4
OUTLINE = box(WEST, SOUTH, WEST + 3 * SIDE, SOUTH + 3 * SIDE)


def broken(change: Callable[[BaseGeometry], BaseGeometry]) -> list[Cell]:
    """Return nine squares, the middle one drawn otherwise."""
    cells = city()
    cells[MIDDLE] = replace(cells[MIDDLE], geometry=change(cells[MIDDLE].geometry))
    return cells


def bow_tie(geometry: BaseGeometry) -> BaseGeometry:
    """Return a square whose second and third corner are exchanged."""
    a, b, c, d, _ = geometry.exterior.coords
    return Polygon([a, c, b, d])


def total_m2(cells: tuple[Cell, ...]) -> float:
    """Return the ground of all cells together."""
    return sum(area_m2(cell.geometry) for cell in cells)


@pytest.mark.parametrize(
    ("change", "kinds", "moved_m"),
    [
        (lambda g: affinity.translate(g, SIDE / 20), {"overlap", "gap"}, 48.2),
        (lambda g: g.buffer(-SIDE / 50, join_style="mitre"), {"gap"}, 29.4),
        (lambda g: g.buffer(SIDE / 50, join_style="mitre"), {"overlap"}, 29.4),
        (lambda g: affinity.translate(g, 0.5 / 96_494), {"sliver"}, 0.5),
        (bow_tie, {"invalid", "gap"}, None),
        (lambda g: shapely.force_3d(g, 5), {"invalid"}, 0.0),
        (lambda g: g.union(box(WEST + 5 * SIDE, SOUTH, WEST + 5.05 * SIDE, SOUTH + SIDE / 20)), {"parts"}, None),
        (lambda g: g.difference(box(WEST + 1.4 * SIDE, SOUTH, WEST + 1.6 * SIDE, SOUTH + 9)), {"gap", "parts"}, None),
    ],
)
def test_each_fault_is_found_mended_and_then_clean(
    change: Callable[[BaseGeometry], BaseGeometry], kinds: set[str], moved_m: float | None
) -> None:
    """Whatever was wrong with the middle square, the result has no fault and covers the same ground."""
    cells = broken(change)
    assert {fault.kind for fault in check(cells)} == kinds
    mended = repair(cells)
    assert check(mended.cells) == []
    assert check(mended.cells, OUTLINE) == []
    assert total_m2(mended.cells) == pytest.approx(total_m2(tuple(city())), abs=1.0)
    if moved_m is not None:
        assert max(change.moved_m for change in mended.changes) == pytest.approx(moved_m, rel=0.01, abs=0.01)


def test_cells_that_nothing_is_wrong_with_keep_every_digit() -> None:
    """Only the shifted square and its eastern neighbours change; the others are the same objects."""
    cells = broken(lambda g: affinity.translate(g, SIDE / 20))
    mended = repair(cells)
    changed = {change.code for change in mended.changes}
    for before, after in zip(cells, mended.cells, strict=True):
        assert (before is after) == (before.code not in changed)
    assert code(0) not in changed or mended.cells[0].geometry.equals(cells[0].geometry)
    assert repair(city()) == Repaired(tuple(city()), (), 0, repair(city()).left)


def test_a_bow_tie_is_the_square_again() -> None:
    """What a self-crossing cell lacks goes to the cell itself and not to its neighbours."""
    mended = repair(broken(bow_tie))
    assert mended.cells[MIDDLE].geometry.equals(square(1, 1))
    assert [change.code for change in mended.changes] == [code(MIDDLE)]


def test_a_missing_cell_goes_to_a_neighbour_and_it_is_said_how_much() -> None:
    """One neighbour gains exactly the ground nobody had; a width for gaps leaves it alone."""
    cells = [cell for n, cell in enumerate(city()) if n != MIDDLE]
    (change,) = repair(cells).changes
    assert (change.gained_m2, change.lost_m2) == (pytest.approx(964.94 * 1108.5, rel=1e-3), 0.0)
    assert repair(cells, tolerances=Tolerances(gap_width_m=100)).changes == ()


def test_a_gap_along_the_outline_is_filled() -> None:
    """With an outline it is known what is missing at the border."""
    mended = repair(city()[1:], OUTLINE)
    assert check(mended.cells, OUTLINE) == []
    assert sum(change.gained_m2 for change in mended.changes) == pytest.approx(964.94 * 1108.5, rel=1e-3)


def test_an_enclave_keeps_its_ground() -> None:
    """A small cell drawn upon a large one is cut out of it."""
    small = Cell(code(99), "", square(1, 1).buffer(-SIDE / 4), {})
    mended = repair([*city(), small])
    assert check(mended.cells) == []
    assert mended.cells[-1] is small


def test_a_twin_in_everything_is_dropped() -> None:
    """The same code and the same polygon twice is one cell; the count says so."""
    mended = repair([*city(), city()[0]])
    assert (len(mended.cells), mended.dropped, check(mended.cells)) == (9, 1, [])


@pytest.mark.parametrize(
    ("cells", "kinds"),
    [
        ([*city(), Cell(code(99), "", square(1, 1), {})], {"overlap"}),
        ([*city()[:8], replace(city()[8], code=code(0))], {"duplicate"}),
        ([*city()[:8], replace(city()[8], code="42")], {"code"}),
        (broken(lambda g: g.union(affinity.translate(g, 9 * SIDE))), {"parts"}),
        (broken(lambda _: Polygon()), {"invalid"}),
    ],
)
def test_what_needs_a_person_is_left_and_said(cells: list[Cell], kinds: set[str]) -> None:
    """Two codes for one place, one code for two, ground that touches nobody, no ground: nobody guesses."""
    mended = repair(cells)
    assert {fault.kind for fault in mended.left if not fault.is_warning} == kinds
    assert len(mended.cells) == len(cells)


def test_areas_are_not_mended_but_told() -> None:
    """A cell outside its area stays where it is."""
    areas = Areas({}, {"510107001001": OUTLINE.buffer(-SIDE / 10)})
    assert {fault.kind for fault in repair(city(), areas=areas).left if not fault.is_warning} == {"outside"}

"""The picture of a coverage and its faults."""

import re
from xml.etree import ElementTree

from shapely.geometry import Polygon, box

from grid import Cell, check, survey
from grid.drawing import draw_faults
from tests.unit.grid.squares import SIDE, SOUTH, WEST, city

SVG = "{http://www.w3.org/2000/svg}"


def drawn(cells: list[Cell]) -> ElementTree.Element:
    """Return the picture, parsed."""
    return ElementTree.fromstring(draw_faults(cells, survey(cells), "Squares & <others>"))


def test_every_cell_and_every_fault_is_drawn_numbered_and_named() -> None:
    """Paths for cells and faults, a number on the map and a row in the list for each fault, in two languages."""
    cells = [cell for n, cell in enumerate(city()) if n != 4]
    faults = survey(cells)
    picture = drawn(cells)
    assert len(picture.findall(f".//{SVG}path")) == len(cells) + len(faults)
    texts = ["".join(text.itertext()) for text in picture.iter(f"{SVG}text")]
    assert "Squares & <others>" in texts
    assert any("8 cells, 1 faults" in text and "8 个网格，1 处错误" in text for text in texts)
    assert any(text.startswith("1 空隙 gap 1,0") for text in texts)


def test_north_is_up_and_east_is_right() -> None:
    """The gap of the cell in the south-western corner, within an outline, is drawn at the left and below."""
    outline = box(WEST, SOUTH, WEST + 3 * SIDE, SOUTH + 3 * SIDE)
    cells = city()[1:]
    picture = ElementTree.fromstring(draw_faults(cells, check(cells, outline)))
    *_, gap = picture.iter(f"{SVG}path")
    steps = [tuple(map(float, step.split(","))) for step in gap.get("d", "").strip("MZ").split()]
    south = max(float(y) for path in picture.iter(f"{SVG}path") for y in re.findall(r",([\d.]+)", path.get("d", "")))
    assert min(x for x, _ in steps) == 24.0
    assert max(y for _, y in steps) == south


def test_a_fault_too_small_to_be_seen_has_a_circle() -> None:
    """A sliver of a metre on a map of kilometres."""
    cells = [*city(), Cell("510107001001099", "", box(WEST, SOUTH, WEST + SIDE / 1000, SOUTH + SIDE / 1000), {})]
    assert drawn(cells).findall(f".//{SVG}circle")


def test_what_has_no_place_is_in_the_list_all_the_same() -> None:
    """Nothing at all, an empty polygon, a number that is none."""
    assert drawn([]) is not None
    endless = Polygon([(0, 0), (float("inf"), 0), (1, 1), (0, 0)])
    picture = drawn([Cell("510107001001001", "", Polygon(), {}), Cell("510107001001002", "", endless, {})])
    assert any("2 无效面 invalid" in "".join(text.itertext()) for text in picture.iter(f"{SVG}text"))

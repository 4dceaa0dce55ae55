"""Laws of coverages, on partitions that chance draws."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import affinity
from shapely.geometry import MultiPoint, Polygon, box
from shapely.geometry.base import BaseGeometry

from grid import Cell, Locator, check, read_cells, to_geojson
from grid.metres import area_m2

OUTLINE = box(104.0, 30.0, 104.1, 30.1)
STEPS = 1000


@st.composite
def partitions(draw: st.DrawFn) -> list[Cell]:
    """Draw a Voronoi partition of a box whose inner cells are at least some 100 m wide, vertices shared exactly."""
    seeds = draw(st.lists(st.tuples(st.integers(1, 19), st.integers(1, 19)), min_size=4, max_size=25, unique=True))
    points = MultiPoint([(104.0 + x / 200, 30.0 + y / 200) for x, y in seeds])
    lines = shapely.voronoi_polygons(points, extend_to=OUTLINE, only_edges=True)
    network = shapely.union_all([OUTLINE.boundary, lines.intersection(OUTLINE)], grid_size=1e-7)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(network)))
    faces = shapely.transform(faces, lambda degrees: np.round(degrees, 7))
    return [Cell(f"{510107001001001 + n}", f"{n}", face, {}) for n, face in enumerate(faces)]


def inner(cells: list[Cell]) -> list[int]:
    """Return the indices of cells that do not reach the outline."""
    return [n for n, cell in enumerate(cells) if not cell.geometry.intersects(OUTLINE.boundary)]


def moved(cell: Cell, geometry: BaseGeometry) -> Cell:
    """Return the cell with another geometry."""
    return Cell(cell.code, cell.name, geometry, cell.properties)


@given(partitions())
def test_a_partition_is_clean_and_survives_geojson(cells: list[Cell]) -> None:
    """Cells that share their vertices have no fault, also after they were written and read."""
    assert check(cells, OUTLINE) == []
    assert check(read_cells(to_geojson(cells)), OUTLINE) == []


@given(partitions(), st.data())
def test_removing_a_cell_makes_one_gap_of_its_size(cells: list[Cell], data: st.DataObject) -> None:
    """What nobody has is told: the removed cell and nothing else."""
    lost = data.draw(st.sampled_from(cells))
    faults = check([cell for cell in cells if cell is not lost], OUTLINE)
    assert {fault.kind for fault in faults} <= {"gap", "sliver"}
    assert shapely.union_all([fault.geometry for fault in faults]).symmetric_difference(lost.geometry).area < 1e-10
    assert abs(sum(fault.area_m2 for fault in faults) - area_m2(lost.geometry)) < 5.0


@given(partitions(), st.data(), st.floats(0.05, 0.3), st.floats(0, 6.28))
def test_shifting_an_inner_cell_makes_an_overlap_and_a_gap(
    cells: list[Cell], data: st.DataObject, share: float, angle: float
) -> None:
    """A polygon moved inside a partition covers a neighbour, and uncovers what it left."""
    chosen = data.draw(st.sampled_from(inner(cells) or [-1]))
    if chosen < 0:
        assert all(cell.geometry.intersects(OUTLINE.boundary) for cell in cells)
        return
    west, south, east, north = cells[chosen].geometry.bounds
    distance = share * max(east - west, north - south)
    shifted = affinity.translate(cells[chosen].geometry, distance * np.cos(angle), distance * np.sin(angle))
    broken = [moved(cell, shifted) if n == chosen else cell for n, cell in enumerate(cells)]
    faults = check(broken, OUTLINE)
    twice = [fault for fault in faults if fault.reason == "lies in both cells"]
    assert twice
    assert all(cells[chosen].code in fault.cells for fault in twice)
    left = cells[chosen].geometry.difference(shapely.union_all([cell.geometry for cell in broken]))
    bare = sum(fault.area_m2 for fault in faults if fault.reason == "lies in no cell")
    assert abs(bare - area_m2(left)) < 5.0


@given(partitions(), st.data())
def test_the_same_cell_twice_is_an_overlap_of_its_size(cells: list[Cell], data: st.DataObject) -> None:
    """A twin under another code covers its original whole."""
    original = data.draw(st.sampled_from(cells))
    (fault,) = check([*cells, Cell("510107999999999", "", original.geometry, {})], OUTLINE)
    assert fault.cells == (original.code, "510107999999999")
    assert abs(fault.area_m2 - area_m2(original.geometry)) < 1.0


@given(partitions(), st.randoms(use_true_random=False))
def test_faults_do_not_depend_on_the_order_of_the_cells(cells: list[Cell], random: object) -> None:
    """The same cells in another order have the same faults, of the same sizes."""
    broken = [moved(cell, affinity.scale(cell.geometry, 1.2, 1.2)) if n == 0 else cell for n, cell in enumerate(cells)]
    shuffled = list(broken)
    random.shuffle(shuffled)
    first, second = check(broken), check(shuffled)
    assert [(fault.kind, fault.cells) for fault in first] == [(fault.kind, fault.cells) for fault in second]
    assert np.allclose([f.area_m2 for f in first], [f.area_m2 for f in second], atol=1e-3)


@given(partitions(), st.lists(st.tuples(st.integers(0, STEPS), st.integers(0, STEPS)), min_size=1, max_size=30))
def test_every_point_of_a_partition_lies_in_exactly_one_cell(cells: list[Cell], steps: list[tuple[int, int]]) -> None:
    """The cell found covers the point and has the lowest code of those that do; vertices are points, too."""
    inside = [(104.0 + x / STEPS / 10, 30.0 + y / STEPS / 10) for x, y in steps]
    vertices = [tuple(p) for cell in cells for p in cell.geometry.exterior.coords]
    points = [p for p in inside if OUTLINE.covers(shapely.Point(p))] + vertices
    for point, located in zip(points, Locator(cells).cells_of(points), strict=True):
        covering = [cell.code for cell in cells if cell.geometry.intersects(shapely.Point(point))]
        assert located.code == min(covering, default=None)
        assert located.distance_m < 0.02


@settings(max_examples=30)
@given(partitions(), st.floats(-0.05, 0.15), st.floats(-0.05, 0.15))
def test_the_distance_of_a_point_outside_is_that_of_the_nearest_cell(
    cells: list[Cell], east: float, north: float
) -> None:
    """A circle of the distance told reaches the outline, and hardly further."""
    point = (104.0 + east, 30.0 + north)
    located = Locator(cells).cell_of(*point)
    scaled = affinity.scale(OUTLINE, 96_437, 110_858, origin=(0, 0))
    expected = scaled.distance(shapely.Point(point[0] * 96_437, point[1] * 110_858))
    assert abs(located.distance_m - expected) <= 0.02 + expected * 0.002


def test_a_partition_can_have_inner_cells() -> None:
    """What the law on shifting chooses from is not empty by construction."""
    ring = Polygon([(104.04, 30.04), (104.06, 30.04), (104.06, 30.06), (104.04, 30.06)])
    assert inner([Cell("510107001001001", "", ring, {})]) == [0]

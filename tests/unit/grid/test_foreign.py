"""Other people's polygons: libpysal's examples, which it brings along, as they are and deliberately broken."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import libpysal.examples
import pytest
import shapely
from shapely import affinity
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from fieldsync.geofiles import FileChoice, open_geofile, read_drawings
from grid import Cell, Fields, Tolerances, check, drawn_cells, repair, to_geojson
from tests.unit.grid.test_check_command import run

FOREIGN = Tolerances(pattern=None, gap_width_m=100)
EXAMPLES = {"chicago": ("EPSG:3435", "AREANO", 77), "10740": ("", "STFID", 195)}


def shapefile(name: str) -> Path:
    """Return the path of an example that comes with the library."""
    files = libpysal.examples.load_example(name).get_file_list()
    return Path(next(path for path in files if path.endswith(".shp")))


@pytest.fixture(scope="module", params=EXAMPLES)
def example(request: pytest.FixtureRequest) -> list[Cell]:
    """Return the polygons of an example, in WGS 84."""
    system, field, _ = EXAMPLES[request.param]
    return drawn_cells(read_drawings(open_geofile(shapefile(request.param), FileChoice(system))), Fields(code=field))


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_are_clean(name: str) -> None:
    """With the property that identifies them, and Chicago's system in feet, which its file does not name."""
    system, field, count = EXAMPLES[name]
    done = run(shapefile(name), "--json", "--code-field", field, *(["--crs", system] if system else []))
    told = json.loads(done.stdout)
    assert (done.exit_code, told["cells"], told["faults"]) == (0, count, [])


def test_the_land_of_other_towns_inside_chicago_is_a_warning() -> None:
    """Three enclaves belong to nobody in the file; asked for, they are gaps."""
    options = (shapefile("chicago"), "--json", "--crs", "EPSG:3435", "--code-field", "AREANO")
    assert [one["kind"] for one in json.loads(run(*options).stdout)["warnings"]] == ["hole"] * 3
    strict = json.loads(run(*options, "--gap-width", "9999").stdout)
    assert [one["kind"] for one in strict["faults"]] == ["gap"] * 3


def test_chicago_is_not_taken_for_degrees() -> None:
    """Without its system the file is refused with a word on how to name it."""
    done = run(shapefile("chicago"), "--json", "--code-field", "AREANO")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "--crs" in done.stderr or "EPSG" in done.stderr


def bow_tie(geometry: BaseGeometry) -> BaseGeometry:
    """Return a polygon with two of its corners exchanged."""
    corners = list(geometry.exterior.coords)
    near, far = len(corners) // 5, len(corners) // 2
    corners[near], corners[far] = corners[far], corners[near]
    return Polygon(corners)


BREAKS: dict[str, tuple[set[str], Callable[[BaseGeometry], BaseGeometry]]] = {
    "shifted": ({"overlap", "gap", "sliver"}, lambda g: affinity.translate(g, 0.0004, 0.0002)),
    "shrunk": ({"gap"}, lambda g: g.buffer(-0.0002)),
    "grown": ({"overlap"}, lambda g: g.buffer(0.0003)),
    "a border drawn twice": ({"sliver"}, lambda g: affinity.translate(g, 3e-6, 0)),
    "crossing itself": ({"invalid"}, bow_tie),
    "in parts": ({"parts", "overlap"}, lambda g: g.union(affinity.translate(g.buffer(-0.001), 0.03, 0))),
    "with heights": ({"invalid"}, lambda g: shapely.force_3d(g, 180)),
}


@pytest.fixture(scope="module")
def inner(example: list[Cell]) -> int:
    """Return the number of a polygon of some size that lies wholly within the others."""
    edge = shapely.union_all([cell.geometry for cell in example]).boundary
    large = (n for n, cell in enumerate(example) if n > 20 and cell.geometry.area > 2e-4)
    return next(n for n in large if not example[n].geometry.intersects(edge))


@pytest.mark.parametrize("how", BREAKS)
def test_each_break_is_found_mended_and_clean(example: list[Cell], inner: int, how: str) -> None:
    """One polygon inside is broken; its neighbours are told, and the mended file has no fault."""
    kinds, change = BREAKS[how]
    cells = [replace(c, geometry=change(c.geometry)) if n == inner else c for n, c in enumerate(example)]
    faults = check(cells, tolerances=FOREIGN)
    found = {fault.kind for fault in faults}
    assert found & kinds
    assert any(cells[inner].code in fault.cells for fault in faults)
    mended = repair(cells, tolerances=FOREIGN)
    assert check(mended.cells, tolerances=FOREIGN) == []
    assert mended.changes


def test_the_command_mends_a_file_and_says_by_how_much(example: list[Cell], tmp_path: Path) -> None:
    """The mended file checks clean, and what moved is in the answer."""
    broken = [*example[:-1], replace(example[-1], geometry=example[-1].geometry.buffer(0.0002))]
    path, out = tmp_path / "broken.geojson", tmp_path / "mended.geojson"
    path.write_text(json.dumps(to_geojson(broken)), encoding="utf-8")
    done = run(path, "--json", "--pattern", "any", "--gap-width", "100", "--repair", out)
    told = json.loads(done.stdout)
    assert told["faults"]
    assert done.exit_code == 0
    assert max(change["moved_m"] for change in told["repaired"]["changes"]) > 10
    assert run(out, "--pattern", "any", "--gap-width", "100").exit_code == 0

"""`grid import`: files of every kind, what would change, and what is no plan of this city."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pyproj
import pytest
import shapely
from shapely import affinity
from shapely.geometry.base import BaseGeometry

from grid import Cell, datum_from_wgs84, to_geojson
from tests.unit.cli.conftest import Done, Run
from tests.unit.grid.squares import cell, city, code, square

Written = Callable[[str, Sequence[Cell]], str]


@dataclass(frozen=True)
class Office:
    """A command line, and a folder for the files it is given."""

    run: Run
    folder: Path

    def plan(self, cells: Sequence[Cell], name: str = "cells.geojson") -> str:
        """Write cells as GeoJSON."""
        (self.folder / name).write_text(json.dumps(to_geojson(cells)), encoding="utf-8")
        return str(self.folder / name)

    def import_(self, file: str, *more: str, name: str = "Sample") -> Done:
        return self.run("grid", "import", file, "--name", name, "--date", "2026-11-01", "--json", *more)

    def cells(self) -> int:
        counted: int = self.run("grid", "status", "--json").json["cells"]
        return counted


@pytest.fixture
def office(run: Run, tmp_path: Path) -> Office:
    return Office(run, tmp_path)


def geopackage(folder: Path, epsg: int, cells: Sequence[Cell]) -> str:
    """Write cells to a GeoPackage in a projected system, with property names of another tool."""
    way = pyproj.Transformer.from_crs(4326, epsg, always_xy=True)
    polygons = np.array([one.geometry for one in cells], dtype=object)
    moved = shapely.transform(polygons, lambda d: np.column_stack(way.transform(d[:, 0], d[:, 1])))
    values = [np.array(texts, dtype=object) for texts in ([c.code for c in cells], [c.name for c in cells])]
    path = folder / "cells.gpkg"
    pyogrio.raw.write(
        path, shapely.to_wkb(moved), values, ["WGBM", "WGMC"], geometry_type="Polygon", crs=f"EPSG:{epsg}"
    )
    return str(path)


def test_the_same_cells_from_another_system_change_nothing_but_names(office: Office) -> None:
    """What came as GeoJSON comes again as GeoPackage in metres of CGCS2000: rounding is no new drawing."""
    assert len(office.import_(office.plan(city())).json["new"]) == 9
    renamed = [Cell(c.code, f"网格{n}" if n < 2 else c.name, c.geometry, {}) for n, c in enumerate(city())]
    fields = ("--code-field", "WGBM", "--name-field", "WGMC")
    told = office.import_(geopackage(office.folder, 4544, renamed), *fields, name="Next").json
    assert (told["new"], told["renamed"], told["unchanged"]) == ([], [code(0), code(1)], 7)
    kept = office.run("grid", "import", office.plan(renamed), "--name", "Third", "--date", "2026-11-02", "--json").json
    assert kept["unchanged"] == 9


def test_a_dry_run_says_what_would_change_and_changes_nothing(office: Office) -> None:
    """New and renamed cells by their codes, those the plan lacks, and what the check finds."""
    office.import_(office.plan(city()[:2]))
    shifted = [*city()[1:3], cell(50, affinity.translate(square(2, 0), 0.001, 0))]
    file = office.plan([Cell(code(1), "renamed", c.geometry, {}) if c.code == code(1) else c for c in shifted])
    told = office.import_(file, "--dry-run", name="Next").json
    assert (told["new"], told["renamed"], told["absent"]) == ([code(2), code(50)], [code(1)], [code(0)])
    assert told["faults"] == {"overlap": 1}
    words = office.run("grid", "import", file, "--name", "Next", "--date", "2026-11-01", "--dry-run").out
    assert "renamed: " + code(1) in words
    assert "stay: " + code(0) in words
    assert "1 overlap" in words
    assert office.cells() == 2


def moved(change: Callable[[BaseGeometry], BaseGeometry]) -> list[Cell]:
    """Return new cells of the known community, drawn somewhere else."""
    return [cell(n + 20, change(c.geometry)) for n, c in enumerate(city(2))]


def exchanged(geometry: BaseGeometry) -> BaseGeometry:
    """Return a geometry with latitude first."""
    return shapely.transform(geometry, lambda d: d[:, ::-1])


@pytest.mark.parametrize(
    ("cells", "options", "words"),
    [
        (moved(exchanged), (), "latitude is written before longitude"),
        (moved(lambda g: affinity.translate(g, -110, 10)), (), "away from the bounds that are set"),
        (moved(lambda g: affinity.translate(g, 9, 0)), (), "away from the ground that is known"),
        ([Cell("110101001001001", "", square(5, 5), {})], (), "another city than 5101"),
        ([*moved(lambda g: affinity.translate(g, 0.1, 0)), Cell("42", "", square(5, 5), {})], (), "not a cell code"),
        (city(), ("--crs", "GCJ02"), "drawn differently"),
        (city(), ("--crs", "EPSG:4527"), "no place on earth"),
        (city(), ("--crs", "EPSG:1"), "no coordinate system"),
        (city(), ("--code-field", "nothing"), "has no code"),
    ],
)
def test_what_is_no_plan_of_this_city_is_refused_whole(
    office: Office, cells: list[Cell], options: tuple[str, ...], words: str
) -> None:
    """One line says why, and no cell comes to be."""
    office.import_(office.plan(city()))
    done = office.import_(office.plan(cells, "other.geojson"), *options, name="Next")
    assert done.status in (1, 2)
    assert words in done.err
    assert len(done.err.strip().splitlines()) == 1
    assert office.cells() == 9


def test_an_island_city_sets_its_own_bounds(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where cells may lie is a setting; one that is none is refused with what to write."""
    file = office.plan(moved(lambda g: affinity.translate(g, -110, 10)))
    monkeypatch.setenv("FIELDSYNC_GRID_BOUNDS", "-7,39,-5,41")
    assert office.import_(file).status == 0
    monkeypatch.setenv("FIELDSYNC_GRID_BOUNDS", "everywhere")
    refused = office.import_(file)
    assert (refused.status, "such as 73,3,136,54" in refused.err) == (2, True)


def test_the_pattern_of_codes_is_a_setting(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells of 14 digits are imported where that is set, with the areas of that pattern; other codes name it."""
    short = [Cell(c.code[:12] + c.code[13:], c.name, c.geometry, {}) for c in city()]
    file, long = office.plan(short), office.plan(city(), "long.geojson")
    refused = office.import_(file)
    assert (refused.status, "by the pattern 6-3-3-3" in refused.err, "格式 6-3-3-3" in refused.err) == (2, True, True)
    monkeypatch.setenv("FIELDSYNC_CELL_CODE_PATTERN", "6-3-3-2")
    assert office.run("grid", "check", file, "--json").json["faults"] == []
    assert office.import_(file).json["faults"].keys() <= {"order"}
    assert office.cells() == 9
    assert "by the pattern 6-3-3-2" in office.import_(long).err
    assert office.run("staff", "add", "li.na", "--role", "collector", "--area", short[0].code).status == 0
    no_area = office.run("staff", "add", "he.bo", "--role", "collector", "--area", city()[0].code)
    assert (no_area.status, "or all 14" in no_area.err, "全部 14 位" in no_area.err) == (2, True, True)


@pytest.mark.parametrize("pattern", ["6-3-3", "four", "4-3-3-3", "6-3-3-99", "6-0-3-3", ""])
def test_a_pattern_that_is_none_is_named_with_its_setting(
    office: Office, monkeypatch: pytest.MonkeyPatch, pattern: str
) -> None:
    """One line, in both languages."""
    monkeypatch.setenv("FIELDSYNC_CELL_CODE_PATTERN", pattern)
    refused = office.import_(office.plan(city()))
    assert refused.status != 0
    assert "FIELDSYNC_CELL_CODE_PATTERN" in refused.err
    assert "代码" in refused.err
    assert len(refused.err.strip().splitlines()) == 1


def test_known_cells_keep_the_pattern_they_were_imported_with(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process with another setting is told so before it does anything, whether codes would be as long or not."""
    office.import_(office.plan(city()))
    for pattern in ("6-3-3-2", "6-3-4-2"):
        monkeypatch.setenv("FIELDSYNC_CELL_CODE_PATTERN", pattern)
        refused = office.run("grid", "status")
        assert (refused.status, len(refused.err.strip().splitlines())) == (2, 1)
        assert f"is {pattern}, but the cells of this store were imported with 6-3-3-3" in refused.err
    monkeypatch.delenv("FIELDSYNC_CELL_CODE_PATTERN")
    assert office.cells() == 9


def test_cells_of_a_map_are_converted_and_kept_in_wgs84(office: Office) -> None:
    """A file declared as GCJ-02 is the plan it was drawn from, to the centimetre."""
    office.import_(office.plan(city()))
    on_map = [
        Cell(c.code, c.name, shapely.transform(c.geometry, lambda d: datum_from_wgs84(d, "GCJ02")), {}) for c in city()
    ]
    told: Any = office.import_(office.plan(on_map, "map.geojson"), "--crs", "GCJ02", name="Next").json
    assert told["unchanged"] == 9


def test_codes_are_held_against_the_names_of_their_areas(office: Office) -> None:
    """A community that cells call otherwise than the file of areas does is refused, by cell."""
    named = [Cell(c.code, "", c.geometry, {"community_name": "河边"}) for c in city(2)]
    area = Cell("510107001001", "山上", shapely.union_all([c.geometry for c in named]), {})
    areas = office.plan([area], "areas.geojson")
    done = office.import_(office.plan(named), "--areas", areas)
    assert (done.status, office.cells()) == (2, 0)
    assert "which is '山上'" in done.err
    assert office.import_(office.plan([Cell(c.code, "", c.geometry, {}) for c in named]), "--areas", areas).status == 0

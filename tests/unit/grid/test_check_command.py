"""The command that checks a file of cells."""

import json
from datetime import date
from pathlib import Path

import pytest
import typer
from shapely.affinity import translate
from shapely.geometry import mapping, shape
from typer.testing import CliRunner, Result

from fieldsync.cli.context import opened
from fieldsync.cli.grid_check import register
from fieldsync.plan_files import PlanFile
from grid import to_geojson
from tests.unit.grid.squares import cell, city, code, square


def run(*arguments: object) -> Result:
    """Run the command as part of a group."""
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app)
    return CliRunner().invoke(app, ["check", *map(str, arguments)])


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    """Return a file of nine clean cells."""
    path = tmp_path / "cells.geojson"
    path.write_text(json.dumps(to_geojson(city())), encoding="utf-8")
    return path


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """Return a file with a gap, and a code that looks like markup."""
    path = tmp_path / "broken.geojson"
    cells = [*city()[:4], *city()[5:]]
    collection = to_geojson(cells)
    collection["features"][0]["properties"]["code"] = "[red]x"
    path.write_text(json.dumps(collection), encoding="utf-8")
    return path


def test_clean_cells_end_with_status_zero(clean: Path) -> None:
    """As JSON the number of cells and no faults; rows counted from the south are a warning, which is no fault."""
    assert run(clean).exit_code == 0
    assert "9 cells, no faults, 1 warnings" in run(clean).stdout
    told = json.loads(run(clean, "--json").stdout)
    assert (told["cells"], told["faults"], [warning["kind"] for warning in told["warnings"]]) == (9, [], ["order"])


def test_faults_are_written_as_json_with_status_one(broken: Path) -> None:
    """Each fault has exactly kind, cells, area and geometry."""
    result = run(broken, "--json")
    assert result.exit_code == 1
    written = json.loads(result.stdout)
    assert written["cells"] == 8
    assert [fault["kind"] for fault in written["faults"]] == ["gap", "code"]
    assert {key for fault in written["faults"] for key in fault} == {"kind", "cells", "area_m2", "geometry"}
    assert written["faults"][0]["geometry"]["type"] == "Polygon"


def test_faults_are_shown_as_a_table_with_status_one(broken: Path) -> None:
    """A person reads kind, cells and reason; a code is shown as it stands."""
    result = run(broken)
    assert result.exit_code == 1
    assert "gap" in result.stdout
    assert "[red]x" in result.stdout
    assert "8 cells, 2 faults" in result.stdout


def test_an_empty_geometry_is_a_fault_without_a_place(tmp_path: Path) -> None:
    """Its geometry is null in JSON, since there is nothing to draw."""
    path = tmp_path / "empty.geojson"
    empty = {"type": "Feature", "properties": {"code": code(1)}, "geometry": {"type": "Polygon", "coordinates": []}}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [empty]}), encoding="utf-8")
    (fault,) = json.loads(run(path, "--json").stdout)["faults"]
    assert fault == {"kind": "invalid", "cells": [code(1)], "area_m2": 0.0, "geometry": None}
    assert "nowhere" in run(path).stdout


def test_an_outline_shows_what_is_missing_at_the_border(clean: Path, tmp_path: Path) -> None:
    """A larger outline than the cells leaves a gap."""
    outline = tmp_path / "outline.geojson"
    outline.write_text(json.dumps(to_geojson([cell(0, square(0, 0).buffer(0.02))])), encoding="utf-8")
    result = run(clean, "--outline", outline, "--json")
    assert result.exit_code == 1
    assert {fault["kind"] for fault in json.loads(result.stdout)["faults"]} == {"gap"}


def test_another_pattern_of_codes_can_be_given(clean: Path) -> None:
    """Codes of fifteen digits are faults where ten are asked for; a pattern that is none ends with status two."""
    assert {f["kind"] for f in json.loads(run(clean, "--json", "--pattern", "4-2-2-2").stdout)["faults"]} == {"code"}
    assert run(clean, "--pattern", "ten").exit_code == 2


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b"[1]",
        b'{"type": "FeatureCollection"}',
        b'{"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": {"type": "Point"}}]}',
        b'{"type": "FeatureCollection", "features": [{"geometry": {"type": "Polygon", "coordinates": [[[NaN, 1]]]}}]}',
        b'{"type": "FeatureCollection", "features": []}',
    ],
)
def test_what_cannot_be_read_ends_with_status_two_and_one_line(tmp_path: Path, content: bytes) -> None:
    """The line names the file and goes to standard error; nothing is written to standard output."""
    path = tmp_path / "bad.geojson"
    path.write_bytes(content)
    result = run(path, "--json")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert str(path) in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_file_that_is_not_there_ends_with_status_two(clean: Path, tmp_path: Path) -> None:
    """The same for the cells and for the outline."""
    for result in (run(tmp_path / "none.geojson"), run(clean, "--outline", tmp_path / "none.geojson")):
        assert result.exit_code == 2
        assert "none.geojson: it cannot be read" in result.stderr


def test_help_has_an_example() -> None:
    """A reader sees how it is called."""
    assert "Example: fieldsync grid check" in run("--help").stdout


@pytest.mark.parametrize(("east", "north"), [(50, 0), (-50, 0), (0, 50)])
def test_cells_of_ours_that_lie_in_another_country_are_refused_without_areas(
    clean: Path, tmp_path: Path, east: float, north: float
) -> None:
    """By the bounds that are set for the city, in one line; polygons that are nobody's cells may lie anywhere."""
    told = json.loads(clean.read_text("utf-8"))
    for feature in told["features"]:
        moved = translate(shape(feature["geometry"]), east, north)
        feature["geometry"] = mapping(moved)
    path = tmp_path / "moved.geojson"
    path.write_text(json.dumps(told), encoding="utf-8")
    done = run(path)
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "away from the bounds that are set for the city" in done.stderr
    assert run(path, "--pattern", "any").exit_code == 0


def test_cells_far_from_those_of_the_store_are_refused(clean: Path, tmp_path: Path) -> None:
    """A zone too far is still in the country; the cells that are known tell."""
    store = f"sqlite:///{tmp_path}/store"
    told = json.loads(clean.read_text("utf-8"))
    with opened(store) as services:
        services.cells.import_plan(PlanFile(clean.read_bytes(), "Sample", date(2026, 11, 1)))
    assert run(clean, "--store", store).exit_code == 0
    for feature in told["features"]:
        feature["geometry"] = mapping(translate(shape(feature["geometry"]), 3))
    path = tmp_path / "zone.geojson"
    path.write_text(json.dumps(told), encoding="utf-8")
    assert run(path).exit_code == 0
    assert "away from the ground that is known" in run(path, "--store", store).stderr

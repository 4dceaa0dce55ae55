"""`registry import`, `registry export` and `report` on a part of the sample district."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from fieldsync.sample import district
from tests.api.test_field_work import with_forms
from tests.unit.cli.conftest import Run

__all__ = ["with_forms"]
FILES = ("buildings", "dwellings", "households", "persons", "stays", "events")
CELLS = ("510107001004001", "510107001004002")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as text:
        return list(csv.DictReader(text))


def kept(name: str, wanted: Callable[[dict[str, str]], bool], folder: Path) -> list[dict[str, str]]:
    """Write those rows of a file of the sample that are wanted, and return them."""
    found = [row for row in rows(district.path(f"registry/{name}.csv")) if wanted(row)]
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as text:
        out = csv.DictWriter(text, list(found[0]))
        out.writeheader()
        out.writerows(found)
    return found


@pytest.fixture
def handed_over(with_forms: Path, tmp_path: Path) -> Path:
    """The files of two cells of the sample, and a store with its forms."""
    shutil.copytree(with_forms, tmp_path / "store")
    folder = tmp_path / "handed-over"
    folder.mkdir()
    buildings = {row["id"] for row in kept("buildings", lambda row: row["cell"] in CELLS, folder)}
    dwellings = {row["id"] for row in kept("dwellings", lambda row: row["building"] in buildings, folder)}
    households = {row["id"] for row in kept("households", lambda row: row["dwelling"] in dwellings, folder)}
    stays = {row["person"] for row in kept("stays", lambda row: row["household"] in households, folder)}
    kept("persons", lambda row: row["id"] in stays, folder)
    kept("events", lambda row: row["household"] in households, folder)
    plan = json.loads(district.path("cells.geojson").read_bytes())
    plan["features"] = [one for one in plan["features"] if one["properties"]["code"] in CELLS]
    (tmp_path / "cells.geojson").write_text(json.dumps(plan), encoding="utf-8")
    return folder


def told(folder: Path, name: str) -> dict[str, dict[str, str]]:
    """Return what a folder says of each record, blanks left out."""
    return {row["id"]: {k: v for k, v in row.items() if v} for row in rows(folder / f"{name}.csv")}


def fresh(run: Run, tmp_path: Path, with_forms: Path, store: str) -> None:
    """Have an installation of its own with the forms and the plan."""
    if not (tmp_path / store).exists():
        shutil.copytree(with_forms, tmp_path / store)
    plan = (str(tmp_path / "cells.geojson"), "--name", "Sample", "--date", "2026-11-01")
    done = run("grid", "import", *plan, "--store", f"sqlite:///{tmp_path / store}")
    assert done.status == 0, done.err


def test_what_goes_out_comes_in_elsewhere_and_goes_out_the_same(
    run: Run, tmp_path: Path, with_forms: Path, handed_over: Path
) -> None:
    """Nothing the sample says is lost on the way; a dry run writes nothing; the second one exports the same."""
    fresh(run, tmp_path, with_forms, "store")
    dry = run("registry", "import", str(handed_over), "--dry-run", "--json")
    assert (dry.status, dry.json["new"], dry.json["dry_run"]) == (0, {}, True)
    done = run("registry", "import", str(handed_over), "--json")
    assert done.json["new"] == dry.json["read"]
    out = ("--sensitive", "revealed", "--reason", "a round trip")
    assert run("registry", "export", str(tmp_path / "out"), *out).status == 0
    for name in FILES:
        there, here = told(tmp_path / "out", name), told(handed_over, name)
        assert there.keys() == here.keys()
        assert [here[one] for one in here] == [{k: there[one].get(k) for k in here[one]} for one in here]

    elsewhere = ("--store", f"sqlite:///{tmp_path}/elsewhere")
    fresh(run, tmp_path, with_forms, "elsewhere")
    assert run("registry", "import", str(tmp_path / "out"), "--json", *elsewhere).json["new"] == dry.json["read"]
    assert run("registry", "export", str(tmp_path / "again"), *out, *elsewhere).status == 0
    for name in FILES:
        assert told(tmp_path / "again", name) == told(tmp_path / "out", name)


def test_reports_on_the_command_line(run: Run, tmp_path: Path, with_forms: Path, handed_over: Path) -> None:
    """Each report for programs, as a table and as a file; small counts covered where that is asked; one clear error."""
    fresh(run, tmp_path, with_forms, "store")
    assert run("registry", "import", str(handed_over)).status == 0
    persons = len(rows(handed_over / "persons.csv"))
    progress = run("report", "progress", "--by", "cell", "--json").json
    assert progress["total"]["persons"] == persons
    assert progress["total"]["not_started"] == progress["total"]["units"]
    items = {(row["kind"], row["item"]): row for row in run("report", "completeness", "--json").json["rows"]}
    with_number = sum(bool(row["id_number"]) for row in rows(handed_over / "persons.csv"))
    assert items["person", "id_number"]["present"] == with_number
    month = run("report", "month", "2026-11", "--json").json
    assert month["total"]["opening"] == month["total"]["closing"] > 0
    autumn = [run("audit", "--balance", "--month", "2026-09", "--json", *of).json for of in ((), ("--registry",))]
    assert autumn[0] == autumn[1]
    assert autumn[0]["is_balanced"]
    assert sum(cell["arrivals"] for cell in autumn[0]["balances"]) > 0
    for name in ("collectors", "cases", "sealed"):
        assert run("report", name, "--json").json["rows"] == []
    covered = run("report", "progress", "--by", "cell", "--suppress", "--json").json
    assert covered["hidden_below"] == 5
    assert all(row["persons"] % 5 == 0 for row in covered["rows"])
    file = tmp_path / "month.csv"
    assert run("report", "month", "2026-11", "--csv", str(file), "--language", "zh").status == 0
    assert file.read_text(encoding="utf-8-sig").startswith("编号,名称,网格,期初,出生")
    assert str(persons) in run("report", "progress", "--language", "en").out
    wishes = (
        ["month", "winter"],
        ["progress", "--by", "moon"],
        ["progress", "--area", "51"],
        ["cases", "--language", "fr"],
    )
    for wrong in wishes:
        refused = run("report", *wrong)
        assert (refused.status, refused.err.count("\n")) == (2, 1)
        assert refused.err.startswith("fieldsync: ")

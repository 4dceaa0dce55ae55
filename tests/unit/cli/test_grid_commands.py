"""`grid import`, `grid assign`, `grid status`, `round` and `form publish`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.api.city import NORTH, PLAN, plan_of, square
from tests.unit.cli.conftest import Run
from tests.unit.forms_spec.workbooks import question, workbook


@pytest.fixture
def plan(tmp_path: Path) -> str:
    path = tmp_path / "cells.geojson"
    path.write_bytes(PLAN)
    return str(path)


def import_(run: Run, file: str, *more: str) -> object:
    return run("grid", "import", file, "--name", "Sample", "--date", "2026-11-01", "--json", *more).json


def test_a_plan_is_imported_once(run: Run, plan: str) -> None:
    """A dry run does nothing, the import makes the cells, and a repeat finds them unchanged."""
    assert import_(run, plan, "--dry-run")["cells"] == 3
    assert run("grid", "status", "--json").json["cells"] == 0
    assert len(import_(run, plan)["new"]) == 3
    assert import_(run, plan)["unchanged"] == 3
    assert run("grid", "status", "--json").json["cells"] == 3


def test_a_cell_is_assigned_and_counted(run: Run, plan: str) -> None:
    """The status counts cells held, without a holder, and draining."""
    import_(run, plan)
    for name in ("li.na", "he.bo"):
        run("staff", "add", name, "--role", "collector")
    assert run("grid", "assign", NORTH, "li.na", "--json").json["epoch"] == 1
    assert "already (epoch 1)" in run("grid", "assign", NORTH, "li.na").out
    taken = run("grid", "assign", NORTH, "he.bo", "--json").json
    assert (taken["epoch"], taken["drains"]) == (2, ["li.na"])
    status = run("grid", "status", "--area", "510107", "--json").json
    assert (status["cells"], status["held"], status["without_holder"], status["draining"]) == (2, 1, 1, 1)
    assert "3 cells: 1 held, 2 without a holder; 1 draining." in run("grid", "status").out


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("grid", "assign", "510107001001999", "li.na"), 1),
        (("grid", "assign", NORTH, "nobody"), 1),
        (("grid", "assign", NORTH, "li.na", "--role", "king"), 2),
        (("grid", "import", "absent.geojson", "--name", "x", "--date", "2026-11-01"), 2),
        (("grid", "import", __file__, "--name", "x", "--date", "2026-11-01"), 2),
        (("grid", "import", __file__, "--name", "x", "--date", "soon"), 2),
        (("form", "publish", "absent.xlsx"), 2),
        (("form", "publish", __file__), 2),
    ],
)
def test_what_cannot_be_done_is_one_line(run: Run, plan: str, arguments: tuple[str, ...], status: int) -> None:
    """Each failure has its status and one line, and no assignment comes to be."""
    import_(run, plan)
    run("staff", "add", "li.na", "--role", "collector")
    done = run(*arguments)
    assert done.status == status
    assert "Traceback" not in done.err
    assert run("grid", "status", "--json").json["held"] == 0


def test_a_moved_cell_is_refused(run: Run, plan: str, tmp_path: Path) -> None:
    """A known code that is drawn elsewhere ends with status 1."""
    import_(run, plan)
    moved = tmp_path / "moved.geojson"
    moved.write_bytes(plan_of(square(NORTH, 105.0, 30.6)))
    done = run("grid", "import", str(moved), "--name", "Next", "--date", "2027-01-01")
    assert done.status == 1
    assert NORTH in done.err


def test_forms_and_rounds_from_the_command_line(run: Run, plan: str, tmp_path: Path) -> None:
    """A form is published, a round opened with it, and both are listed."""
    import_(run, plan)
    file = tmp_path / "person.xlsx"
    file.write_bytes(workbook([question("text", "phone")], form_id="person"))
    published = run("form", "publish", str(file), "--json").json["forms"]
    assert [(form["id"], form["version"], form["new"]) for form in published] == [("person", "1", True)]
    options = ["--area", "510107", "--from", "2026-11-01", "--until", "2026-11-30", "--reference", "2026-11-01T00:00"]
    titles = ["--zh", "核查", "--en", "Check"]
    assert run("round", "open", "2026-11", *titles, *options, "--form", "person").status == 0
    assert run("round", "open", "2026-12", *titles, *options, "--form", "absent").status == 1
    listed = run("round", "list", "--json").json["rounds"]
    assert [(each["id"], each["reference"]) for each in listed] == [("2026-11", "2026-11-01T00:00:00+08:00")]


def test_an_order_that_cannot_be_done_is_one_line_and_the_lists_are_empty(run: Run, plan: str) -> None:
    """Nobody named, somebody without a tablet, a time that is none: each says what is wrong; nothing is handed over."""
    import_(run, plan)
    for name in ("li.na", "he.bo"):
        run("staff", "add", name, "--role", "collector")
    run("grid", "assign", NORTH, "li.na")
    wrong = {
        "has no tablet": ("--cell", NORTH, "--to", "he.bo"),
        "Say who gets the cells": ("--cell", NORTH),
        "no time": ("--cell", NORTH, "--to", "he.bo", "--from", "noon"),
    }
    for words, arguments in wrong.items():
        done = run("grid", "handover", *arguments)
        assert (done.status, words in done.err) == (2, True)
    assert run("grid", "handover", "list", "--json").json == {"waiting": []}
    assert run("grid", "handover", "history", "--json").json == {"handovers": []}

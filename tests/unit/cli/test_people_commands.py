"""`grid areas`, `staff working`, `staff absent`, `staff return` and `staff absences`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.api.city import PLAN
from tests.unit.cli.conftest import Run


def test_a_working_life_from_the_command_line(run: Run) -> None:
    """Days and languages are set; an absence is noted, ends early, and is taken back by coming on its first day."""
    run("staff", "add", "li.na", "--role", "collector", "--area", "510107001")
    life = run("staff", "working", "li.na", "--days", "1,3", "--language", "zh", "--json").json
    assert (life["days"], life["languages"]) == ([1, 3], ["zh"])
    away = ("staff", "absent", "li.na", "--from", "2026-12-01", "--until", "2026-12-11")
    assert "away 2026-12-01 to 2026-12-11 (leave)" in run(*away).out
    assert run("staff", "absences", "--on", "2026-12-08", "--json").json["absences"][0]["name"] == "li.na"
    assert run("staff", "return", "li.na", "--on", "2026-12-07", "--json").json["absences"][0]["until"] == "2026-12-06"
    assert "Nobody is away on 2026-12-08." in run("staff", "absences", "--on", "2026-12-08").out
    assert run("staff", "return", "li.na", "--on", "2026-12-01", "--json").json["absences"] == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("working", "li.na", "--days", "Monday"),
        ("working", "li.na", "--days", "0"),
        ("working", "nobody"),
        ("absent", "li.na", "--from", "2026-12-02", "--until", "2026-12-01"),
        ("absent", "li.na", "--from", "2026-12-02", "--until", "2026-12-03", "--reason", "why"),
        ("return", "li.na", "--on", "2026-12-01"),
    ],
)
def test_what_cannot_be_is_one_line(run: Run, arguments: tuple[str, ...]) -> None:
    """Each failure is told without a traceback."""
    run("staff", "add", "li.na", "--role", "collector")
    done = run("staff", *arguments)
    assert done.status in (1, 2)
    assert len(done.err.strip().splitlines()) == 1


def test_areas_get_their_names(run: Run, tmp_path: Path) -> None:
    """From a list; areas without cells are not listed."""
    (tmp_path / "cells.geojson").write_bytes(PLAN)
    (tmp_path / "names.csv").write_text("code,name\n510107,武侯区\n510199,别处\n", encoding="utf-8")
    assert "import a plan first" in run("grid", "areas").out
    run("grid", "import", str(tmp_path / "cells.geojson"), "--name", "Sample", "--date", "2026-11-01")
    out = run("grid", "areas", str(tmp_path / "names.csv"), "--area", "510107").out
    assert "Names: 2 new" in out
    assert "510107 武侯区: 2 cells" in out
    assert "510199" not in out
    assert run("grid", "areas", "--level", "village").status == 2


def test_the_status_is_written_as_a_file_and_a_map(run: Run, tmp_path: Path) -> None:
    """For spreadsheets and for the eye; what cannot be is one line."""
    (tmp_path / "cells.geojson").write_bytes(PLAN)
    run("grid", "import", str(tmp_path / "cells.geojson"), "--name", "Sample", "--date", "2026-11-01")
    csv, svg = tmp_path / "p.csv", tmp_path / "p.svg"
    done = run("grid", "status", "--by", "cell", "--csv", str(csv), "--svg", str(svg), "--language", "en")
    assert (done.status, "No round has begun here." in done.out) == (0, True)
    assert len(csv.read_text(encoding="utf-8-sig").splitlines()) == 4
    assert svg.read_text(encoding="utf-8").count("<path") == 3
    assert run("grid", "status", "--json").json["total"]["cells"] == 3
    for wrong in (("--by", "moon"), ("--language", "fr"), ("--round", "x"), ("--svg", str(tmp_path / "no" / "p.svg"))):
        failed = run("grid", "status", *wrong)
        assert failed.status in (1, 2)
        assert len(failed.err.strip().splitlines()) == 1

"""`grid propose` and `grid accept` from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldsync.services import Services
from fieldsync.stores.factory import open_store
from tests.api.city import NORTH, PLAN, SOUTH
from tests.unit.cli.conftest import Run


@pytest.fixture
def team(run: Run, tmp_path: Path) -> Run:
    """Two cells and two collectors with tablets."""
    (tmp_path / "cells.geojson").write_bytes(PLAN)
    run("grid", "import", str(tmp_path / "cells.geojson"), "--name", "Sample", "--date", "2026-11-01")
    for name in ("he.bo", "li.na"):
        run("staff", "add", name, "--role", "collector", "--area", "510107")
        code = run("device", "code", name, "--json").json["code"]
        enrol(tmp_path, code)
    return run


def enrol(folder: Path, code: str) -> None:
    """Let a tablet enrol with its code."""
    from datetime import UTC, datetime

    from fieldsync.keys import key_file, load_keys
    from fieldsync.settings import Settings

    settings = Settings(store=f"sqlite:///{folder}/store")
    store = open_store(settings.store)
    services = Services.of(store, load_keys(key_file(settings)), settings, lambda: datetime.now(UTC))
    services.devices.enrol(code, "Tablet")
    store.close()


def test_a_proposal_is_read_and_accepted(team: Run) -> None:
    """In words with the reasons, then handed over; again it changes nothing."""
    out = team("grid", "propose", "--area", "510107", "--fix", f"{NORTH}=li.na").out
    assert f"{SOUTH}: nobody -> he.bo (nobody holds it)" in out
    assert f"{NORTH}: nobody -> li.na (asked for)" in out
    name = out.split()[1]
    assert "1 of 2 cells" in team("grid", "accept", name, "--cell", NORTH).out
    assert "2 of 2 cells" in team("grid", "accept", name).out
    assert team("grid", "accept", name, "--json").json["accepted"] == [NORTH, SOUTH]
    assert team("grid", "status", "--area", "510107", "--json").json["held"] == 2
    assert team("grid", "propose", "--area", "510107", "--json").json["moves"] == []


def test_assign_without_a_cell_proposes(team: Run) -> None:
    """The same proposal as `grid propose`; nothing is assigned by it."""
    options = ("--area", "510107", "--fix", f"{NORTH}=li.na", "--allowed", "1.5", "--json")
    made, other = (team("grid", command, *options).json for command in ("assign", "propose"))
    assert {**made, "id": "", "at": ""} == {**other, "id": "", "at": ""}
    assert (len(made["moves"]), made["allowed"]) == (2, 1.5)
    assert team("grid", "status", "--json").json["held"] == 0
    assert "2 of 2 cells" in team("grid", "accept", made["id"]).out


@pytest.mark.parametrize(
    "arguments",
    [
        ("assign",),
        ("assign", NORTH),
        ("assign", "--area", "510107", "--role", "helper"),
        ("assign", NORTH, "li.na", "--area", "510107"),
        ("propose",),
        ("propose", "--area", "999999"),
        ("propose", "--area", "510107", "--fix", NORTH),
        ("propose", "--area", "510107", "--fix", f"{NORTH}=li.na", "--fix", f"{NORTH}=he.bo"),
        ("propose", "--area", "510107", "--collector", "nobody"),
        ("propose", "--area", "510107", "--from", "2026-12-02", "--until", "2026-12-01"),
        ("propose", "--area", "510104"),
        ("accept", "none"),
    ],
)
def test_what_cannot_be_is_one_line(team: Run, arguments: tuple[str, ...]) -> None:
    """Without a traceback, and nothing is assigned."""
    done = team("grid", *arguments)
    assert done.status in (1, 2)
    assert len(done.err.strip().splitlines()) == 1
    assert team("grid", "status", "--json").json["held"] == 0

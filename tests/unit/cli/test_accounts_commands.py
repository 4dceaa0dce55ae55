"""`init`, `staff` and `device`."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldsync.cli.context import opened
from fieldsync.replication import Access, Caller
from fieldsync.stores.base import Missing
from tests.api.city import NORTH, PLAN
from tests.unit.cli.conftest import Run


def test_the_first_administrator_is_made_once(run: Run, tmp_path: Path) -> None:
    """`init` makes him and the keys; a second time it is refused with one line."""
    first = run("init", "--name", "admin", "--password-stdin", typed="correct horse\n")
    assert (first.status, first.err) == (0, "")
    assert (tmp_path / "store" / "keys.json").stat().st_mode & 0o777 == 0o600
    second = run("init", "--name", "other", "--password", "correct horse")
    assert second.status == 1
    assert len(second.err.splitlines()) == 1
    assert [user["name"] for user in run("staff", "list", "--json").json["staff"]] == ["admin"]


def test_lost_keys_are_replaced_on_request_only(run: Run, tmp_path: Path) -> None:
    """A store without its keys is opened by no command until new ones are asked for; keys that are there stay."""
    run("init", "--name", "admin", "--password", "correct horse")
    kept = run("init", "--new-keys")
    assert (kept.status, "nothing is lost" in kept.err) == (2, True)
    (tmp_path / "store" / "keys.json").unlink()
    refused = run("staff", "list")
    assert (refused.status, "--new-keys" in refused.err) == (2, True)
    made = run("init", "--new-keys")
    assert made.status == 0, made.err
    assert run("staff", "list").status == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("init", "--name", "Ad Min", "--password", "correct horse"),
        ("init", "--name", "admin", "--password", "short"),
        ("init", "--name", "admin"),
        ("init", "--name", "admin", "--password", "correct horse", "--password-stdin"),
        ("staff", "add", "li", "--role", "king"),
        ("staff", "add", "li", "--role", "collector", "--area", "51"),
        ("staff", "add", "li", "--role", "collector", "--language", "fr"),
        ("staff", "add", "li"),
        ("staff", "list", "--store", "mysql://x"),
        ("device", "revoke", "x", "--reason", "dull"),
        ("nothing",),
    ],
)
def test_bad_input_is_status_two(run: Run, arguments: tuple[str, ...]) -> None:
    """What cannot be used ends with status 2 and says why; nothing is made."""
    done = run(*arguments)
    assert done.status == 2
    assert done.err.strip()
    assert "Traceback" not in done.err
    assert run("staff", "list", "--json").json == {"staff": []}


def test_accounts_are_added_listed_and_deactivated(run: Run) -> None:
    """The life of an account, from a script's view."""
    made = run("staff", "add", "li.na", "--role", "collector", "--area", "510107001", "--zh", "李娜", "--en", "Li Na")
    assert (made.status, made.out) == (0, "Created li.na: collector; 510107001\n")
    assert run("staff", "add", "li.na", "--role", "collector").status == 1
    run("staff", "deactivate", "li.na")
    row = run("staff", "list", "--json").json["staff"][0]
    assert row == {
        "name": "li.na",
        "display": {"zh": "李娜", "en": "Li Na"},
        "roles": ["collector"],
        "areas": ["510107001"],
        "active": False,
        "language": "zh",
    }


def test_a_password_is_set_and_never_shown(run: Run) -> None:
    """Setting a password for somebody unknown is a status 1; no output has a hash."""
    run("staff", "add", "wang", "--role", "supervisor", "--area", "510107")
    assert run("staff", "password", "wang", "--password-stdin", typed="battery staple\n").status == 0
    assert run("staff", "password", "nobody", "--password", "battery staple").status == 1
    assert "argon2" not in run("staff", "list", "--json").out


def test_codes_are_made_for_collectors(run: Run) -> None:
    """A code is shown once, and for collectors only."""
    run("staff", "add", "li.na", "--role", "collector")
    run("staff", "add", "wang", "--role", "supervisor")
    made = run("device", "code", "li.na", "--json").json
    assert len(made["code"]) == 11
    assert run("device", "code", "wang").status == 2
    assert run("device", "code", "nobody").status == 1
    assert run("device", "list", "--json").json == {"devices": []}
    assert run("device", "revoke", "none", "--reason", "lost").status == 1


@pytest.mark.parametrize("group", [(), ("staff",), ("device",), ("grid",), ("form",), ("round",)])
def test_every_group_explains_itself(run: Run, group: tuple[str, ...]) -> None:
    """`--help` works everywhere."""
    done = run(*group, "--help")
    assert done.status == 0
    assert "Usage:" in done.out


@pytest.mark.parametrize(
    "command",
    [
        ("serve",),
        ("init",),
        ("staff", "add"),
        ("staff", "list"),
        ("staff", "deactivate"),
        ("staff", "password"),
        ("device", "code"),
        ("device", "list"),
        ("device", "revoke"),
        ("grid", "import"),
        ("grid", "assign"),
        ("grid", "status"),
        ("form", "publish"),
        ("round", "open"),
        ("round", "list"),
    ],
)
def test_every_command_has_an_example(run: Run, command: tuple[str, ...]) -> None:
    """`--help` of each command shows how it is used."""
    assert f"Example: fieldsync {' '.join(command)}" in run(*command, "--help").out


def test_what_a_lost_tablet_did_not_send_is_named(run: Run, tmp_path: Path) -> None:
    """The command names the versions that are on it and nowhere else, by cell: they are to be visited again."""
    run("init", "--name", "admin", "--password-stdin", typed="correct horse\n")
    (tmp_path / "cells.geojson").write_bytes(PLAN)
    run("grid", "import", f"{tmp_path}/cells.geojson", "--name", "Sample", "--date", "2026-11-01")
    run("staff", "add", "li", "--role", "collector", "--area", NORTH)
    with opened(None) as services:
        tablet = services.devices.enrol(services.devices.issue_code("li", "test").code, "one").tablet.id
        caller = Caller("li", tablet, Access.HELD)
        gaps = {f"visit:{n}": Missing((f"1-{n:032x}",), ()) for n in range(2)}
        services.sightings.named(caller, NORTH, list(gaps), gaps)
    done = run("device", "revoke", tablet, "--reason", "lost")
    told = [line.strip() for line in done.out.splitlines()]
    assert told[1].startswith(f"{NORTH}: last heard of")
    assert told[1].endswith("2 changes known to be missing")
    assert told[2:] == [f"visit:{n}@1-{n:032x}" for n in range(2)]

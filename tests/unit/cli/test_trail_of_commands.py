"""What is read and decided at the console stands in the audit trail, with the operating system's user."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

from fieldsync.trail import Trace
from tests.unit.cli.conftest import Run
from tests.unit.cli.test_field_commands import field_, prepared, waiting, workbooks
from tests.unit.steps.conftest import CELL, HOUSEHOLD, PERSON, Field

__all__ = ["field_", "prepared", "waiting", "workbooks"]
ME = f"cli:{pwd.getpwuid(os.getuid()).pw_name}"


def noted(field: Field, after: int) -> list[Trace]:
    return list(field.services.trail.entries(after))


def test_every_command_that_shows_somebody_says_so(run: Run, waiting: Field, tmp_path: Path) -> None:
    """Each leaves one entry of the user's, which the person finds by their identifier; a failed one leaves none."""
    (case,) = run("case", "list", "--json").json["cases"]
    edit = case["items"][0]["edits"][0]
    shown = {
        "case.list": ("case", "list"),
        "case.read": ("case", "show", case["id"]),
        "document.story": ("audit", "--document", f"{CELL}/{PERSON}"),
        "ledger.show": ("ledger", "show", "--document", f"{CELL}/{PERSON}"),
        "registry.list": ("registry", "find", "--name", "王芳"),
        "registry.history": ("registry", "history", PERSON),
        "registry.file": ("registry", "file", PERSON, "--reason", "request 7"),
        "registry.erasure": ("registry", "erase", PERSON),
        "trail.read": ("trail", "list", "--subject", PERSON),
    }
    again = {"document.story": ("audit", "--edit", f"{CELL}/{PERSON}@{edit}")}
    for action, words in (*shown.items(), *again.items()):
        last = waiting.services.trail.last()
        assert last
        assert run(*words).status == 0, words
        (one,) = noted(waiting, last.number)
        assert (one.by, one.action) == (ME, action)
        assert one in waiting.services.trail.about(PERSON, last.number), words
    number = noted(waiting, 0)[-1].number
    for words in (("case", "show", "none"), ("audit", "--document", "x/y"), ("ledger", "show", "--document", "x/y")):
        assert run(*words).status == 1
    assert noted(waiting, number) == []
    assert waiting.services.trail.first_break() is None


def test_what_is_decided_in_somebodys_name_says_in_whose(run: Run, waiting: Field) -> None:
    """Claimed, given back, decided and taken back: by the user at the console, for the reviewer."""
    (case,) = run("case", "list", "--json").json["cases"]
    before = noted(waiting, 0)[-1].number
    by = ("--by", "wu.min")
    for words in (
        ("claim", case["id"]),
        ("unclaim", case["id"]),
        ("decide", case["id"], "admit"),
        ("revert", case["id"], "--reason", "Another card"),
    ):
        assert run("case", *words, *by).status == 0, words
    found = [(one.by, one.action, one.subject, one.reason) for one in noted(waiting, before)]
    actions = ("case.claim", "case.unclaim", "case.admit", "case.revert")
    assert found == [(ME, action, HOUSEHOLD, f"for wu.min; about: {HOUSEHOLD} {PERSON}") for action in actions]

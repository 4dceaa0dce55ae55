"""`fieldsync retention`, as typed: bad input in one line, a hold placed and ended, nothing to list."""

from __future__ import annotations

import pytest

from fieldsync.cli.context import OPERATOR

from .conftest import Run

WHO = "household:0b6f2c1e-9a51-4f5d-8c1e-2f0d5f1f6a10"


@pytest.fixture
def begun(run: Run) -> Run:
    """An empty installation."""
    assert run("init", "--name", "admin", "--password", "a long enough one").status == 0
    return run


def test_a_hold_is_placed_listed_and_ended(begun: Run) -> None:
    """Its number ends it; afterwards only --all lists it."""
    placed = begun("retention", "hold", WHO, "--reason", "court", "--until", "2999-12-31", "--json").json
    assert (placed["subject"], placed["by"], placed["until"]) == (WHO, OPERATOR, "2999-12-31")
    assert WHO in begun("retention", "holds").out
    assert begun("retention", "end", placed["id"]).status == 0
    assert begun("retention", "holds", "--json").json == {"holds": []}
    assert begun("retention", "holds", "--all", "--json").json["holds"][0]["ended_by"] == OPERATOR


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("hold", "somebody", "--reason", "court"), "cannot be held: name a person:"),
        (("hold", "stay", "--reason", "court"), "cannot be held"),
        (("hold", "visit"), "Say why it is held"),
        (("hold", "visit", "--reason", "court", "--until", "2020-01-01"), "is past"),
        (("end", "nothing"), "There is no hold nothing"),
        (("list", "--area", "5101070"), "is no area"),
    ],
)
def test_bad_input_is_told_in_one_line(begun: Run, words: tuple[str, ...], said: str) -> None:
    """What, and how to mend it; nothing is held."""
    refused = begun("retention", *words)
    assert (refused.status > 0, len(refused.err.splitlines()), "Traceback" in refused.err) == (True, 1, False)
    assert said in refused.err
    assert begun("retention", "holds", "--json").json == {"holds": []}


def test_without_a_retention_there_is_nothing_to_list(begun: Run) -> None:
    """No form has one: all is kept."""
    assert begun("retention", "list", "--within", "36500", "--json").json["coming"] == []
    assert begun("retention", "run", "--json").json == {"erased": 0, "listed": 0}
    noted = begun("trail", "list", "--json").json["entries"]
    assert [(one["action"], one["by"]) for one in noted] == [("retention.list", OPERATOR), ("retention.run", OPERATOR)]

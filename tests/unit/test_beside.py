"""`scripts/beside`: two commands at once, as `make test` runs its lint beside the tests."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

BESIDE = Path(__file__).parents[2] / "scripts/beside"


@pytest.mark.parametrize(
    ("one", "other", "status"),
    [("true", "exit 0", 0), ("false", "exit 0", 1), ("true", "exit 3", 3), ("false", "exit 3", 1), ("nothing.", "", 1)],
)
def test_both_must_pass(one: str, other: str, status: int) -> None:
    """Whichever fails, and also where a command is not there, the whole fails; what both said is there."""
    done = subprocess.run(
        [BESIDE, f"echo style; {one}", "sh", "-c", f"echo tests; {other}"], capture_output=True, check=False
    )
    assert done.returncode == status
    assert done.stdout == b"tests\nstyle\n" or one == "nothing."


def test_what_the_one_says_comes_afterwards() -> None:
    """In one piece, its errors too, however quick it is."""
    other = "echo one; sleep 0.1; echo two"
    done = subprocess.run([BESIDE, "echo said; echo wrong >&2", "sh", "-c", other], capture_output=True, check=True)
    assert done.stdout == b"one\ntwo\nsaid\nwrong\n"

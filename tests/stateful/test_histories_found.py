"""Histories in which the model once found something wrong, made short by `replay.py`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stateful.machine import FieldMachine, imported
from tests.stateful.replay import acts_in, replayed

TWO_RELEASES_OF_A_SLOW_CLOCK = """FieldMachine()
state.enrol(error=-31536000, limit=10)
state.spoil(place=0, tablet=2)
state.push_at_once(at=3, other=1, server=0, tablet=2)
state.answer_quarantine(die_at=3, lets_in=True, place=0, server=0)
state.spoil(place=0, tablet=2)
state.edit(item='birth_date', place=0, tablet=1, times=12)
state.push_at_once(at=2, other=1, server=0, tablet=2)
state.answer_quarantine(die_at=5, lets_in=True, place=9, server=1)
"""
TWO_SERVERS_CLOSE_ONE_CASE = """FieldMachine()
state.enrol(limit=10, error=3600)
state.spoil(place=0, tablet=2)
state.push_at_once(at=1, other=0, server=0, tablet=2)
state.edit_set(place=0, removes=True, tablet=2)
state.push_at_once(at=1, other=2, server=0, tablet=2)
"""
A_CRASH_BEFORE_A_NOTICE_AND_A_FORGOTTEN_BEGINNING = """FieldMachine()
state.enrol(error=0, limit=10)
state.spoil(place=0, tablet=1)
state.push(die_at=5, keep=0.5, server=0, tablet=1, turned=True, twice=False)
state.edit(item='name', place=0, tablet=1, times=12)
"""
FOUND = (
    TWO_RELEASES_OF_A_SLOW_CLOCK,
    TWO_SERVERS_CLOSE_ONE_CASE,
    A_CRASH_BEFORE_A_NOTICE_AND_A_FORGOTTEN_BEGINNING,
)


@pytest.fixture
def template(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Histories begin with two persons."""
    monkeypatch.setattr(FieldMachine, "template", imported(published, tmp_path / "store"), raising=False)


@pytest.mark.usefixtures("template")
@pytest.mark.parametrize("history", FOUND)
def test_what_once_went_wrong_ends_well(history: str) -> None:
    """All replicas agree, the books balance, and the values are those of the reference."""
    acts = acts_in(history)
    assert len(acts) == history.count("state.")
    assert replayed(acts) == ("", [])

"""What events and stays of a household say of each other."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from fieldsync.checking.rules import check_family
from fieldsync.events.reading import event_of, standing
from tests.unit.checking.test_family_rules import HEAD, HOUSEHOLD, TODAY, family, named

ME = named("person", "0")
GONE = {"until": "2026-11-20"}


def found(stay: dict[str, Any], **event: Any) -> list[str]:
    """Return the codes of what is doubtful of an event of the head, with these dates of their stay."""
    data = {"type": "departure", "person": ME, "household": HOUSEHOLD, "date": "2026-11-20", **event}
    known = family({**HEAD, **stay}, events=[event_of("event:1", data)])
    return [f["code"] for f in check_family(known) if f["document"] == "event:1"]


@pytest.mark.parametrize(
    ("stay", "event", "codes"),
    [
        (GONE, {}, []),
        ({}, {}, ["event_without_stay"]),
        (GONE, {"date": "2026-11-18"}, ["event_date_differs"]),
        (GONE, {"date": "2026-09-01"}, ["event_without_stay"]),
        (GONE, {"household": named("household", "other")}, ["event_without_stay"]),
        (GONE, {"person": named("person", "nobody")}, ["event_without_stay"]),
        (GONE, {"type": "death"}, []),
        ({**GONE, "death_date": "2026-11-19"}, {"type": "death"}, ["event_person_differs"]),
        ({}, {"type": "death"}, ["event_without_stay"]),
        ({"since": "2026-11-20"}, {"type": "arrival"}, []),
        ({"since": None}, {"type": "arrival"}, ["event_without_stay"]),
        ({"since": "1980-02-03"}, {"type": "birth", "date": "1980-02-03"}, []),
        ({}, {"type": "new_head"}, []),
        ({"relation": "10"}, {"type": "new_head"}, ["event_without_stay"]),
        ({}, {"type": "split", "person": None}, []),
        (GONE, {"date": "2026-11-29"}, ["event_incomplete", "event_date_differs"]),
        (GONE, {"date": "yesterday"}, ["event_incomplete"]),
        (GONE, {"type": "holiday"}, ["event_incomplete"]),
        (GONE, {"person": None}, ["event_incomplete", "event_without_stay"]),
        ({}, {"type": "mistake"}, ["event_incomplete"]),
        ({}, {"type": "mistake", "corrects": "event:0"}, []),
    ],
)
def test_an_event_is_held_against_the_stay_and_the_person(
    stay: dict[str, Any], event: dict[str, Any], codes: list[str]
) -> None:
    """Births and arrivals begin a stay, deaths and departures end one, a new head shows in the relation."""
    assert found(stay, **event) == codes


def test_a_death_ends_every_stay_of_the_household() -> None:
    """One ended, one goes on: somebody registered here too is not gone from the books yet."""
    data = {"type": "death", "person": ME, "household": HOUSEHOLD, "date": "2026-11-20"}
    twice = family(
        {**HEAD, **GONE, "who": "0"},
        {**HEAD, "kind": "registered_only", "who": "0"},
        events=[event_of("event:1", data)],
    )
    assert "event_without_stay" in [f["code"] for f in check_family(twice)]


def test_messages_name_whom_what_and_when_in_both_languages() -> None:
    """What a collector reads says which event is meant."""
    data = {"type": "arrival", "person": ME, "household": HOUSEHOLD, "date": "2026-11-20"}
    (finding,) = check_family(family(HEAD, events=[event_of("event:1", data)]))
    assert finding["message"]["en"].startswith("arrival of 王芳, 2026-11-20: no stay")
    assert finding["message"]["zh"].startswith("王芳 2026-11-20 迁入：")


def test_what_another_corrects_does_not_stand() -> None:
    """The correction stands; one that corrects itself is no way out of the books."""
    one, other = event_of("event:1", {"type": "death"}), event_of("event:2", {"type": "mistake", "corrects": "event:1"})
    itself = event_of("event:3", {"type": "birth", "corrects": "event:3"})
    assert standing([one, other, itself]) == [other, itself]
    assert event_of("event:4", {"date": TODAY.isoformat(), "type": 3}).day == date(2026, 11, 28)

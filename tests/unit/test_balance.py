"""The demographic balance: what stays and events say of a month."""

from __future__ import annotations

from typing import Any

import pytest

from fieldsync.accounting.balance import Balance, Month, balance_of
from fieldsync.errors import BadInput

CELL = "510107001004001"
DEATH_AND_STAY = ["event:death-p", "stay:1"]


def stay(name: str, person: str, since: str | None = "2019-05-01", **more: Any) -> tuple[str, dict[str, Any]]:
    """Return a stay in the cell."""
    return f"stay:{name}", {"data": {"person": person, "kind": "usual", "since": since, **more}}


def event(kind: str, person: str | None, date: str | None = "2026-11-10") -> tuple[str, dict[str, Any]]:
    """Return an event."""
    return f"event:{kind}-{person}", {"data": {"type": kind, "person": person, "date": date}}


def balance(*documents: tuple[str, dict[str, Any]]) -> Balance:
    """Balance November 2026."""
    return balance_of(CELL, Month.read("2026-11"), documents)


def kinds(found: Balance) -> list[tuple[str, str, int]]:
    """Return what differs: kind, person and amount."""
    return [(one.kind, one.person, one.amount) for one in found.differences]


def test_opening_and_events_come_to_closing() -> None:
    """One stays, one is born, one arrives, one dies, one departs: all with their events."""
    found = balance(
        stay("1", "p1"),
        stay("2", "p2", "2026-11-03"), event("birth", "p2", "2026-11-03"),
        stay("3", "p3", "2026-11-05", kind="temporary"), event("arrival", "p3"),
        stay("4", "p4", until="2026-11-20"), event("death", "p4", "2026-11-20"),
        stay("5", "p5", until="2026-11-30"), event("departure", "p5", "2026-11-30"),
    )  # fmt: skip
    assert (found.opening, found.closing, found.expected, found.is_balanced) == (3, 3, 3, True)
    assert dict(found.events) == {"births": 1, "arrivals": 1, "deaths": 1, "departures": 1}


@pytest.mark.parametrize(
    ("documents", "kind", "amount", "named"),
    [
        ([stay("1", "p", "2026-11-05")], "stay_began_without_event", 1, ["stay:1"]),
        ([stay("1", "p", until="2026-11-05")], "stay_ended_without_event", -1, ["stay:1"]),
        ([stay("1", "p"), event("death", "p")], "event_without_stay", 1, ["event:death-p"]),
        ([event("arrival", "p")], "event_without_stay", -1, ["event:arrival-p"]),
        (
            [stay("1", "p", "2026-11-05"), event("death", "p")],
            "events_contradict_stays",
            2,
            ["event:death-p", "stay:1"],
        ),
        ([stay("1", "p", "soon")], "unreadable_date", 0, ["stay:1"]),
        ([stay("1", "p"), event("death", "p", None)], "unreadable_date", 0, ["event:death-p"]),
    ],
)
def test_a_difference_is_named_with_its_documents(
    documents: list[tuple[str, dict[str, Any]]], kind: str, amount: int, named: list[str]
) -> None:
    """Who makes the difference, by how much, and which documents say so."""
    found = balance(*documents)
    assert kinds(found) == [(kind, "p", amount)]
    assert list(found.differences[0].documents) == named
    assert not found.is_balanced


@pytest.mark.parametrize(
    "documents",
    [
        [stay("1", "p", kind="registered_only"), stay("2", "q", "2026-11-05", kind="registered_only")],
        [stay("1", "p", until="2026-11-10"), stay("2", "p", "2026-11-10")],
        [stay("1", "p"), event("death", "p", "2026-10-31"), event("arrival", "p", "2026-12-01")],
        [stay("1", "p", None), event("new_head", "p")],
    ],
)
def test_what_changes_nobodys_presence(documents: list[tuple[str, dict[str, Any]]]) -> None:
    """Who is only registered, who moves within the cell, what happened in other months, and events that move nobody."""
    assert balance(*documents).is_balanced


def test_differences_that_cancel_out_are_differences() -> None:
    """One came without an event and one left without: the sum is right, and the books are not."""
    found = balance(stay("1", "p", "2026-11-05"), stay("2", "q", until="2026-11-05"))
    assert found.expected == found.closing
    assert not found.is_balanced


def test_a_stay_that_ends_on_the_last_day_is_gone_at_closing() -> None:
    """And opens the next month as gone."""
    gone = stay("1", "p", until="2026-11-30")
    assert (balance(gone).opening, balance(gone).closing) == (1, 0)
    assert balance_of(CELL, Month.read("2026-12"), [gone]).opening == 0


@pytest.mark.parametrize("text", ["2026", "2026-13", "november", "2026-1"])
def test_what_is_no_month_is_refused(text: str) -> None:
    """The error shows how to write one."""
    with pytest.raises(BadInput, match="2026-11"):
        Month.read(text)


def test_what_another_event_corrects_is_not_counted() -> None:
    """A departure that never was, and a death on the day it really was: the books balance with the mended ones."""
    gone, back = event("departure", "p1"), ("event:2", {"data": {"type": "mistake", "corrects": "event:departure-p1"}})
    dead = "event:3", {"data": {"type": "death", "person": "p2", "date": "2026-11-12", "corrects": "event:death-p2"}}
    found = balance(stay("1", "p1"), gone, back, stay("2", "p2", until="2026-11-12"), event("death", "p2"), dead)
    assert (found.is_balanced, dict(found.events)) == (True, {"deaths": 1})


def test_a_double_that_was_joined_is_one_person() -> None:
    """The stay names the record that is kept, the event the one it was told under."""
    joined = [stay("1", "kept", "2026-11-10"), event("arrival", "double")]
    assert not balance(*joined).is_balanced
    assert balance_of(CELL, Month.read("2026-11"), joined, {"double": "kept"}).is_balanced

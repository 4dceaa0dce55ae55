"""The demographic balance of a cell and month: opening + births + arrivals - deaths - departures = closing.

Pure. Who lives in a cell follows from the stays, what happened from the events; where the two disagree about a person,
the documents that speak of that person in the month are named. A day counts as it ends: whose stay ends on a day is
gone by then. A month opens as the last day before it ended.
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from fieldsync.documents import Body, data_of
from fieldsync.errors import BadInput
from fieldsync.events.reading import Event, day_of, event_of, standing

RESIDENT = frozenset({"usual", "temporary"})
"""Kinds of stay by which somebody lives in a cell; who is only registered there does not."""
ADDING = {"birth": "births", "arrival": "arrivals"}
TAKING = {"death": "deaths", "departure": "departures"}


@dataclass(frozen=True, slots=True)
class Month:
    """A month: its first and its last day."""

    first: date
    last: date

    @classmethod
    def read(cls, text: str) -> Month:
        """Read a month, as `2026-11`. Raises BadInput."""
        try:
            first = date.fromisoformat(f"{text}-01")
        except ValueError as error:
            raise BadInput(
                f"{text!r:.20} is no month: write the year and the month, for example 2026-11. / 月份应写作 2026-11。"
            ) from error
        return cls(first, first.replace(day=monthrange(first.year, first.month)[1]))

    def __str__(self) -> str:
        """Return the month as `2026-11`."""
        return self.first.isoformat()[:7]

    def has(self, day: date | None) -> bool:
        """Tell whether a day is in the month."""
        return day is not None and self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Difference:
    """A person of whom stays and events do not say the same: how many more the stays say, and who says so."""

    kind: str
    person: str
    amount: int
    documents: tuple[str, ...]

    def report(self) -> dict[str, Any]:
        """Return the difference as JSON."""
        return {"kind": self.kind, "person": self.person, "amount": self.amount, "documents": list(self.documents)}


@dataclass(slots=True)
class Balance:
    """The persons of one cell over one month."""

    cell: str
    month: Month
    opening: int = 0
    closing: int = 0
    events: Counter[str] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)

    @property
    def expected(self) -> int:
        """Return how many persons the events leave at closing."""
        gained = sum(self.events[name] for name in ADDING.values())
        return self.opening + gained - sum(self.events[name] for name in TAKING.values())

    @property
    def is_balanced(self) -> bool:
        """Tell whether stays and events say the same of everybody."""
        return not self.differences and self.closing == self.expected

    def report(self) -> dict[str, Any]:
        """Return the balance as JSON."""
        return {
            "cell": self.cell,
            "month": str(self.month),
            "opening": self.opening,
            **{name: self.events[name] for name in (*ADDING.values(), *TAKING.values())},
            "expected": self.expected,
            "closing": self.closing,
            "differences": [difference.report() for difference in self.differences],
            "is_balanced": self.is_balanced,
        }


@dataclass(slots=True)
class _Person:
    """What is known of one person in the month."""

    opening: bool = False
    closing: bool = False
    happened: int = 0
    has_events: bool = False
    documents: list[str] = field(default_factory=list)
    unreadable: bool = False


def balance_of(
    cell: str, month: Month, documents: Iterable[tuple[str, Body]], kept: Mapping[str, str] | None = None
) -> Balance:
    """Return the balance of a cell from its stays and events, in any order.

    `kept` has, by the identifiers of doubles that staff joined, that of the record which is kept.
    """
    balance, persons, events = Balance(cell, month), defaultdict[str, _Person](_Person), list[Event]()
    names = kept or {}
    for doc_id, body in documents:
        data = data_of(body)
        if doc_id.startswith("stay:"):
            name = str(data.get("person") or doc_id)
            _take_stay(persons[names.get(name, name)], doc_id, data, month)
        else:
            events.append(event_of(doc_id, data))
    for event in standing(events):
        name = event.person or event.id
        _take_event(persons[names.get(name, name)], event, balance)
    balance.opening = sum(person.opening for person in persons.values())
    balance.closing = sum(person.closing for person in persons.values())
    balance.differences = [found for name in sorted(persons) if (found := _difference(name, persons[name]))]
    return balance


def _take_stay(person: _Person, doc_id: str, data: Mapping[str, Any], month: Month) -> None:
    if data.get("kind") not in RESIDENT:
        return
    since, until = day_of(data.get("since")), day_of(data.get("until"))
    if (data.get("since") and since is None) or (data.get("until") and until is None):
        person.unreadable = True
        person.documents.append(doc_id)
        return
    person.opening |= _covers(since, until, month.first - timedelta(days=1))
    person.closing |= _covers(since, until, month.last)
    if month.has(since) or month.has(until):
        person.documents.append(doc_id)


def _covers(since: date | None, until: date | None, day: date) -> bool:
    return (since is None or since <= day) and (until is None or until > day)


def _take_event(person: _Person, event: Event, balance: Balance) -> None:
    kind, day = event.type or "", event.day
    name = ADDING.get(kind) or TAKING.get(kind)
    if name is None or not (balance.month.has(day) or day is None):
        return
    person.documents.append(event.id)
    if day is None:
        person.unreadable = True
        return
    balance.events[name] += 1
    person.has_events = True
    person.happened += 1 if kind in ADDING else -1


def _difference(name: str, person: _Person) -> Difference | None:
    amount = person.closing - person.opening - person.happened
    if amount == 0 and not person.unreadable:
        return None
    return Difference(_kind_of(person), name, amount, tuple(sorted(person.documents)))


def _kind_of(person: _Person) -> str:
    """Return in one word what is wrong."""
    if person.unreadable:
        return "unreadable_date"
    if not person.has_events:
        return "stay_began_without_event" if person.closing else "stay_ended_without_event"
    return "event_without_stay" if person.opening == person.closing else "events_contradict_stays"

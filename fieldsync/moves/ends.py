"""Ends of moves: a stay that ends, a stay that begins, and whether two of them are one move. Pure.

A stay ends by its `until` or a departure event, and begins by its `since` or an arrival event. Who died has not moved,
nor has who was born. The ends of one move are found by the person's identifier, by the identity number (kept as a keyed
hash), or by name and date of birth.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, Literal

import msgspec

from fieldsync.documents import Body, data_of, kind_of
from fieldsync.matching.compare import LIKELY, compare
from fieldsync.matching.keys import number_key
from fieldsync.matching.names import heard
from fieldsync.matching.profile import Profile

Kind = Literal["departure", "arrival"]
How = Literal["identifier", "identity", "likeness", "household"]
SURE = 0.99
"""From this probability on two persons with one identity number are taken for one without being asked about."""
EARLIER, LATER = timedelta(days=90), timedelta(days=730)
"""How long before the stay ended elsewhere one may begin, by what people remember, and how long after."""


class End(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="end"):
    """One end of a move, as it is kept: who, where, which stay and household, on which day (ISO), as far as known.

    `person`, `identity` and `likeness` are what it is found by; `place` is what was said of the other place. An end
    that the documents say no more is kept as not reported.
    """

    kind: Kind
    cell: str
    stay: str
    person: str
    household: str | None
    day: str | None
    place: str | None
    identity: str | None
    likeness: str | None
    noted: str
    is_reported: bool = True

    @property
    def key(self) -> str:
        """Return the name it is kept under."""
        return f"{self.kind}:{self.stay}"


def departure_day(stay: Body, events: Iterable[Body]) -> str | None:
    """Return the day on which a stay ended by a move, or None."""
    data = data_of(stay)
    if data.get("reason") == "death":
        return None
    return _text(data.get("until")) or _event_day(data, events, "departure")


def arrival_day(stay: Body, events: Iterable[Body], *, is_new: bool) -> str | None:
    """Return the day on which a stay began by a move, or None; one that was known before only by an event."""
    data = data_of(stay)
    if data.get("reason") == "birth" or data.get("kind") == "registered_only":
        return None
    return _event_day(data, events, "arrival") or (_text(data.get("since")) if is_new else None)


def identity_of(profile: Profile, secret: bytes) -> str | None:
    """Return the keyed hash of an identity number, or None."""
    return number_key("identity", profile.id_number, secret) if profile.id_number else None


def likeness_of(profile: Profile) -> str | None:
    """Return by what a person without a number is found: the sound of the name, and the date of birth."""
    return f"{heard(profile.name)}:{profile.birth}" if profile.name and profile.birth else None


def fits(departure: End, arrival: End) -> bool:
    """Tell whether two ends can be one move: of two stays, in a believable order."""
    if departure.stay == arrival.stay:
        return False
    left, came = _day(departure.day), _day(arrival.day)
    return left is None or came is None or left - EARLIER <= came <= left + LATER


def recognised(departure: tuple[End, Profile], arrival: tuple[End, Profile]) -> tuple[How, bool] | None:
    """Return by what the person of two ends is one, and whether that is sure; None where nothing says so."""
    (left, one), (came, other) = departure, arrival
    if left.person == came.person:
        return "identifier", True
    likeness = compare(one, other)
    if left.identity and left.identity == came.identity:
        return "identity", likeness.probability >= SURE
    return ("likeness", False) if likeness.probability >= LIKELY else None


def _event_day(stay: Mapping[str, Any], events: Iterable[Body], wanted: str) -> str | None:
    found = (data_of(event) for event in events)
    mine = [e for e in found if e.get("type") == wanted and e.get("household") in (None, stay.get("household"))]
    return next((day for event in mine if (day := _text(event.get("date")))), None)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def household_of(stay: Body) -> str | None:
    """Return the household of a stay, or None where it names none."""
    named = data_of(stay).get("household")
    return named if isinstance(named, str) and kind_of(named) == "household" else None

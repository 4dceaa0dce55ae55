"""What events say of stays: a birth or an arrival begins one, a death or a departure ends it. Pure.

Nothing follows from an event by itself; a collector writes the stay too. Where the two do not say the same, that is
found, and the event waits outside the registry until they do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from fieldsync.events.reading import ARRIVAL, BIRTH, DEATH, DEPARTURE, NEW_HEAD, Event
from fieldsync.events.residences import HEAD, Residence

BEGINS = {BIRTH: "since", ARRIVAL: "since"}
ENDS = {DEATH: "until", DEPARTURE: "until"}
NEAR = timedelta(days=31)
"""How far the day of an event and that of its stay may lie apart, by what people remember and papers say."""
WITHOUT_STAY, OTHER_DAY = "event_without_stay", "event_date_differs"


def item_of(event: Event) -> str | None:
    """Return the item of a stay in which an event shows; None for one that shows in none."""
    return "relation" if event.type == NEW_HEAD else (BEGINS | ENDS).get(event.type or "")


def telling(event: Event, stays: Iterable[Residence]) -> Residence | None:
    """Return the stay that tells of an event: of its person, in its household, the nearest in time; None for none."""
    item = item_of(event)
    mine = [s for s in stays if s.person == event.person and event.household in (None, s.household)]
    if item == "relation":
        return next((stay for stay in mine if stay.relation == HEAD), None)
    near = [(apart, stay.id, stay) for stay in mine if (apart := _apart(event, stay, item)) is not None]
    return min(near)[2] if near else None


def doubts(event: Event, stays: Sequence[Residence]) -> Iterator[str]:
    """Yield in one word what stays do not say of an event that they should, or say otherwise."""
    item = item_of(event)
    if item is None or event.day is None:
        return
    stay = telling(event, stays)
    if stay is None or (event.type == DEATH and any(_goes_on(event, one) for one in stays)):
        yield WITHOUT_STAY
    elif item != "relation" and stay.day(item) != event.day:
        yield OTHER_DAY


def _apart(event: Event, stay: Residence, item: str | None) -> timedelta | None:
    day = stay.day(item) if item else None
    apart = abs(day - event.day) if day and event.day else None
    return apart if apart is not None and apart <= NEAR else None


def _goes_on(event: Event, stay: Residence) -> bool:
    return stay.person == event.person and stay.until is None

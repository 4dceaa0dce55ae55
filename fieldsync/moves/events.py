"""The events that moves are found by: those of a person that count and that no other corrects. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from fieldsync.documents import Body, data_of
from fieldsync.events.reading import event_of, standing

Events = Iterable[tuple[str, Body]]


def standing_events(of_person: Events, of_household: Callable[[str], Events]) -> list[Body]:
    """Return the events of a person, without those that another corrects.

    What corrects one may name nobody; it is found by the household, with `of_household`, where there is an event.
    """
    own = dict(of_person)
    homes = {home for body in own.values() if isinstance(home := data_of(body).get("household"), str)}
    beside = {name: body for home in sorted(homes) for name, body in of_household(home)}
    stand = standing(event_of(name, data_of(body)) for name, body in (beside | own).items())
    return [own[event.id] for event in stand if event.id in own]

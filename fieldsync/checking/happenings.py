"""Rules between the events of a household and its stays: warnings, since an event never changes. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fieldsync.checking.family import Family, Member
from fieldsync.checking.finding import Hit
from fieldsync.events.implied import OTHER_DAY, WITHOUT_STAY, doubts, item_of, telling
from fieldsync.events.reading import BIRTH, DEATH, Event
from fieldsync.events.residences import Residence
from fieldsync.events.wording import EVENT_WORDS
from fieldsync.telling.phrases import LANGUAGES, word


def event_incomplete(family: Family) -> Iterator[Hit]:
    """Yield the events that lack a known type, a day, or whom they befell."""
    yield from (Hit(event.id, "type") for event in family.events if not event.is_whole(family.today))


def event_without_stay(family: Family) -> Iterator[Hit]:
    """Yield the events of which no stay tells: none begins or ends then, or, after a death, one goes on."""
    stays = _residences(family)
    for event in family.events:
        if WITHOUT_STAY in doubts(event, stays):
            yield Hit(event.id, item_of(event) or "type", _named(family, event))


def event_date_differs(family: Family) -> Iterator[Hit]:
    """Yield the events whose stay begins or ends on another day."""
    stays = _residences(family)
    for event in family.events:
        stay, item = telling(event, stays), item_of(event)
        if stay and item and OTHER_DAY in doubts(event, stays):
            day = str(stay.day(item))
            yield Hit(event.id, "date", {**_named(family, event), "other": dict.fromkeys(LANGUAGES, day)})


def event_person_differs(family: Family) -> Iterator[Hit]:
    """Yield the births and deaths of which the person's own dates say otherwise."""
    for event in family.events:
        member = _member(family, event)
        known = {BIRTH: member.birth, DEATH: member.death}.get(event.type or "") if member else None
        if known and event.day and known != event.day:
            yield Hit(event.id, "date", {**_named(family, event), "other": dict.fromkeys(LANGUAGES, str(known))})


def _residences(family: Family) -> list[Residence]:
    return [member.residence for member in family.members]


def _member(family: Family, event: Event) -> Member | None:
    return next((m for m in family.members if event.person and m.residence.person == event.person), None)


def _named(family: Family, event: Event) -> Mapping[str, Mapping[str, str]]:
    """Return what the messages name: who, what and when."""
    member = _member(family, event)
    names = member.names if member else {"en": "a person", "zh": "某人"}
    what = {language: word(EVENT_WORDS, event.type or "", language) for language in LANGUAGES}
    return {"name": names, "what": what, "day": dict.fromkeys(LANGUAGES, str(event.day))}

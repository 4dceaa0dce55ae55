"""A household as its rules see it: the members with their stays, the dwelling, and the day. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from fieldsync.documents import data_of
from fieldsync.events.reading import Event
from fieldsync.events.residences import HEAD, Residence
from fieldsync.units import Document, Unit

__all__ = ["HEAD", "Family", "Member", "day_of", "overlap"]


@dataclass(frozen=True, slots=True)
class Member:
    """A person of a household through one stay there."""

    stay: Document
    person: Document | None

    @property
    def relation(self) -> str | None:
        """Return the relation to the head, as its code."""
        return _text(self.stay, "relation")

    @property
    def kind(self) -> str | None:
        """Return the kind of stay: usual, registered_only, temporary."""
        return _text(self.stay, "kind")

    @property
    def since(self) -> date | None:
        """Return when the stay began."""
        return day_of(self.stay, "since")

    @property
    def until(self) -> date | None:
        """Return when the stay ended."""
        return day_of(self.stay, "until")

    @property
    def valid_until(self) -> date | None:
        """Return until when a temporary stay is registered."""
        return day_of(self.stay, "registration_valid_until")

    @property
    def birth(self) -> date | None:
        """Return the person's date of birth."""
        return day_of(self.person, "birth_date")

    @property
    def death(self) -> date | None:
        """Return the person's date of death."""
        return day_of(self.person, "death_date")

    @property
    def sex(self) -> str | None:
        """Return the person's sex, GB/T 2261.1: 1 male, 2 female."""
        return _text(self.person, "sex")

    @property
    def names(self) -> dict[str, str]:
        """Return what the person is called, by language."""
        name = _text(self.person, "name")
        return {"en": name or "this person", "zh": name or "此人"}

    @property
    def residence(self) -> Residence:
        """Return the stay as events are held against it."""
        person, household = _text(self.stay, "person"), _text(self.stay, "household")
        return Residence(self.stay.id, person, household, self.since, self.until, self.relation)

    def is_here(self, today: date) -> bool:
        """Tell whether the person belongs to the household on a day."""
        ended = self.until is not None and self.until <= today
        return not ended and not (self.death is not None and self.death <= today)


@dataclass(frozen=True)
class Family:
    """A household with its dwelling and its members.

    `elsewhere` are the members' stays in other households of the cell; `events` what was reported of it and stands;
    `is_complete` tells whether it was handed in as complete: of one that refused nobody knows the members.
    """

    household: Document | None
    dwelling: Document | None
    members: Sequence[Member]
    elsewhere: Sequence[Document]
    today: date
    is_complete: bool = False
    events: Sequence[Event] = ()

    @cached_property
    def present(self) -> list[Member]:
        """Return those who belong to the household today."""
        return [member for member in self.members if member.is_here(self.today)]

    @property
    def is_family(self) -> bool:
        """Tell whether this is a family household, not a collective one."""
        return self.household is not None and data_of(self.household.body).get("type") == "family"

    @property
    def head(self) -> Member | None:
        """Return the head, where there is exactly one."""
        heads = [member for member in self.present if member.relation == HEAD]
        return heads[0] if len(heads) == 1 else None

    @classmethod
    def of(cls, unit: Unit, elsewhere: Sequence[Document], today: date, events: Sequence[Event] = ()) -> Family:
        """Put a unit's documents together."""
        stays = [s for s in unit.subjects.values() if s.kind == "stay" and data_of(s.body).get("household") == unit.id]
        members = [Member(stay, unit.subjects.get(str(data_of(stay.body).get("person")))) for stay in stays]
        household = unit.subjects.get(unit.id) if unit.id.startswith("household:") else None
        home = data_of(household.body).get("dwelling") if household else unit.id
        return cls(
            household=household,
            dwelling=unit.subjects.get(str(home)),
            members=sorted(members, key=lambda member: member.stay.id),
            elsewhere=elsewhere,
            today=today,
            is_complete=any(data_of(s.body).get("result") == "complete" for s in unit.submissions),
            events=events,
        )


def day_of(document: Document | None, name: str) -> date | None:
    """Return an answer as a date; None where it is none (the form's rules say so)."""
    text = _text(document, name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def overlap(one: tuple[date | None, date | None], other: tuple[date | None, date | None]) -> bool:
    """Tell whether two times (from, to; None is open) share more than a day on which one ends and the other begins."""
    begins, ends = max(one[0] or date.min, other[0] or date.min), min(one[1] or date.max, other[1] or date.max)
    return begins < ends


def _text(document: Document | None, name: str) -> str | None:
    value: Any = data_of(document.body).get(name) if document else None
    return value.strip() or None if isinstance(value, str) else None

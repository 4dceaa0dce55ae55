"""Events as documents tell them, and which of them stand. Pure.

An event never changes. A mistake is mended by another of the same cell that `corrects` it: from then on the other one
counts, or nothing, where its type is `mistake`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

KIND = "event"
BIRTH, DEATH, ARRIVAL, DEPARTURE, NEW_HEAD = "birth", "death", "arrival", "departure", "new_head"
SPLIT, JOIN, MISTAKE = "split", "join", "mistake"
OF_PERSON = frozenset({BIRTH, DEATH, ARRIVAL, DEPARTURE, NEW_HEAD})
"""Events that befall a person."""
TYPES = OF_PERSON | {SPLIT, JOIN, MISTAKE}


@dataclass(frozen=True, slots=True)
class Event:
    """An event: its type, whom and which household it befell, on which day, and which other one it corrects."""

    id: str
    type: str | None
    person: str | None
    household: str | None
    day: date | None
    corrects: str | None

    def is_whole(self, today: date) -> bool:
        """Tell whether the event says what a record needs: a known type, a day that has come, and whom it befell."""
        about = self.person if self.type in OF_PERSON else self.corrects if self.type == MISTAKE else self.household
        return self.type in TYPES and self.day is not None and self.day <= today and about is not None


def event_of(event: str, answers: Mapping[str, Any]) -> Event:
    """Return an event from the answers of its document or record."""
    said = {name: _text(answers.get(name)) for name in ("type", "person", "household", "corrects")}
    return Event(event, day=day_of(answers.get("date")), **said)


def standing(events: Iterable[Event]) -> list[Event]:
    """Return the events that no other corrects."""
    events = list(events)
    corrected = {one.corrects for one in events if one.corrects and one.corrects != one.id}
    return [one for one in events if one.id not in corrected]


def day_of(value: object) -> date | None:
    """Return a date as it is written in an answer, or None."""
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None

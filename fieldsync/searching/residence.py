"""Where persons are: their stays, and what follows for the status of a person, a household, a stay, a dwelling. Pure.

A person here but registered elsewhere (人户分离) is one person with two stays that go on: one where they live, and one
of the kind `registered_only`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

REGISTERED_ONLY = "registered_only"


@dataclass(frozen=True, slots=True)
class Stay:
    """One stay of a person, as far as the registry knows it."""

    id: str
    cell: str
    person: str | None
    household: str | None
    kind: str | None
    since: str | None
    until: str | None
    relation: str | None

    @property
    def goes_on(self) -> bool:
        """Tell whether the stay has no end."""
        return self.until is None

    def told(self, is_seen: bool) -> dict[str, Any]:
        """Return the stay for an answer; where its cell is not the asker's, only that it is there."""
        shown: dict[str, Any] = {"id": self.id, "kind": self.kind, "since": self.since, "until": self.until}
        if is_seen:
            shown |= {"cell": self.cell, "household": self.household, "relation": self.relation}
        return {name: value for name, value in shown.items() if value is not None}


def stay_of(stay: str, cell: str, answers: Mapping[str, Any]) -> Stay:
    """Return a stay from the answers of its record."""
    names = ("person", "household", "kind", "since", "until", "relation")
    return Stay(stay, cell, **{name: _text(answers.get(name)) for name in names})


def status_of(kind: str, answers: Mapping[str, Any], stays: Sequence[Stay]) -> str | None:
    """Return the status of a record, `stays` being a person's or a household's; None where nothing is said of it."""
    if kind == "person":
        return _status_of_person(answers, [stay for stay in stays if stay.goes_on])
    if kind == "household":
        lived_in = any(stay.goes_on and stay.kind != REGISTERED_ONLY for stay in stays)
        return "living" if lived_in else "empty"
    if kind == "stay":
        return "ended" if _text(answers.get("until")) else "current"
    return _text(answers.get("occupancy")) if kind == "dwelling" else None


def _status_of_person(answers: Mapping[str, Any], current: Sequence[Stay]) -> str:
    if _text(answers.get("death_date")):
        return "dead"
    registered = [stay for stay in current if stay.kind == REGISTERED_ONLY]
    if not current:
        return "left"
    if len(registered) == len(current):
        return "registered_only"
    return "registered_elsewhere" if registered else "here"


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None

"""Stays as events are held against them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

HEAD = "02"
"""The head of the household, GB/T 4761-2008."""


@dataclass(frozen=True, slots=True)
class Residence:
    """A stay of a person in a household: from when, to when, and in which relation to the head."""

    id: str
    person: str | None
    household: str | None
    since: date | None
    until: date | None
    relation: str | None

    def day(self, item: str) -> date | None:
        """Return the day of one of its ends, `since` or `until`."""
        return self.since if item == "since" else self.until

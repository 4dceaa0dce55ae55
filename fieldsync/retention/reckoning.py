"""From when a document's retention counts: the last time that anything was told or confirmed about it. Pure.

Somebody whose stays have all ended is no longer confirmed by whoever visits the household: then it counts from the last
end, or from what was told later, such as the end itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from fieldsync.clock import parse_time
from fieldsync.documents import RECORDS, kind_of
from fieldsync.ledger import Entry


@dataclass(frozen=True, slots=True)
class Heard:
    """What was last heard: when something was told, when it was confirmed (RFC 3339 in UTC; empty: never).

    `ended` has the last day of each stay that is over, `lasting` tells whether one is not.
    """

    told: str = ""
    confirmed: str = ""
    ended: tuple[date, ...] = ()
    lasting: bool = False

    def __or__(self, other: Heard) -> Heard:
        """Return what was heard of both."""
        return Heard(
            max(self.told, other.told),
            max(self.confirmed, other.confirmed),
            (*self.ended, *other.ended),
            self.lasting or other.lasting,
        )

    def since(self, zone: ZoneInfo) -> date | None:
        """Return the day of the city from which retention counts; None where nothing is known."""
        if self.ended and not self.lasting:
            return max([*self.ended, *_days([self.told], zone)])
        return max(_days([self.told, self.confirmed], zone), default=None)


def told_by(entry: Entry) -> str:
    """Return when a revision's answers were last changed, as far as clocks can be trusted.

    A record was made when its tablet says, if its clock was measured; else when it arrived.
    """
    if entry.is_edit and entry.offset_s is None:
        return entry.arrived
    if kind_of(entry.document) in RECORDS:
        return entry.stamps.get("*", entry.arrived)
    return max(entry.stamps.values(), default=entry.arrived if entry.is_edit else "")


def of_stay(until: object, today: date) -> Heard:
    """Return what a stay's last day says: it has ended, or lasts (also where the day cannot be read)."""
    try:
        day = date.fromisoformat(until[:10]) if isinstance(until, str) and until else None
    except ValueError:
        day = None
    return Heard(ended=(day,)) if day and day <= today else Heard(lasting=True)


def _days(times: Iterable[str], zone: ZoneInfo) -> list[date]:
    moments: list[datetime | None] = [parse_time(text) for text in times]
    return [moment.astimezone(zone).date() for moment in moments if moment]

"""Times: RFC 3339 in and out, and what a tablet's clock is worth.

Pure. A tablet stamps with its own clock. At a push it sends its reading, so its offset is measured, and stamps are
corrected by it. Without a reading a stamp is only bounded: an edit was made after its base was known and before it
arrived. So a clock that is a year off changes nothing but its own evidence.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache


def parse_time(text: object) -> datetime | None:
    """Read an RFC 3339 time with a zone; None where there is none to read."""
    if not isinstance(text, str) or len(text) > 40:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


@lru_cache(maxsize=256)
def write_time(moment: datetime) -> str:
    """Write a time as RFC 3339 in UTC with milliseconds, so that texts sort as times do."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Bearings:
    """What is known about the time of a push: its arrival, and the tablet's offset (arrival less reading)."""

    arrived: datetime
    offset: timedelta | None

    @classmethod
    def taken(cls, reading: str | None, arrived: datetime) -> Bearings:
        """Measure the offset from the tablet's clock reading; an unreadable one counts as none."""
        read = parse_time(reading)
        return cls(arrived, None if read is None else arrived - read)

    @classmethod
    def measured(cls, arrived: datetime, seconds: float | None) -> Bearings:
        """Return what was known at a push, by the offset in seconds that the ledger has of it."""
        return cls(arrived, None if seconds is None else timedelta(seconds=seconds))

    def corrected(self, stamp: object, known_at: datetime | None) -> str:
        """Return a tablet's stamp in the server's time, never later than the arrival.

        `known_at` is when the edit's base was known; it bounds the stamp from below where no offset was measured.
        """
        moment = parse_time(stamp)
        if moment is None:
            return write_time(self.arrived)
        if self.offset is not None:
            return write_time(min(_shifted(moment, self.offset), self.arrived))
        earliest = min(known_at, self.arrived) if known_at else moment
        return write_time(min(max(moment, earliest), self.arrived))


def _shifted(moment: datetime, offset: timedelta) -> datetime:
    try:
        return moment + offset
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)

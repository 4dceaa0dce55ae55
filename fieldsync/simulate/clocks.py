"""The clocks of the day: real time, never the same millisecond twice, and what a tablet makes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fieldsync.clock import write_time

_TICK = timedelta(milliseconds=1)


def wall_clock() -> datetime:
    """Return the real time."""
    return datetime.now(UTC)


class DayClock:
    """Real time in milliseconds, strictly increasing, so that no two edits of the day bear the same stamp."""

    def __init__(self, now: Callable[[], datetime] = wall_clock) -> None:
        self._now = now
        self._last = datetime.min.replace(tzinfo=UTC)

    def now(self) -> datetime:
        """Return the time, at least a millisecond after the last one given."""
        moment = self._now()
        whole = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
        self._last = max(whole, self._last + _TICK)
        return self._last


@dataclass(frozen=True, slots=True)
class TabletClock:
    """The clock of one tablet, which is wrong by `error`."""

    day: DayClock
    error: timedelta = timedelta()

    def reading(self) -> str:
        """Return what the tablet takes for the time, as it writes it."""
        return write_time(self.day.now() + self.error)

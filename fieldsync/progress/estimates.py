"""When a round will be done: an estimate that says how sure it is. Pure.

What was done in the last seven days before today is the pace; what is left, at that pace, is the time. Days are days of
the calendar, so free days are in the pace. Dwellings done are taken for events of a Poisson process: with n of them,
the pace lies between (sqrt(n) - 0.64)² and (sqrt(n + 1) + 0.64)² in seven days, four times of five. Fewer than
ten in a week say nothing. What the pace cannot know: that the last ones are the hardest to meet, who joins and leaves.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

WINDOW_DAYS = 7
LEAST = 10
_Z = 0.64
"""Half of the standard normal's 90th percentile, 1.28: square roots of Poisson counts have a deviation of a half."""
LONGEST_DAYS = 3650


@dataclass(frozen=True, slots=True)
class Estimate:
    """When what is left will be done: the likely day, and between which days four times of five.

    `finish` None: nothing can be said; `latest` None: not within ten years. Where nothing is left it is the last day on
    which something was done. `per_day` is the pace, `left` what is left.
    """

    left: int
    per_day: float
    finish: date | None
    earliest: date | None
    latest: date | None


def estimate(left: int, days: Mapping[str, int], today: date) -> Estimate:
    """Return when so many dwellings will be done, from how many were done on each day (ISO date)."""
    since = today - timedelta(days=WINDOW_DAYS)
    recent = sum(number for day, number in days.items() if since.isoformat() <= day < today.isoformat())
    pace = round(recent / WINDOW_DAYS, 1)
    if left <= 0:
        last = date.fromisoformat(max(days)) if days else None
        return Estimate(0, pace, last, last, last)
    if recent < LEAST:
        return Estimate(left, pace, None, None, None)
    slow, fast = (math.sqrt(recent) - _Z) ** 2, (math.sqrt(recent + 1) + _Z) ** 2
    finish, earliest, latest = (_day(left, number, today) for number in (recent, fast, slow))
    return Estimate(left, pace, finish, earliest, latest)


def _day(left: int, in_window: float, today: date) -> date | None:
    days = math.ceil(left * WINDOW_DAYS / in_window)
    return today + timedelta(days=days) if days <= LONGEST_DAYS else None

"""How long a form lets what is told by it be kept: a duration of whole days and more. Pure.

Source: ISO 8601-1:2019, section 5.5.2.2 (durations by designators), without its times of day and decimals.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

_DURATION = re.compile(r"P(?:(\d{1,3})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?", re.ASCII)
_DAYS_OF_A_MONTH: Final = 365.2425 / 12
LONGEST_YEARS: Final = 200
EXAMPLES: Final = "P5Y, P18M, P90D"


@dataclass(frozen=True, slots=True)
class Retention:
    """A duration: so many months, then so many days."""

    months: int
    days: int

    def after(self, day: date) -> date:
        """Return the day that is so long after another; the last of a month that has no such day."""
        years, month = divmod(day.month - 1 + self.months, 12)
        year = day.year + years
        if year > date.max.year:
            return date.max
        moved = date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
        return moved + timedelta(days=self.days) if self.days <= (date.max - moved).days else date.max

    @property
    def length_days(self) -> float:
        """Return about how many days that is, to tell shorter from longer."""
        return self.months * _DAYS_OF_A_MONTH + self.days


def read_retention(text: str) -> Retention | None:
    """Read a duration such as `P5Y` or `P90D`; None for anything else, and for none or more than 200 years."""
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        return None
    years, months, weeks, days = (int(part or 0) for part in found.groups())
    read = Retention(12 * years + months, 7 * weeks + days)
    return read if 1 <= read.length_days <= LONGEST_YEARS * 12 * _DAYS_OF_A_MONTH else None

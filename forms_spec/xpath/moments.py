"""Dates and times as expressions have them: ISO 8601, days since 1970, and the letters of format-date.

A date or time without an offset is one in the tablet's time zone. Source: ODK XForms, "Date and time functions".
"""

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache

DAY_S = 86400.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OFFSET = r"(?:Z|[+-](?:0\d|1[0-4])(?::?[0-5]\d)?)"
_ISO = re.compile(rf"(\d{{4}})-(\d\d)-(\d\d)(?:T(\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d+))?)?)?({_OFFSET})?)?\Z", re.ASCII)
_UNPADDED = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(T.*)?\Z", re.ASCII)
_TIME = re.compile(rf"\d\d:\d\d(?::[0-5]\d(?:\.\d+)?)?{_OFFSET}?\Z", re.ASCII)


class Moment(float):
    """A moment as days since 1970-01-01T00:00Z, with the text that says it."""

    __slots__ = ("text",)

    text: str


def moment_of(instant: datetime) -> Moment:
    """Return an instant, at midnight of its zone as a date, else as date and time with milliseconds and offset."""
    moment = Moment((instant - _EPOCH) / timedelta(days=1))
    text = instant.isoformat(timespec="milliseconds")
    moment.text = text[:10] if text[10:23] == "T00:00:00.000" else text
    return moment


@lru_cache(maxsize=8192)
def days_of_text(text: str, zone: tzinfo) -> float:
    """Return a date, or a date and time, as days; NaN for any other text."""
    instant = instant_of_text(text, zone)
    return math.nan if instant is None else (instant - _EPOCH) / timedelta(days=1)


def instant_of_text(text: str, zone: tzinfo) -> datetime | None:
    """Read a date, or a date and time, as an instant in a time zone; None for any other text."""
    match = _ISO.match(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    micros = int((fraction or "0")[:6].ljust(6, "0"))
    try:
        naive = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), micros)
        if offset is None:
            return naive.replace(tzinfo=zone)
        return datetime.fromisoformat(naive.isoformat() + offset.replace("Z", "+00:00")).astimezone(zone)
    except (ValueError, OverflowError):
        return None


def instant_of_days(days: float, zone: tzinfo) -> datetime | None:
    """Return the instant that many days after 1970-01-01T00:00Z; None for NaN and beyond the calendar."""
    try:
        return (_EPOCH + timedelta(milliseconds=math.floor(days * DAY_S * 1000 + 0.5))).astimezone(zone)
    except (ValueError, OverflowError):
        return None


def padded(text: str) -> str:
    """Write the month and day of a date with two digits, where one is given."""
    match = _UNPADDED.match(text)
    return f"{match[1]}-{match[2]:0>2}-{match[3]:0>2}{match[4] or ''}" if match else text


def part_of_day(text: str, zone: tzinfo) -> float:
    """Return a time of day as a part of the day in a time zone; NaN for any other text."""
    instant = instant_of_text(f"1970-01-01T{text}", zone) if _TIME.match(text) else None
    if instant is None:
        return math.nan
    return (instant - instant.replace(hour=0, minute=0, second=0, microsecond=0)) / timedelta(days=1)


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LETTERS: dict[str, Callable[[datetime], str]] = {
    "%Y": lambda instant: f"{instant.year:04}",
    "%y": lambda instant: f"{instant.year:04}"[2:],
    "%m": lambda instant: f"{instant.month:02}",
    "%n": lambda instant: str(instant.month),
    "%b": lambda instant: _MONTHS[instant.month - 1],
    "%d": lambda instant: f"{instant.day:02}",
    "%e": lambda instant: str(instant.day),
    "%a": lambda instant: _WEEKDAYS[instant.weekday()],
    "%H": lambda instant: f"{instant.hour:02}",
    "%h": lambda instant: str(instant.hour),
    "%M": lambda instant: f"{instant.minute:02}",
    "%S": lambda instant: f"{instant.second:02}",
    "%3": lambda instant: f"{instant.microsecond // 1000:03}",
}
_LETTER = re.compile("%.")


def formatted(instant: datetime, pattern: str) -> str:
    """Write an instant by the letters of format-date and format-date-time; others stay as they are."""
    return _LETTER.sub(lambda match: _LETTERS[match[0]](instant) if match[0] in _LETTERS else match[0], pattern)

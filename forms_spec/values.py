"""The values of expressions and their conversions: XPath 1.0 with dates, as forms use it.

A value is a text, a number or a boolean; an answer that is not there is the empty text. A date is
its ISO text until it is compared or reckoned with: then it is the number of days since 1970-01-01
(a date without a time at midnight UTC, a time without an offset as UTC, a bare time as a part of a
day). Everything else is XPath 1.0: a text that is no number is NaN, which equals nothing.

Source: XPath 1.0, section 4; ODK XForms, "XPath functions".
"""

import math
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

Value = str | float | bool

_EPOCH = date(1970, 1, 1).toordinal()
_DAY_S = 86400.0
_NUMBER = re.compile(r"-?(?:\d+(?:\.\d*)?|\.\d+)\Z", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
_OFFSET = r"(?:Z|[+-]\d\d(?::?\d\d)?)?"
_TIME = re.compile(rf"(\d\d):(\d\d)(?::(\d\d(?:\.\d+)?))?{_OFFSET}\Z", re.ASCII)
_DATE_TIME = re.compile(rf"\d{{4}}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?{_OFFSET}\Z", re.ASCII)


def to_number(value: Value) -> float:
    """Convert a value to a number; a date becomes days since 1970-01-01, what is no number becomes NaN."""
    if isinstance(value, str):
        text = value.strip()
        return float(text) if _NUMBER.match(text) else temporal_days(text)
    return float(value)


def to_boolean(value: Value) -> bool:
    """Convert a value to a boolean: the empty text, zero and NaN are false."""
    if isinstance(value, float):
        return value != 0 and not math.isnan(value)
    return bool(value)


def to_text(value: Value) -> str:
    """Convert a value to text; whole numbers have no decimal point, no number has an exponent."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    return str(int(value)) if value.is_integer() else format(Decimal(repr(value)), "f")


def is_equal(left: Value, right: Value) -> bool:
    """Compare as XPath's `=` does; two dates or times are also equal when they name the same moment."""
    if isinstance(left, bool) or isinstance(right, bool):
        return to_boolean(left) == to_boolean(right)
    if isinstance(left, str) and isinstance(right, str):
        return left == right or temporal_days(left) == temporal_days(right)
    return to_number(left) == to_number(right)


def temporal_days(text: str) -> float:
    """Return an ISO date, date and time, or time of day as days (see the module); NaN for any other text."""
    if (moment := parse_date(text)) is not None:
        return float(moment.toordinal() - _EPOCH)
    if (instant := parse_date_time(text)) is not None:
        return instant.timestamp() / _DAY_S
    return _part_of_day(text)


def parse_date(text: str) -> date | None:
    """Read `YYYY-MM-DD`; None when it is no such date."""
    try:
        return date.fromisoformat(text) if _DATE.match(text) else None
    except ValueError:
        return None


def parse_date_time(text: str) -> datetime | None:
    """Read an ISO date and time, as UTC when it names no offset; None when it is none."""
    if not _DATE_TIME.match(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _part_of_day(text: str) -> float:
    match = _TIME.match(text)
    if match is None:
        return math.nan
    hours, minutes, seconds = int(match[1]), int(match[2]), float(match[3] or 0)
    return (hours * 3600 + minutes * 60 + seconds) / _DAY_S if _is_clock(hours, minutes, seconds) else math.nan


def _is_clock(hours: int, minutes: int, seconds: float) -> bool:
    return hours < 24 and minutes < 60 and seconds < 61


def is_time(text: str) -> bool:
    """Tell whether a text is a time of day, `HH:MM`, with seconds and offset if given."""
    return not math.isnan(_part_of_day(text))


def date_of(value: Value) -> str:
    """Convert to an ISO date, as `date()` does: from a date's text or a number of days; else the empty text."""
    if isinstance(value, str) and parse_date(value[:10]) is not None:
        return value[:10]
    days = to_number(value)
    if not math.isfinite(days) or abs(days) > 1_000_000:
        return ""
    try:
        return (date(1970, 1, 1) + timedelta(days=math.floor(days))).isoformat()
    except OverflowError:
        return ""

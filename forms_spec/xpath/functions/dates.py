"""Functions about dates and times. Source: ODK XForms, "Date and time functions"."""

import math
from datetime import datetime

from forms_spec.xpath.functions.declared import Function
from forms_spec.xpath.moments import formatted, instant_of_days, instant_of_text, moment_of, padded, part_of_day
from forms_spec.xpath.run import Run
from forms_spec.xpath.values import Value, to_text


def _today(run: Run) -> Value:
    return moment_of(run.circumstances.now.astimezone(run.zone).replace(hour=0, minute=0, second=0, microsecond=0))


def _now(run: Run) -> Value:
    return moment_of(run.circumstances.now.astimezone(run.zone))


def _date(run: Run, value: Value) -> Value:
    """Convert to a date, or to a date and time where one is said; what is none becomes the empty text."""
    instant = _instant(run, value)
    return "" if instant is None else moment_of(instant)


def _instant(run: Run, value: Value) -> datetime | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return instant_of_days(value, run.zone) if math.isfinite(value) else None
    return instant_of_text(padded(to_text(value)), run.zone)


def _decimal_date_time(run: Run, value: Value) -> float:
    instant = _instant(run, value)
    return math.nan if instant is None else float(moment_of(instant))


def _format_date(run: Run, value: Value, pattern: str) -> str:
    instant = instant_of_text(to_text(value), run.zone)
    return "" if instant is None else run.made(formatted(instant, pattern))


DATES: dict[str, Function] = {
    "today": Function((), _today, needs_run=True, is_volatile=True),
    "now": Function((), _now, needs_run=True, is_volatile=True),
    "date": Function(("value",), _date, needs_run=True),
    "date-time": Function(("value",), _date, needs_run=True),
    "decimal-date-time": Function(("value",), _decimal_date_time, needs_run=True),
    "decimal-time": Function(("text",), lambda run, text: part_of_day(text, run.zone), needs_run=True),
    "format-date": Function(("value", "text"), _format_date, needs_run=True),
    "format-date-time": Function(("value", "text"), _format_date, needs_run=True),
}

"""Moments as people ask for them: a time with its zone, or a day, which is asked about as it ends. Pure."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, tzinfo

from fieldsync.clock import parse_time, write_time
from fieldsync.errors import BadInput


def read_moment(text: str | None, zone: tzinfo, field: str = "at") -> str | None:
    """Return a moment as times are kept, in UTC; None for none. Raises BadInput for what is neither day nor time."""
    if text is None:
        return None
    moment = parse_time(text) if len(text) > len("2026-11-23") else _end_of(text, zone)
    if moment is None:
        raise BadInput(
            f"{field} is a day (2026-11-23) or a time with its zone (2026-11-23T08:00:00Z; in an address + is %2B), "
            f"not {text!r:.60}. / 应为日期（2026-11-23）或带时区的时间。",
            field=field,
        )
    return write_time(moment)


def _end_of(text: str, zone: tzinfo) -> datetime | None:
    try:
        following = date.fromisoformat(text) + timedelta(days=1)
    except (ValueError, OverflowError):
        return None
    return datetime.combine(following, time(), zone) - timedelta(milliseconds=1)

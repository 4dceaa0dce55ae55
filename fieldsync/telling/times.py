"""Days and times in the city's time zone, in words.

Pure. What is kept must not grow stale, so it speaks of days by their dates, and of a second day by how it lies to the
first; only what is made for the moment says today and yesterday.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from fieldsync.clock import parse_time

MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def local(at: str | None, zone: ZoneInfo) -> datetime | None:
    """Return a time (RFC 3339) as the city's clocks show it; None where there is none to read."""
    moment = parse_time(at)
    return moment.astimezone(zone) if moment else None


def on_day(day: date, language: str, *, year: int | None = None) -> str:
    """Return `on 3 November` or `11月3日`; with the year where it is not `year`."""
    told = year in (None, day.year)
    if language == "zh":
        return ("" if told else f"{day.year}年") + f"{day.month}月{day.day}日"
    return f"on {day.day} {MONTHS[day.month - 1]}" + ("" if told else f" {day.year}")


def dated(moment: datetime, language: str) -> str:
    """Return `on 3 November 2026 at 15:04` or `2026年11月3日15:04`."""
    day = on_day(moment.date(), language, year=0)
    return f"{day}{moment:%H:%M}" if language == "zh" else f"{day} at {moment:%H:%M}"


def compared(first: datetime, second: datetime, language: str) -> str:
    """Return when the second was, told after the first: `later that day`, `the next day`, `on 3 November`."""
    days = (second.date() - first.date()).days
    if abs(days) > 1:
        return on_day(second.date(), language, year=first.year)
    words = {1: ("the next day", "次日"), -1: ("the day before", "前一天")}
    later = second - first
    same = ("that day", "当天")
    if later >= timedelta(minutes=1):
        same = ("later that day", "当天稍后")
    elif later <= timedelta(minutes=-1):
        same = ("earlier that day", "当天早些时候")
    return words.get(days, same)[language == "zh"]


def seen_from(now: datetime, moment: datetime, language: str) -> str:
    """Return a time as it is spoken of at another: `today at 15:04`, `yesterday at 15:04`, `on 3 November at 15:04`."""
    days = (now.date() - moment.date()).days
    names = {0: ("today", "今天"), 1: ("yesterday", "昨天")}
    named = names.get(days)
    day = named[language == "zh"] if named else on_day(moment.date(), language, year=now.year)
    return f"{day}{moment:%H:%M}" if language == "zh" else f"{day} at {moment:%H:%M}"

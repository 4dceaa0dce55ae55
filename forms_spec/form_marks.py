"""Our own columns of the settings sheet, `attribute::fs:…`: what they say of a form as a whole."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from forms_spec.faults import SETTINGS, Fault
from forms_spec.resemblance import did_you_mean
from forms_spec.retention import EXAMPLES, LONGEST_YEARS, read_retention
from forms_spec.xform_binds import BOOLEANS

_HEADER = re.compile(r"attribute\s*::?\s*fs\s*:\s*(\S*)", re.IGNORECASE)
_TITLE = "title-"

MARKS: dict[str, tuple[Callable[[str], bool], str, str]] = {
    "retention": (
        lambda value: read_retention(value) is not None,
        f"a duration of whole days, weeks, months or years, at most {LONGEST_YEARS} years: {EXAMPLES}",
        f"以天、周、月或年为单位的时长（ISO 8601，最长 {LONGEST_YEARS} 年）：{EXAMPLES}",
    ),
    "sealed": ((lambda value: value.lower() in BOOLEANS), "yes or no", " yes 或 no"),
}
"""For each column: whether it allows a value, and what it allows in words, in English and Chinese."""


def form_marks(headers: Iterable[str]) -> dict[str, str]:
    """Return those headers of the settings sheet that are our columns, with the name behind `fs:`."""
    matches = {header: _HEADER.fullmatch(header.strip()) for header in headers}
    return {header: match[1] for header, match in matches.items() if match}


def check_form_marks(settings: Iterable[Mapping[str, Any]]) -> Iterator[Fault]:
    """Yield the faults of what our columns of the settings sheet say; titles may say anything."""
    for row in settings:
        for header, name in form_marks(row).items():
            value = str(row[header] or "").strip()
            if name not in MARKS and not name.startswith(_TITLE):
                yield _unknown(header, name)
            elif name in MARKS and value and not MARKS[name][0](value):
                yield _bad_value(header, value, *MARKS[name][1:])


def _unknown(header: str, name: str) -> Fault:
    english, chinese = did_you_mean(name, MARKS)
    known = [f"attribute::fs:{mark}" for mark in (*MARKS, f"{_TITLE}en")]
    return Fault(
        code="column-unknown",
        message=f"There is no column '{header}' in the settings sheet.{english}",
        message_zh=f"settings 工作表没有名为“{header}”的列。{chinese}",
        remedy=f"Use one of: {', '.join(known)}.",
        remedy_zh=f"可用的列：{'、'.join(known)}。",
        sheet=SETTINGS,
        row=1,
        column=header,
    )


def _bad_value(header: str, value: str, allowed: str, allowed_zh: str) -> Fault:
    return Fault(
        code="column-value",
        message=f"'{value[:60]}' is not allowed in {header}.",
        message_zh=f"{header} 列不允许填写“{value[:60]}”。",
        remedy=f"Write {allowed}.",
        remedy_zh=f"请填写{allowed_zh}。",
        sheet=SETTINGS,
        row=2,
        column=header,
    )

"""Our own columns of the settings sheet, `attribute::fs:…`: what they say of a form as a whole."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from forms_spec.faults import SETTINGS, Fault
from forms_spec.marks import Allowed, bad_value, unknown_column, yes_or_no
from forms_spec.retention import EXAMPLES, LONGEST_YEARS, read_retention

_HEADER = re.compile(r"attribute\s*::?\s*fs\s*:\s*(\S*)", re.IGNORECASE)
_TITLE = "title-"

MARKS: dict[str, Allowed] = {
    "retention": Allowed(
        lambda value: read_retention(value) is not None,
        f"a duration of whole days, weeks, months or years, at most {LONGEST_YEARS} years: {EXAMPLES}",
        f"以天、周、月或年为单位的时长（ISO 8601，最长 {LONGEST_YEARS} 年）：{EXAMPLES}",
    ),
    "sealed": yes_or_no(),
}
"""What each column may say."""


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
                yield unknown_column(header, name, "attribute::fs:", (*MARKS, f"{_TITLE}en"), SETTINGS)
            elif name in MARKS and value and not MARKS[name].allows(value):
                yield bad_value(header, value, MARKS[name], SETTINGS, 2)

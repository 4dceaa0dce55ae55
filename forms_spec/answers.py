"""Answers as JSON holds them: when one is absent, whether it is of its question's type, its value.

| type | in JSON |
|---|---|
| integer, decimal | a number; also its text |
| select_multiple, rank | a list of texts; also one text with blanks between, as ODK writes it |
| date, time, dateTime | ISO 8601 text |
| geopoint | the text "lat lon [altitude [accuracy]]"; geotrace and geoshape: points with ";" between |
| repeat | a list of objects |
| acknowledge | "OK" or true |
| any other | text; a calculate may be any scalar |
"""

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC
from typing import Any

from forms_spec.spec import Field
from forms_spec.xpath.moments import instant_of_text, part_of_day
from forms_spec.xpath.values import text_of_number

_INTEGER = re.compile(r"-?\d{1,18}\Z", re.ASCII)
_DECIMAL = re.compile(r"-?(?:\d+(?:\.\d*)?|\.\d+)\Z", re.ASCII)


def is_absent(answer: Any) -> bool:
    """Tell whether there is no answer: null, blank text, or an empty list."""
    return answer is None or answer == [] or (isinstance(answer, str) and not answer.strip())


def selected_values(answer: Any) -> list[str]:
    """Return the choices that an answer names, from a list or from a text with blanks between."""
    return answer.split() if isinstance(answer, str) else [str(value) for value in answer]


def text_of(answer: Any) -> str:
    """Return an answer as expressions see it; what none can hold is the empty text."""
    if isinstance(answer, str):
        return answer
    if isinstance(answer, bool):
        return "true" if answer else "false"
    if isinstance(answer, int | float):
        return text_of_number(float(answer)) if abs(answer) < 1e300 else ""
    if isinstance(answer, list) and all(isinstance(value, str) for value in answer):
        return " ".join(answer)
    return ""


def recorded_text(field: Field, answer: Any) -> str:
    """Return the answer to a question as expressions see it: a decimal number has a point, as on tablets."""
    text = text_of(answer)
    return f"{text}.0" if field.type == "decimal" and _INTEGER.match(text) else text


def is_of_type(field: Field, answer: Any) -> bool:
    """Tell whether an answer that is not absent has the type of its field."""
    if field.ref is not None:
        return isinstance(answer, str) and answer.startswith(f"{field.ref}:") and len(answer) > len(field.ref) + 1
    return _TYPES.get(field.type, _is_text)(answer)


def _is_text(answer: Any) -> bool:
    return isinstance(answer, str)


def _is_integer(answer: Any) -> bool:
    if isinstance(answer, str):
        return _INTEGER.match(answer) is not None
    return _is_number(answer) and float(answer).is_integer()


def _is_decimal(answer: Any) -> bool:
    if isinstance(answer, str):
        return _DECIMAL.match(answer) is not None
    return _is_number(answer)


def _is_number(answer: Any) -> bool:
    return isinstance(answer, int | float) and not isinstance(answer, bool) and abs(answer) < 1e300


def _is_selection(answer: Any) -> bool:
    return isinstance(answer, str) or (isinstance(answer, list) and all(isinstance(value, str) for value in answer))


def _is_date(answer: Any) -> bool:
    return isinstance(answer, str) and len(answer) == 10 and instant_of_text(answer, UTC) is not None


def _is_date_time(answer: Any) -> bool:
    return isinstance(answer, str) and len(answer) > 13 and instant_of_text(answer, UTC) is not None


def _is_time(answer: Any) -> bool:
    return isinstance(answer, str) and not math.isnan(part_of_day(answer, UTC))


def _is_point(answer: Any) -> bool:
    if not isinstance(answer, str):
        return False
    parts = answer.split()
    if not 2 <= len(parts) <= 4 or not all(_DECIMAL.match(part) for part in parts):
        return False
    return abs(float(parts[0])) <= 90 and abs(float(parts[1])) <= 180


def _is_line(answer: Any) -> bool:
    if not isinstance(answer, str):
        return False
    points = [point for point in answer.split(";") if point.strip()]
    return bool(points) and all(map(_is_point, points))


def _is_acknowledgement(answer: Any) -> bool:
    return answer is True or answer == "OK"


def _is_members(answer: Any) -> bool:
    return isinstance(answer, list) and all(isinstance(member, Mapping) for member in answer)


def _is_scalar(answer: Any) -> bool:
    return isinstance(answer, str | bool) or _is_number(answer)


_TYPES: dict[str, Callable[[Any], bool]] = {
    "integer": _is_integer,
    "decimal": _is_decimal,
    "range": _is_decimal,
    "select_multiple": _is_selection,
    "rank": _is_selection,
    "date": _is_date,
    "dateTime": _is_date_time,
    "time": _is_time,
    "geopoint": _is_point,
    "geotrace": _is_line,
    "geoshape": _is_line,
    "acknowledge": _is_acknowledgement,
    "repeat": _is_members,
    "calculate": _is_scalar,
}

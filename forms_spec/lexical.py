"""Answers as JSON values, and as the text that an XForm instance holds: both ways, without loss.

| type | JSON | XForms text |
|---|---|---|
| integer, decimal, range | a number | its digits, no exponent |
| select_multiple, rank | a list of names | the names with one blank between |
| acknowledge | "OK", true | `OK` |
| any other | text | the same text |

A text is read as a number or a list only where that value is written as this very text: `007`, `5.50`
and an identity number of 18 digits stay texts, which every reader of answers takes too. Hence
`to_text(kind, from_text(kind, text)) == text` for every text. The other way round a value may need more
than its text, as the text "5" of an integer question; `needs_json` tells.

Source: ODK XForms specification, "Data types".
"""

import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

MAX_SAFE_INTEGER = 2**53 - 1
"""The largest whole number that every reader of JSON keeps exactly, JavaScript's among them."""

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,15})(\.[0-9]{1,17})?")
_BLANKS = re.compile(r"[ \t\r\n]+")


def to_text(kind: str, value: Any) -> str:
    """Write an answer to a question of the type `kind` as XForms text; no answer is the empty text.

    A value that is not of its type is written too: booleans as `true` and `false`, objects as JSON.
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "OK" if value and kind == "acknowledge" else str(value).lower()
    if isinstance(value, int | float):
        return _number_text(value)
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return " ".join(value)
    return to_json(value)


def from_text(kind: str, text: str) -> Any:
    """Read XForms text as the answer to a question of the type `kind`; a text that is none stays a text."""
    read = _READERS.get(kind)
    if read is None or not text:
        return text
    value = read(text)
    return value if to_text(kind, value) == text else text


def needs_json(kind: str, value: Any) -> bool:
    """Tell whether the text of a value would not be read as this value again."""
    return to_json(from_text(kind, to_text(kind, value))) != to_json(value)


def to_json(value: Any) -> str:
    """Write a value as JSON in ASCII, which any XML can hold."""
    return json.dumps(value, separators=(",", ":"))


def _number_text(number: float) -> str:
    text = repr(number)
    return format(Decimal(text), "f") if "e" in text else text


def _read_number(text: str) -> Any:
    match = _NUMBER.fullmatch(text)
    if match is None:
        return text
    if match[1]:
        return float(text)
    return int(text) if abs(int(text)) <= MAX_SAFE_INTEGER else text


def _read_names(text: str) -> list[str]:
    return _BLANKS.split(text)


_READERS: dict[str, Callable[[str], Any]] = {
    "integer": _read_number,
    "decimal": _read_number,
    "range": _read_number,
    "select_multiple": _read_names,
    "rank": _read_names,
}

"""The values of expressions and their conversions: XPath 1.0 with moments in time, as tablets reckon.

A value is a text, a number, a boolean, a moment, or a list of nodes. An answer that is not there is a
node with the empty text. A moment is a number, the days since 1970-01-01 at 00:00 UTC, that remembers
how it is written; the text of a date is reckoned with as such a number. A text that is no number is NaN,
which equals nothing and is written as the empty text.

Source: XPath 1.0, sections 3.4 and 4; ODK XForms, "XPath functions"; numbers are written as ECMAScript's.
"""

import math
import re
from collections.abc import Callable
from datetime import tzinfo
from decimal import Decimal
from typing import TypeAlias

from forms_spec.xpath.moments import Moment, days_of_text
from forms_spec.xpath.nodes import Node

Value: TypeAlias = "str | float | bool | list[Node]"
"""A `Moment` is a float."""

_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?\Z", re.ASCII)
_BLANKS = " \t\r\n"


def to_number(value: Value, zone: tzinfo) -> float:
    """Convert a value to a number; the text of a date becomes days, what is no number becomes NaN."""
    if isinstance(value, list):
        return number_of_text(value[0].text, zone) if value else math.nan
    if isinstance(value, str):
        return number_of_text(value, zone)
    return float(value)


def number_of_text(text: str, zone: tzinfo) -> float:
    """Read a number, or a date as days; anything else is NaN."""
    trimmed = text.strip(_BLANKS)
    if _NUMBER.match(trimmed):
        return float(trimmed)
    return days_of_text(text, zone) if "-" in text else math.nan


def to_boolean(value: Value) -> bool:
    """Convert a value to a boolean: the empty text, zero, NaN and no nodes are false."""
    if isinstance(value, float):
        return value != 0 and value == value
    return bool(value)


def to_text(value: Value) -> str:
    """Convert a value to text; of nodes the first one's."""
    if isinstance(value, list):
        return value[0].text if value else ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.text if isinstance(value, Moment) else text_of_number(value)


def text_of_number(number: float) -> str:
    """Write a number: whole ones without a point, NaN as nothing, very large and small ones with an exponent."""
    if not math.isfinite(number):
        return "" if math.isnan(number) else ("Infinity" if number > 0 else "-Infinity")
    size = abs(number)
    if number.is_integer() and size < 1e21:
        return str(int(number))
    if 1e-6 <= size < 1e21:
        return format(Decimal(repr(number)), "f")
    mantissa, _, exponent = repr(number).partition("e")
    return f"{mantissa}e{int(exponent):+d}"


def texts_of(value: Value) -> list[str]:
    """Return the texts of all nodes, or the one text of any other value."""
    return [node.text for node in value] if isinstance(value, list) else [to_text(value)]


def is_equal(left: Value, right: Value, zone: tzinfo) -> bool:
    """Compare as `=` does: of nodes, whether any of them is equal."""
    if isinstance(left, bool) or isinstance(right, bool):
        return to_boolean(left) == to_boolean(right)
    if isinstance(left, list):
        return any(_are_equal(node.text, right, zone) for node in left)
    if isinstance(right, list):
        return any(_are_equal(node.text, left, zone) for node in right)
    return _are_equal(left, right, zone)


def is_different(left: Value, right: Value, zone: tzinfo) -> bool:
    """Compare as `!=` does: of nodes, whether any of them differs."""
    if isinstance(left, bool) or isinstance(right, bool):
        return to_boolean(left) != to_boolean(right)
    return any(not _are_equal(one, other, zone) for one in _each(left) for other in _each(right))


def _are_equal(left: str | float, right: Value, zone: tzinfo) -> bool:
    if isinstance(right, list):
        return any(_are_equal(left, node.text, zone) for node in right)
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    return to_number(left, zone) == to_number(right, zone)


def _each(value: str | float | list[Node]) -> list[str] | list[str | float]:
    return [node.text for node in value] if isinstance(value, list) else [value]


def is_in_order(left: Value, right: Value, zone: tzinfo, holds: Callable[[float, float], bool]) -> bool:
    """Compare by size: of nodes, whether any of them is in order."""
    if not isinstance(left, list) and not isinstance(right, list):
        return holds(to_number(left, zone), to_number(right, zone))
    ones = [number_of_text(node.text, zone) for node in left] if isinstance(left, list) else [to_number(left, zone)]
    others = (
        [number_of_text(node.text, zone) for node in right] if isinstance(right, list) else [to_number(right, zone)]
    )
    return any(holds(one, other) for one in ones for other in others)

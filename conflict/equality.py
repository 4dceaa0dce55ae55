"""JSON equality, and what a document may have instead of a value.

JSON has one kind of number and a separate kind of truth value: `1` is `1.0`, and neither is `true`. Python says
otherwise, so documents are compared here and nowhere with `==`.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final


class Absent(Enum):
    """The value of an item that a document does not have."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT


@dataclass(frozen=True, slots=True)
class Missing:
    """The value of an item that was asked for and not given, with the reason."""

    reason: str


def json_equal(a: Any, b: Any) -> bool:
    """Tell whether two JSON values are equal: booleans are not numbers, 1 is 1.0, arrays ordered, objects not."""
    if a is b:
        return True
    kind, other = type(a), type(b)
    if kind is str or other is str:
        return bool(a == b)
    if kind is bool or other is bool:
        return False
    if kind is dict and other is dict:
        return _objects_equal(a, b)
    if kind is list and other is list:
        return _arrays_equal(a, b)
    return bool(a == b)


def _objects_equal(a: dict[str, Any], b: dict[str, Any]) -> bool:
    if len(a) != len(b):
        return False
    for name, value in a.items():  # noqa: SIM110 - a loop costs one frame per level of nesting, a generator two
        if not json_equal(value, b.get(name, ABSENT)):
            return False
    return True


def _arrays_equal(a: list[Any], b: list[Any]) -> bool:
    if len(a) != len(b):
        return False
    for left, right in zip(a, b, strict=True):  # noqa: SIM110 - as above
        if not json_equal(left, right):
            return False
    return True


def json_key(value: Any) -> Hashable:
    """Return a hashable key that two values share exactly when they are equal as JSON."""
    match value:
        case str() | None:
            return value
        case bool():
            return ("truth", value)
        case int() | float():
            return ("number", value)
        case list():
            return ("array", *map(json_key, value))
        case dict():
            return ("object", frozenset((name, json_key(part)) for name, part in value.items()))
        case Missing():
            return ("missing", value.reason)
    if isinstance(value, Hashable):
        return ("other", value)
    raise TypeError(f"a {type(value).__name__} is not a JSON value; convert it before merging")

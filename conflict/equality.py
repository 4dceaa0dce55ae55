"""JSON equality, and the value of an item in a document.

JSON has one kind of number and a separate kind of truth value: `1` is `1.0`, and neither is `true`. Python says
otherwise, so documents are compared here and nowhere with `==`.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from conflict.rules import Rules


class Absent(Enum):
    """The value of an item that a document does not have."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT


@dataclass(frozen=True, slots=True)
class Missing:
    """The value of an item that was asked for and not given, with the reason."""

    reason: str


Document = tuple[Mapping[str, Any], Mapping[str, str]]
"""The data of a document, and its reasons for what is missing."""
_NOTHING: Final[Document] = ({}, {})
_SCALARS: Final = frozenset({str, int, float, bool, type(None)})


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


def item_value(data: Mapping[str, Any], missing: Mapping[str, str], item: str, rules: Rules) -> Any:
    """Return the value of an item in a document.

    ABSENT where it has none of the item's fields; for a group an object of its present fields. A reason for a missing
    answer is a value too, written as Missing; an answer hides a reason given beside it.
    """
    if not rules.is_group(item):
        field = rules.fields_of(item)[0]
        return data[field] if field in data else _field_value(data, missing, field)
    parts = {field: _field_value(data, missing, field) for field in rules.fields_of(item)}
    return {field: part for field, part in parts.items() if part is not ABSENT} or ABSENT


def _field_value(data: Mapping[str, Any], missing: Mapping[str, str], field: str) -> Any:
    if field in data:
        return data[field]
    return Missing(missing[field]) if field in missing else ABSENT


def changes(before: Document, after: Document, rules: Rules) -> dict[str, Any]:
    """Return the items that differ between two documents, each with its value afterwards."""
    items = set(map(rules.item_of, _changed_fields(before[0], after[0])))
    if before[1] or after[1]:
        items.update(_items_with_other_reasons(before, after, rules))
    return {item: item_value(*after, item, rules) for item in items}


def _changed_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    changed = []
    for field, value in after.items():
        old = before.get(field, ABSENT)
        if value == old and type(value) is type(old) and type(value) in _SCALARS:
            continue  # the short way for nearly every field
        if not json_equal(value, old):
            changed.append(field)
    return changed if before.keys() <= after.keys() else changed + [field for field in before if field not in after]


def _items_with_other_reasons(before: Document, after: Document, rules: Rules) -> Iterable[str]:
    for field in before[1].keys() | after[1].keys():
        if before[1].get(field) != after[1].get(field):
            item = rules.item_of(field)
            if not json_equal(item_value(*before, item, rules), item_value(*after, item, rules)):
                yield item


def changed_items(before: Document | None, after: Document, rules: Rules) -> tuple[str, ...]:
    """Return the items that differ between two documents, sorted; without a first one, each item that has a value."""
    return tuple(sorted(changes(before or _NOTHING, after, rules)))

"""Items of a document: their values, which of them differ between two documents, and setting them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from conflict.equality import ABSENT, Missing, json_equal
from conflict.rosters import Flat, flatten, unflatten
from conflict.rules import Rules

Document = tuple[Mapping[str, Any], Mapping[str, str]]
"""The data of a document, and its reasons for what is missing."""
_NOTHING: Final[Document] = ({}, {})


def item_value(data: Mapping[str, Any], missing: Mapping[str, str], item: str, rules: Rules) -> Any:
    """Return the value of an item in a document.

    ABSENT where it has none of the item's fields; for a group an object of its present fields. A reason for a missing
    answer is a value too, written as Missing; an answer hides a reason given beside it. A roster itself is `[]`, a
    member of one the object of its key, the order of the members the list of their names.
    """
    return flat_value(flatten(data, rules) if rules.rosters else data, missing, item, rules)


def flat_value(flat: Mapping[str, Any], missing: Mapping[str, str], item: str, rules: Rules) -> Any:
    """Return the value of an item among flat fields; what has no rosters is flat."""
    field = rules.field_of(item)
    if field is not None:
        return flat[field] if field in flat else _field_value(flat, missing, field)
    parts = {field: _field_value(flat, missing, field) for field in rules.fields_of(item)}
    return {field: part for field, part in parts.items() if part is not ABSENT} or ABSENT


def _field_value(data: Mapping[str, Any], missing: Mapping[str, str], field: str) -> Any:
    if field in data:
        return data[field]
    return Missing(missing[field]) if field in missing else ABSENT


def changed_items(before: Document | None, after: Document, rules: Rules) -> tuple[str, ...]:
    """Return the items that differ between two documents, sorted; without a first one, each item that has a value.

    A member removed is one item, whatever it held. The order of a roster has changed where members of both documents
    stand in another order.
    """
    return tuple(sorted(changed_values(before, after, rules)))


def changed_values(before: Document | None, after: Document, rules: Rules) -> dict[str, Any]:
    """Return the items that differ between two documents, as `changed_items` has them, each with its later value."""
    if rules.rosters:
        before, after = flat_document(before or _NOTHING, rules), flat_document(after, rules)
    return flat_changes(before or _NOTHING, after, rules)


def flat_document(document: Document, rules: Rules) -> tuple[Flat, Mapping[str, str]]:
    """Return a document with flat fields."""
    return flatten(document[0], rules), document[1]


def flat_changes(before: Document, after: Document, rules: Rules) -> dict[str, Any]:
    """Return the items that differ between two documents of flat fields, each with its value afterwards."""
    items = set(map(rules.item_of, _changed_fields(before[0], after[0])))
    if before[1] or after[1]:
        items.update(_items_with_other_reasons(before, after, rules))
    if rules.rosters:
        items = {item for item in items if _is_told(item, before, after, rules)}
    data, missing = after
    found: dict[str, Any] = {}
    for item in items:
        field = rules.field_of(item)
        if field is not None and field in data:  # as nearly all are
            found[item] = data[field]
        else:
            found[item] = flat_value(data, missing, item, rules)
    return found


def _changed_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    found = before.get
    changed = [
        field
        for field, value in after.items()
        # What Python calls different is different in JSON too; the other way round only texts are sure.
        if value != found(field) or (type(value) is not str and not json_equal(value, found(field, ABSENT)))
    ]
    if len(before) == len(after) and all(map(before.__contains__, changed)):
        return changed  # a field that is new is among these: there is none, so that none is gone
    return changed + [field for field in before if field not in after]


def _items_with_other_reasons(before: Document, after: Document, rules: Rules) -> Iterable[str]:
    for field in before[1].keys() | after[1].keys():
        if before[1].get(field) != after[1].get(field):
            item = rules.item_of(field)
            if not json_equal(flat_value(*before, item, rules), flat_value(*after, item, rules)):
                yield item


def _is_told(item: str, before: Document, after: Document, rules: Rules) -> bool:
    """Tell whether a difference is a change of its own, and does not follow from that of a member."""
    if "[" not in item and item not in rules.rosters:
        return True
    if any(rules.is_member(one) and one not in _members(after) for one in rules.around(item)):
        return False
    if rules.is_member(item):
        return item in _members(after) or item in _members(before)
    if rules.is_order(item):
        return is_moved(before[0].get(item, ()), after[0].get(item, ()))
    if rules.is_roster(item):
        return f"{item}[]" not in after[0] or flat_value(*before, item, rules) is not ABSENT
    return True


def _members(document: Document) -> set[str]:
    return document[0].members if isinstance(document[0], Flat) else set()


def is_moved(before: Iterable[str], after: Iterable[str]) -> bool:
    """Tell whether names that are in both lists stand in another order."""
    before, after = tuple(before), tuple(after)
    olds, news = set(before), set(after)
    return [name for name in before if name in news] != [name for name in after if name in olds]


def same_value(item: str, one: Any, other: Any, rules: Rules) -> bool:
    """Tell whether two values of an item say the same; orders do where members in both stand in the same order."""
    if isinstance(one, list) and isinstance(other, list) and rules.is_order(item):
        return not is_moved(one, other)
    return json_equal(one, other)


def set_items(document: Document, values: Mapping[str, Any], rules: Rules) -> tuple[dict[str, Any], dict[str, str]]:
    """Return a document's data and reasons with these values of items; ABSENT takes an item away.

    A field of a member that is not there cannot be set: nothing is written for it.
    """
    data: dict[str, Any] = dict(flatten(document[0], rules) if rules.rosters else document[0])
    missing = dict(document[1])
    for item, value in values.items():
        put_item(data, missing, item, value, rules)
    return (unflatten(data, rules) if rules.rosters else data), missing


def put_item(data: dict[str, Any], missing: dict[str, str], item: str, value: Any, rules: Rules) -> None:
    """Set an item among flat fields, data and reasons together."""
    field = rules.field_of(item)
    if field is not None:
        _put_field(data, missing, field, value)
        return
    for name in rules.fields_of(item):
        _put_field(data, missing, name, value.get(name, ABSENT) if isinstance(value, Mapping) else ABSENT)


def _put_field(data: dict[str, Any], missing: dict[str, str], name: str, value: Any) -> None:
    if value is ABSENT or isinstance(value, Missing):
        data.pop(name, None)
    else:
        data[name] = value
    if isinstance(value, Missing):
        missing[name] = value.reason
    elif missing:
        missing.pop(name, None)

"""Records as they are shown: sensitive values covered, as they are now or as they were known at a moment. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from fieldsync.kinds import Kinds
from fieldsync.masking import masked_stored
from fieldsync.registry import Item, Record


def shown(record: Record, kinds: Kinds, *, reveal: bool = False) -> dict[str, Any]:
    """Return a record with all it keeps, its sensitive values masked unless they are to be revealed."""
    built: dict[str, Any] = msgspec.to_builtins(record)
    if reveal:
        return built
    for name, item in built.get("items", {}).items():
        item["value"] = masked_value(record.kind, name, item["value"], kinds)
        for earlier in item.get("before", ()):
            earlier["value"] = masked_value(record.kind, name, earlier["value"], kinds)
    for told in built.get("reconciled", {}).values():
        told.update({name: masked_value(record.kind, name, value, kinds) for name, value in told.items()})
    return built


def masked_value(kind: str, item: str, value: dict[str, Any], kinds: Kinds) -> dict[str, Any]:
    """Return an item's value as the registry keeps it, masked where it is sensitive."""
    rules = kinds.merge_rules(kind)
    return masked_stored(value, item, rules.fields_of(item), kinds.masks(kind))


def as_known_at(record: Record, moment: str) -> Record | None:
    """Return what the registry knew of a record at a moment (as `write_time` writes it); None: nothing yet.

    An item has the last value that had been admitted by then, and what it had been before. That two records are one
    person is told as it is now.
    """
    known = {name: held for name, item in record.items.items() if (held := _known_at(item, moment))}
    if not known:
        return None
    confirmed = record.confirmed if record.confirmed and str(record.confirmed.get("at", "")) <= moment else None
    return msgspec.structs.replace(record, items=known, reconciled={}, confirmed=confirmed)


def values_of(item: Item) -> Iterable[dict[str, Any]]:
    """Yield what an item is and was, newest first, each without what was before it."""
    built: dict[str, Any] = msgspec.to_builtins(item)
    before = built.pop("before", [])
    yield built
    yield from before


def entered_at(value: dict[str, Any]) -> str:
    """Return when a value entered the registry."""
    return str(value.get("admitted_at") or value["at"])


def _known_at(item: Item, moment: str) -> Item | None:
    written = list(values_of(item))
    at = next((n for n, value in enumerate(written) if entered_at(value) <= moment), None)
    if at is None:
        return None
    return msgspec.convert({**written[at], "before": written[at + 1 :]}, Item)

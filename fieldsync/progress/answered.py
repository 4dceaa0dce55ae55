"""Which items of a cell's documents have answers, and why others have none. Pure.

Most documents of a kind have answers to the same items. So it is kept as patterns, each with a number, and the number
of its pattern for each document: a change is counted without reading the rest.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

import msgspec

REASONS = ("refused", "unknown", "not_asked", "other")
"""Why an item has no answer; `other` is a reason that no form knows."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,99}")
_NOTHING: tuple[Any, ...] = (None, "", [], {})


class ItemCount(msgspec.Struct, array_like=True):
    """How many documents have an answer to an item, and how many a reason instead."""

    present: int = 0
    refused: int = 0
    unknown: int = 0
    not_asked: int = 0
    other: int = 0

    def add(self, more: ItemCount) -> None:
        """Add the counts of other documents."""
        for name in ("present", *REASONS):
            setattr(self, name, getattr(self, name) + getattr(more, name))


class Answered(msgspec.Struct):
    """The documents of a cell by kind, and the counts of each item by kind."""

    documents: dict[str, int] = {}
    items: dict[str, dict[str, ItemCount]] = {}


def pattern_of(kind: str, data: Mapping[str, Any], missing: Mapping[str, Any]) -> str:
    """Return which items of a document have an answer, and which a reason, as one text."""
    present = sorted(name for name, value in data.items() if value not in _NOTHING and _NAME.fullmatch(name))
    without = (f"{name}={_reason(missing[name])}" for name in sorted(missing) if _NAME.fullmatch(name))
    known = set(present)
    return "|".join((kind, ",".join(present), ",".join(one for one in without if one.partition("=")[0] not in known)))


def without_unused(patterns: Mapping[str, int], filled: Mapping[str, int]) -> dict[str, int]:
    """Return the patterns that a document has."""
    used = set(filled.values())
    return {pattern: number for pattern, number in patterns.items() if number in used}


def answered_of(patterns: Mapping[str, int], filled: Mapping[str, int]) -> Answered:
    """Count the documents and items of a cell."""
    weights = Counter(filled.values())
    documents: Counter[str] = Counter()
    items: dict[str, dict[str, ItemCount]] = defaultdict(lambda: defaultdict(ItemCount))
    for pattern, number in patterns.items():
        kind, present, missing = pattern.split("|")
        documents[kind] += weights[number]
        for name in filter(None, present.split(",")):
            items[kind][name].present += weights[number]
        for one in filter(None, missing.split(",")):
            name, _, reason = one.partition("=")
            count = items[kind][name]
            setattr(count, reason, getattr(count, reason) + weights[number])
    return Answered(dict(documents), {kind: dict(found) for kind, found in items.items()})


def _reason(value: object) -> str:
    return value if isinstance(value, str) and value in REASONS else "other"

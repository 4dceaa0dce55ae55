"""Pushed documents through intake and resolve, on the embedded store, by one tablet after the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fieldsync.bench.template import Town, data_of_person, named, town
from fieldsync.bench.work import Watch, Work
from fieldsync.stores.base import Store

_PER_PUSH = 100
_EVERY = 10
"""Of so many documents one was changed by another tablet as well."""


def measure_pipeline(store: Store, folder: Path, count: int, items: int = 40) -> list[Work]:
    """Push so many new documents, then an edit of one item to each, and to a tenth of them another tablet's too."""
    with town(store, folder) as at:
        persons = {named("person", n): data_of_person(n, items) for n in range(count)}
        new = _pushed(at, "new documents", {"li.na": list(at.pushes("li.na", persons, ahead=True))})
        held = _ledger_bytes(at)
        edits = {i: {**data, "item_03": "changed"} for i, data in persons.items()}
        others = {i: {**data, "item_05": "changed too"} for i, data in list(persons.items())[::_EVERY]}
        pushes = {"li.na": list(at.pushes("li.na", edits)), "wang.fang": list(at.pushes("wang.fang", others))}
        edited = _pushed(at, "edits, a tenth merged", pushes)
        edited.more["ledger_bytes_each"] = round((_ledger_bytes(at) - held) / edited.count)
        return [new, edited]


def _pushed(at: Town, name: str, pushes: dict[str, list[bytes]]) -> Work:
    count = sum(len(raw) for raw in pushes.values())
    watch = Watch()
    for user, raw in pushes.items():
        for start in range(0, len(raw), _PER_PUSH):
            at.take(user, raw[start : start + _PER_PUSH])
    more: dict[str, Any] = {"pushed_bytes_each": sum(len(one) for raw in pushes.values() for one in raw) // count}
    return watch.work(f"pipeline, {name}", count, "documents", **more)


def _ledger_bytes(at: Town) -> int:
    return sum(len(revision.id) + len(revision.body) for revision in at.store.database("ledger").documents())

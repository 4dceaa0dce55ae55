"""Attachments that a merge kept twice: two collectors gave different pictures the same name.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fieldsync.attachments import Stub, stubs_of
from fieldsync.ledger import DocumentLog, Entry


@dataclass(frozen=True, slots=True)
class Twice:
    """Two contents under one name: `stayed` brought that under the `original` name, `moved` that under `name`."""

    original: str
    name: str
    stayed: Entry
    moved: Entry


def kept_twice(resolution: Entry, log: DocumentLog) -> Iterator[Twice]:
    """Yield what a resolution had to keep under another name, where it is known who brought both."""
    stubs = stubs_of(resolution.body or {}) if len(resolution.merged) > 1 else {}
    before = {name for rev in resolution.merged if (e := log.entries.get(rev)) for name in stubs_of(e.body or {})}
    for name in sorted(stubs.keys() - before):
        moved = _bringer(log, stubs[name])
        original = (
            next((n for n, s in stubs_of(moved.body or {}).items() if _same(s, stubs[name])), "") if moved else ""
        )
        stayed = _bringer(log, stubs[original]) if original in stubs else None
        if moved and stayed:
            yield Twice(original, name, stayed, moved)


def _bringer(log: DocumentLog, stub: Stub) -> Entry | None:
    """Return the first edit that had a content."""
    return next((e for e in log.edits() if any(_same(s, stub) for s in stubs_of(e.body or {}).values())), None)


def _same(one: Stub, other: Stub) -> bool:
    return one.digest == other.digest

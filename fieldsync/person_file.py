"""A person's file: all that is held about somebody, where it came from, and who saw it; handed out on request.

Values are told plain: it is the person's own. What others wrote about somebody else is not in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from fieldsync.cases import Case, Cases
from fieldsync.documents import data_of, missing_of
from fieldsync.erasing import Erasing, Reach
from fieldsync.ledger import Entry, Ledger
from fieldsync.record_history import History, Seen
from fieldsync.registry import Record, Registry
from fieldsync.trail import Trail

_PAGE = 1000
_SEEN = Seen(lambda _: True, reveal=True)


@dataclass(frozen=True, slots=True)
class PersonFiles:
    """Puts the file of somebody together."""

    registry: Registry
    ledger: Ledger
    cases: Cases
    history: History
    trail: Trail
    erasing: Erasing

    def of(self, record_id: str) -> dict[str, Any]:
        """Return everything held about a person or a household. Raises NotFound, BadInput."""
        reach = self.erasing.reach(record_id)
        names = sorted({*reach.records, *(document for _, document in reach.all())})
        erasure = self.erasing.erasures.get(record_id)
        return {
            "id": record_id,
            "erased": msgspec.to_builtins(erasure) if erasure else None,
            "registry": [self._record(name) for name in names if self.registry.get(name)],
            "revisions": list(self._revisions(reach)),
            "cases": [_case(case) for name in names for case in self._cases(name)],
            "seen": [msgspec.to_builtins(trace) for trace in self.trail.about(record_id)],
        }

    def _record(self, name: str) -> dict[str, Any]:
        record = self.registry.get(name)
        if record is None:
            return {}
        return {
            "id": record.id,
            "kind": record.kind,
            "cells": sorted({record.cell, *record.reconciled}),
            "values": list(self._values(record)),
        }

    def _values(self, record: Record) -> Iterator[dict[str, Any]]:
        cursor: str | None = None
        while True:
            values, cursor = self.history.page(record, cursor, _PAGE, _SEEN)
            yield from values
            if cursor is None:
                return

    def _revisions(self, reach: Reach) -> Iterator[dict[str, Any]]:
        for cell, document in reach.all():
            log = self.ledger.document(cell, document)
            for entry in sorted(log.entries.values(), key=lambda e: (e.arrived, e.rev)):
                yield _revision(entry)

    def _cases(self, name: str) -> Iterator[Case]:
        yield from self.cases.where(document=name)
        yield from self.cases.where(other=name)
        yield from self.cases.where(household=name)


def _revision(entry: Entry) -> dict[str, Any]:
    body = entry.body or {}
    told = {
        "document": entry.document,
        "cell": entry.cell,
        "rev": entry.rev,
        "arrived": entry.arrived,
        "by": entry.author,
        "tablet": entry.tablet,
        "cause": entry.cause,
        "changes": entry.changes,
        "data": data_of(body),
        "missing": missing_of(body),
    }
    more = {"quarantined": entry.quarantined, "raw": entry.raw, "erased": entry.erased or None}
    return {name: value for name, value in (told | more).items() if value not in (None, [], {})}


def _case(case: Case) -> dict[str, Any]:
    told = ("id", "kind", "state", "opened", "item", "reason", "decision")
    row = msgspec.to_builtins(case)
    return {name: row[name] for name in told if row.get(name) not in (None, "")}

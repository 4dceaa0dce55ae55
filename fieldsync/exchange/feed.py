"""The feed of changes: what of the registry changed since a cursor, as far as it was agreed with a system.

It follows the registry's own sequence: a record that changed several times is told once, as it is now, and one may be
told again with the same values where something changed that was not agreed. What is told is noted in the audit trail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fieldsync.cursors import read_cursor, write_cursor
from fieldsync.documents import kind_of
from fieldsync.events.reading import KIND as EVENT
from fieldsync.exchange.systems import Agreement, System
from fieldsync.filing_keys import places_of
from fieldsync.preload import Preload
from fieldsync.registry import Record, Registry
from fieldsync.stores.base import Change
from fieldsync.trail import Trail


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Changes in the order in which they happened, the cursor after them, and whether there is more now."""

    changes: list[dict[str, Any]]
    next: str
    more: bool


class Feed:
    """Tells systems what changed."""

    def __init__(self, registry: Registry, preload: Preload, trail: Trail) -> None:
        self._registry, self._preload, self._trail = registry, preload, trail

    def page(self, system: System, since: str | None, limit: int) -> FeedPage:
        """Return what changed since a cursor (None: all there is). Raises BadInput."""
        question = ["registry changes", system.name]
        after = read_cursor(question, since, 1)
        page = self._registry.changes(after[0] if after else "0", limit)
        asked = [row for row in page.rows if kind_of(row.id) in system.agreement.fields]
        records = self._registry.read([row.id for row in asked if not row.deleted], Record)
        told = [one for row in asked if (one := self._told(row, records.get(row.id), system.agreement))]
        if told:
            names = " ".join(one["id"] for one in told)
            self._trail.note(f"system:{system.name}", "registry.changes", "registry", f"told: {names}")
        return FeedPage(told, write_cursor(question, (page.last_seq,)), page.pending > 0)

    def _told(self, row: Change, record: Record | None, agreement: Agreement) -> dict[str, Any] | None:
        kind = kind_of(row.id)
        if record is None:
            return {"id": row.id, "kind": kind, "deleted": True}
        if not _is_within(record, agreement):
            return None
        if kind == EVENT and not record.says_something:
            return {"id": row.id, "kind": kind, "deleted": True}
        if record.alias_of:
            return {"id": row.id, "kind": kind, "same_as": record.alias_of}
        body = self._preload.body(record, record.cell)
        told: dict[str, Any] = {"id": row.id, "kind": kind, "values": _agreed(body["data"], agreement.fields[kind])}
        if missing := _agreed(body.get("missing", {}), agreement.fields[kind]):
            told["missing"] = missing
        return told


def _is_within(record: Record, agreement: Agreement) -> bool:
    areas = tuple(agreement.areas)
    return not areas or any(cell.startswith(areas) for cell in places_of(record))


def _agreed(answers: Mapping[str, Any], fields: list[str]) -> dict[str, Any]:
    return {name: answers[name] for name in fields if name in answers}

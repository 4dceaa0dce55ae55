"""The history of a record: every value of every item, with the edit it came in, what a merge and what staff decided.

In the order in which values entered the registry. The place of an edit is its cell. Where the collector stood is told
of buildings and dwellings alone, which do not move: about people it would tell where somebody was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fieldsync.cases import Case, Cases
from fieldsync.cursors import read_cursor, write_cursor
from fieldsync.documents import meta_of
from fieldsync.kinds import Kinds
from fieldsync.ledger import DocumentLog, Entry, Ledger
from fieldsync.record_views import entered_at, masked_value, values_of
from fieldsync.registry import Record

PLACED = frozenset({"building", "dwelling"})
"""Kinds of which it is told where their collector stood."""
_TOLD = ("source", "at", "by", "tablet", "cell", "edit", "edits", "admitted_by", "admitted_at")
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Seen:
    """Who looks: which cells are theirs, and whether sensitive values are shown."""

    covers: Callable[[str], bool]
    reveal: bool = False


@dataclass(frozen=True, slots=True)
class _Value:
    """One value that an item has or had; `position` is its place in the order."""

    item: str
    position: tuple[str, str, str]
    held: Mapping[str, Any]


class History:
    """Tells what the registry knew of a record, one value after the other."""

    def __init__(self, ledger: Ledger, cases: Cases, kinds: Kinds) -> None:
        self._ledger, self._cases, self._kinds = ledger, cases, kinds

    def page(
        self, record: Record, cursor: str | None, limit: int, seen: Seen
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Return values from a cursor on, oldest first, and the cursor of the next page. Raises BadInput."""
        after = read_cursor(record.id, cursor, 3) or ()
        values = [value for value in _values(record) if value.position > tuple(after)]
        chosen = values[:limit]
        cases = self._cases.named(sorted({_case_of(value) for value in chosen} - {""}))
        logs = self._logs(record, chosen)
        told = [self._told(record, value, cases, logs, seen) for value in chosen]
        return told, write_cursor(record.id, chosen[-1].position) if len(values) > limit else None

    def _logs(self, record: Record, values: Iterable[_Value]) -> dict[str, DocumentLog]:
        cells = {value.held["cell"] for value in values if value.held.get("cell") and value.held.get("edit")}
        names = (record.id, *record.aliases)
        return {f"{c}/{name}": self._ledger.document(c, name) for c in sorted(cells) for name in names}

    def _told(
        self,
        record: Record,
        value: _Value,
        cases: Mapping[str, Case],
        logs: Mapping[str, DocumentLog],
        seen: Seen,
    ) -> dict[str, Any]:
        told: dict[str, Any] = {"item": value.item, "value": self._shown(record, value.item, value.held["value"], seen)}
        told |= {name: value.held[name] for name in _TOLD if value.held.get(name)}
        if told.get("cell") and not seen.covers(told["cell"]):
            del told["cell"]
        case = cases.get(_case_of(value))
        if case:
            told["case"] = _case(case)
        for name in (record.id, *record.aliases):
            log = logs.get(f"{value.held.get('cell')}/{name}")
            if log and value.held.get("edit") in log.entries:
                told |= self._of_the_edit(record, value, log, seen)
        return told

    def _of_the_edit(self, record: Record, value: _Value, log: DocumentLog, seen: Seen) -> dict[str, Any]:
        """Tell of the edit a value came in: when it arrived, what merges made of it, and where it was."""
        entry = log.entries[value.held["edit"]]
        told: dict[str, Any] = {"arrived": entry.arrived}
        merges = [self._merge(record, one, decision, seen) for one, decision in _merges(log, value)]
        if merges:
            told["merges"] = merges
        location = meta_of(entry.body or {}).get("location")
        if record.kind in PLACED and isinstance(location, dict):
            told["location"] = location
        return told

    def _merge(self, record: Record, entry: Entry, decision: Mapping[str, Any], seen: Seen) -> dict[str, Any]:
        item, values = decision["item"], []
        for one in decision["values"]:
            value = {name: held for name, held in one.items() if name != "rev"}
            values.append({"rev": one["rev"], **self._shown(record, item, value, seen)})
        told = {"rev": entry.rev, "at": entry.arrived, "strategy": decision["strategy"], "winner": decision["winner"]}
        return {**told, "values": values}

    def _shown(self, record: Record, item: str, value: dict[str, Any], seen: Seen) -> dict[str, Any]:
        return value if seen.reveal else masked_value(record.kind, item, value, self._kinds)


def _values(record: Record) -> list[_Value]:
    found = []
    for name, item in record.items.items():
        written = list(values_of(item))
        for age, held in enumerate(reversed(written)):
            found.append(_Value(name, (entered_at(held), name, f"{age:0{_DIGITS}}"), held))
    return sorted(found, key=lambda value: value.position)


def _merges(log: DocumentLog, value: _Value) -> Iterator[tuple[Entry, Mapping[str, Any]]]:
    """Yield the decisions of merges in which one of a value's edits had a say about the item, oldest first."""
    edits = {value.held.get("edit"), *value.held.get("edits", ())}
    for entry in sorted(log.entries.values(), key=lambda entry: (entry.arrived, entry.rev)):
        for decision in entry.decisions:
            if decision["item"] == value.item and any(one["rev"] in edits for one in decision["values"]):
                yield entry, decision


def _case_of(value: _Value) -> str:
    """Return the case a value was decided in, without the number of the decision."""
    return str(value.held.get("case") or "").partition("#")[0]


def _case(case: Case) -> dict[str, Any]:
    decision = case.decision or (case.undone[-1] if case.undone else {})
    told = {"id": case.id, "kind": case.kind, "state": case.state}
    return told | {name: decision[name] for name in ("action", "by", "at", "reason") if decision.get(name)}

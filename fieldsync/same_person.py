"""The same person twice: what follows when staff decide that two records are one, and when they take it back.

The record that came first is kept; the other becomes its alias. The kept one gains what only the other knew, enters the
other's cells, and the other's stays become its own. Where it is one stay told twice (`same`, not `two_stays`), the
other's is closed on the day it began. What is written to the alias later is written to the kept record too
(`Admission.enter`), so late edits find their way. Everything has the case for its source, and can be undone by it.
Every part may be repeated; what a crash left is finished by carrying out the decision again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from conflict import ABSENT
from fieldsync.cases import CLOSED, DECIDED, OPEN, Case, Cases
from fieldsync.checking.family import overlap
from fieldsync.clock import write_time
from fieldsync.errors import Conflict
from fieldsync.filing import Filing
from fieldsync.merging import value_from, value_to
from fieldsync.preload import Preload
from fieldsync.registry import Item, Record, Registry

ONE = ("same", "two_stays")
"""Decisions by which two records become one person."""


class SamePerson:
    """Joins two records of one person, and parts them again."""

    def __init__(
        self, registry: Registry, cases: Cases, filing: Filing, preload: Preload, now: Callable[[], datetime]
    ) -> None:
        self._registry, self._cases, self._filing, self._preload = registry, cases, filing, preload
        self.now = now

    def carry_out(self, case: Case) -> None:
        """Do what was decided about a pair, or take it back; may be repeated."""
        decision = case.decision or {}
        if decision["action"] in ONE:
            self._join(case)
        elif decision["action"] == "undo" and decision["undoes"]["action"] in ONE:
            self._part(case)

    def undo(self, case: Case, by: str, reason: str) -> Case:
        """Return a decided case with the decision to take its decision back, to be put and carried out.

        Raises Conflict where there is nothing to take back.
        """
        if case.kind != "duplicate" or case.state != CLOSED or not case.decision:
            raise Conflict(
                f"The case {case.id} has no decision to undo: only a duplicate's can be, once it is made.",
                zh=f"事项 {case.id} 没有可以撤销的裁定：只有已裁定的重复事项可以撤销。",
            )
        undoing = {"action": "undo", "undoes": case.decision, "by": by, "reason": reason, "at": write_time(self.now())}
        return msgspec.structs.replace(case, state=DECIDED, decision=undoing, closed_because=None)

    def follow(self, stays: Sequence[Record]) -> None:
        """Give the stays that came late to an alias to the record that is kept."""
        persons = {stay.id: _person_of(stay) or "" for stay in stays}
        aliases = self._registry.aliases(list(dict.fromkeys(persons.values())))
        for stay in stays:
            if persons[stay.id] in aliases:
                self._follow(stay, persons[stay.id])

    def _follow(self, stay: Record, alias: str) -> None:
        for case in self._cases.where(document=alias):
            if case.kind == "duplicate" and (case.decision or {}).get("action") in ONE:
                self._set(stay, case, {"person": case.other})

    def _join(self, case: Case) -> None:
        kept, alias = self._registry.get(case.other or ""), self._registry.get(case.document or "")
        if kept is None or alias is None or alias.alias_of not in (None, kept.id):
            return
        gained = {name: self._item(case, item.value) for name, item in alias.items.items() if name not in kept.items}
        kept = self._registry.set_items(kept, None, gained)
        self._registry.change(kept.id, lambda r: _with_alias(r, alias.id))
        self._registry.change(alias.id, lambda r: msgspec.structs.replace(r, alias_of=kept.id))
        self._enter(kept, alias, case)
        own = [self._registry.get(stay) for stay in sorted(self._filing.stays_of(kept.id))]
        for name in sorted(self._filing.stays_of(alias.id)):
            stay = self._registry.get(name)
            if stay:
                told_twice = (case.decision or {})["action"] == "same" and any(_meet(stay, o) for o in own if o)
                closing = {"until": _value(stay, "since")} if told_twice and _value(stay, "since") else {}
                self._set(stay, case, {"person": kept.id, **closing})

    def _enter(self, kept: Record, alias: Record, case: Case) -> None:
        """Bring the kept record into the cells that had the other, and tell all its cells what it gained."""
        values = {name: value_from(item.value) for name, item in kept.items.items()}
        for cell in sorted(alias.reconciled.keys() - kept.reconciled.keys()):
            self._preload.enter(cell, [kept], case.id)
            self._registry.reconcile(kept.id, cell, values)
        if current := self._registry.get(kept.id):
            self._preload.refresh(current)

    def _part(self, case: Case) -> None:
        kept, alias = case.other or "", case.document or ""
        self._registry.change(alias, lambda r: msgspec.structs.replace(r, alias_of=None))
        self._registry.change(kept, lambda r: msgspec.structs.replace(r, aliases=[a for a in r.aliases if a != alias]))
        for name in (kept, *sorted(self._filing.stays_of(kept) | self._filing.stays_of(alias))):
            record = self._registry.get(name)
            brought = {n: i for n, i in record.items.items() if i.case == _turn(case)} if record else {}
            if record and brought:
                back = {n: self._item(case, _before(i), f"{_turn(case)}#undone") for n, i in brought.items()}
                self._preload.refresh(self._registry.set_items(record, None, back))

    def _set(self, record: Record, case: Case, values: Mapping[str, Any]) -> None:
        items = {name: self._item(case, value_to(value)) for name, value in values.items()}
        self._preload.refresh(self._registry.set_items(record, None, items))

    def _item(self, case: Case, value: dict[str, Any], source: str | None = None) -> Item:
        decision = case.decision or {}
        return Item(
            value=value,
            source="decision",
            at=decision["at"],
            by=decision["by"],
            admitted_by=decision["by"],
            admitted_at=decision["at"],
            case=source or _turn(case),
        )


def reopened(case: Case) -> Case:
    """Return a case whose decision was taken back: open, with what was decided kept."""
    return msgspec.structs.replace(case, state=OPEN, decision=None, undone=[*case.undone, case.decision or {}])


def _turn(case: Case) -> str:
    """Return what a decision writes as its source: each time that a case is decided anew, another."""
    return f"{case.id}#{len(case.undone) + 1}" if case.undone else case.id


def _with_alias(record: Record, alias: str) -> Record:
    return msgspec.structs.replace(record, aliases=sorted({*record.aliases, alias}))


def _before(item: Item) -> dict[str, Any]:
    earlier: dict[str, Any] = item.before[0]["value"] if item.before else value_to(ABSENT)
    return earlier


def _person_of(stay: Record) -> str | None:
    person = _value(stay, "person")
    return person if isinstance(person, str) else None


def _value(record: Record, item: str) -> Any:
    value = record.value(item)
    return None if value is ABSENT else value


def _meet(one: Record, other: Record) -> bool:
    """Tell whether two stays say the same twice: of one kind, over the same time."""
    same_kind = _value(one, "kind") == _value(other, "kind")
    return one.id != other.id and same_kind and overlap(_time_of(one), _time_of(other))


def _time_of(stay: Record) -> tuple[date | None, date | None]:
    return _day(_value(stay, "since")), _day(_value(stay, "until"))


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None

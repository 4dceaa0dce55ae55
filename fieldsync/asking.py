"""Asking: the cases that admission opens, a household's changes and contested values, with all to decide them by.

One open case per household and per contest: opened, kept up to date while it is open, withdrawn when nothing is left.
What comes after a decision opens a new case, which says what was decided before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from fieldsync.cases import CLOSED, LEVELS, OPEN, Case, Cases, case_id
from fieldsync.checking.places import Fix, metres_between, read_fix, read_geopoint
from fieldsync.clock import write_time
from fieldsync.documents import data_of, meta_of
from fieldsync.earlier import earlier_rulings
from fieldsync.ledger import Entry
from fieldsync.merging import value_in, value_to
from fieldsync.proposals import Proposal, Subject
from fieldsync.registry import Registry
from fieldsync.units import Unit

_FINDING = ("document", "item", "code", "severity")
"""What a case keeps of a finding: its message names people, and stands in the household's state."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a unit's submissions propose, the latest of them, what it insists on, and what was found."""

    unit: Unit
    latest: Entry
    proposals: Sequence[tuple[Subject, Proposal]]
    insisted: Mapping[str, str]
    findings: Sequence[Mapping[str, Any]]


class Asking:
    """Opens the cases of admission, and keeps them up to date."""

    def __init__(self, cases: Cases, registry: Registry, now: Callable[[], datetime]) -> None:
        self._cases, self._registry, self._now = cases, registry, now

    def household(self, question: Question) -> Case | None:
        """Open, bring up to date or withdraw the unit's one open admission case."""
        about_unit = self._cases.where(household=question.unit.id)
        mine = [case for case in about_unit if case.kind == "admission"]
        current = next((c for c in mine if c.is_open), None)
        if not question.proposals:
            self._close(mine, "nothing is left to decide")
            return None
        wanted = self._wanted(question, about_unit)
        if current:
            return self.put(current, **wanted)
        return self._open(question, wanted, len(mine))

    def withdraw(self, unit: Unit, because: str) -> None:
        """Close the unit's open admission case without a decision."""
        self._close([c for c in self._cases.where(household=unit.id) if c.kind == "admission"], because)

    def contest(self, subject: Subject, item: str, contest: Mapping[str, Any], mine: Sequence[Case]) -> Case:
        """Open the case of a contest, or bring the open one of `mine` up to date."""
        candidates = [{**c, **_provenance(subject.log.entries.get(c["rev"]), item)} for c in contest["candidates"]]
        current = next((c for c in mine if c.is_open), None)
        wanted: dict[str, Any] = {
            "candidates": candidates,
            "base": value_to(value_in(subject.winner.body, item, subject.rules)),
            "submitted_by": sorted({c["by"] for c in candidates if c.get("by")}),
            "earlier": earlier_rulings(mine, {(subject.document, item)}),
        }
        if current:
            return self.put(current, **wanted)
        level = subject.level_of(item, False)
        case = Case(
            id=case_id("contest", subject.cell, subject.document, item, str(len(mine))),
            kind="contest",
            state=OPEN,
            cell=subject.cell,
            document=subject.document,
            item=item,
            level=level if level in LEVELS else LEVELS[0],
            opened=write_time(self._now()),
            **wanted,
        )
        self._cases.add([case])
        return case

    def put(self, case: Case, **values: Any) -> Case:
        """Write a case with other values while it is open; returns it as it is then."""
        current, parent = self._cases.get(case.id)
        changed = msgspec.structs.replace(current, **values)
        if changed == current or not current.is_open:
            return current
        self._cases.put(changed, parent)
        return changed

    def _close(self, cases: Iterable[Case], because: str) -> None:
        for case in cases:
            if case.is_open:
                self.put(case, state=CLOSED, closed_because=because)

    def _open(self, question: Question, wanted: Mapping[str, Any], number: int) -> Case:
        unit = question.unit
        case = Case(
            id=case_id("admission", unit.cell, unit.id, question.latest.document, str(number)),
            kind="admission",
            state=OPEN,
            cell=unit.cell,
            household=unit.id,
            opened=write_time(self._now()),
            **wanted,
        )
        self._cases.add([case])
        return case

    def _wanted(self, question: Question, about_unit: Sequence[Case]) -> dict[str, Any]:
        """Return what the unit's case should say now."""
        proposals, latest = question.proposals, question.latest
        home = self._home(question)
        about = {(p.document, p.item) for _, p in proposals}
        contests = [c for d in sorted({d for d, _ in about}) for c in self._cases.where(document=d) if c.item]
        named = data_of(latest.body or {}).get("round")
        return {
            "items": [_asked(s, p, home) for s, p in proposals],
            "submission": latest.document,
            "round": named if isinstance(named, str) else None,
            "submitted_by": sorted({e.author for _, p in proposals for e in (latest, p.first, *p.same) if e.author}),
            "level": max((_level(p.level) for _, p in proposals), key=LEVELS.index),
            "insisted": dict(question.insisted),
            "findings": [{name: f[name] for name in _FINDING} for f in question.findings],
            "earlier": earlier_rulings([*about_unit, *contests], about),
        }

    def _home(self, question: Question) -> Fix | None:
        """Return where the unit's building stands, if any edit says where its collector stood."""
        if not any(_fix_of(p.first) for _, p in question.proposals):
            return None
        buildings = {data_of(d.body).get("building") for d in question.unit.subjects.values() if d.kind == "dwelling"}
        named = sorted(b for b in buildings if isinstance(b, str))
        record = self._registry.get(named[0]) if len(named) == 1 else None
        return read_geopoint(record.value("point")) if record else None


def _asked(subject: Subject, proposal: Proposal, home: Fix | None) -> dict[str, Any]:
    """Return an item of a case: what is proposed, against what, by whom, when, on what, how far from the home."""
    fix = _fix_of(proposal.first)
    return {
        "document": proposal.document,
        "item": proposal.item,
        "rev": subject.winner.rev,
        "proposed": value_to(proposal.value),
        "told": value_to(proposal.told),
        "registry": value_to(proposal.registry),
        "edits": list(proposal.edits),
        "level": _level(proposal.level),
        **_provenance(proposal.first, proposal.item),
        **({"distance_m": round(metres_between(fix, home))} if fix and home else {}),
    }


def _provenance(entry: Entry | None, item: str) -> dict[str, Any]:
    if entry is None:
        return {}
    return {"by": entry.author, "tablet": entry.tablet, "at": entry.stamps.get(item, entry.arrived)}


def _fix_of(entry: Entry) -> Fix | None:
    return read_fix(meta_of(entry.body or {}).get("location"))


def _level(level: str) -> str:
    """Return who decides: where the form would admit by itself, the community."""
    return level if level in LEVELS else LEVELS[0]

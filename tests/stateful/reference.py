"""What a document must come to, said simply: from the tablets' accepted edits alone, without any merge.

An edit is what it changed from its nearest accepted ancestor. Sets are all additions less all removals; an ordinary
value is the latest among those that no later edit had seen; of a key item, no value stands undisputed that a person did
not choose while another edit disagrees with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fieldsync.documents import data_of
from fieldsync.ledger import DocumentLog, Entry


@dataclass(frozen=True)
class Step:
    """One accepted edit: the answers it was written on, and those it has; `is_rooted`: the former are known."""

    entry: Entry
    before: dict[str, Any]
    after: dict[str, Any]
    is_rooted: bool

    def changes(self, name: str) -> bool:
        """Tell whether this edit changed an answer."""
        return self.before.get(name) != self.after.get(name)


def steps(log: DocumentLog) -> list[Step]:
    """Return the live edits of a document, each with what it was written on."""
    return [_step(log, entry) for entry in log.edits() if not entry.deleted]


def _step(log: DocumentLog, entry: Entry) -> Step:
    above = log.nearest(list(log.path(entry.rev))[1:])
    while above is not None and above.deleted:
        above = log.nearest(list(log.path(above.rev))[1:])
    return Step(entry, data_of(above.body or {}) if above else {}, data_of(entry.body or {}), above is not None)


def tokens(text: Any) -> set[str]:
    """Return the elements of a set that is written as a text."""
    return set(str(text or "").split())


def expected_set(log: DocumentLog, name: str, start: set[str]) -> tuple[set[str], set[str]]:
    """Return the elements that must be there, and those that may be.

    An edit whose beginnings were forgotten on its tablet has no base: it says that all its elements are there, also
    those that somebody else removed.
    """
    added, removed, again = set(start), set[str](), set[str]()
    for step in steps(log):
        had, has = tokens(step.before.get(name)), tokens(step.after.get(name))
        if step.is_rooted:
            added |= has - had
            removed |= had - has
        else:
            again |= has
    return (added | again) - removed, (added | again) - (removed - again)


def heads(log: DocumentLog, name: str) -> list[Step]:
    """Return the edits of an answer that no other edit of it had seen."""
    ancestry = log.ancestry()
    edits = [step for step in steps(log) if step.changes(name)]
    return [
        one
        for one in edits
        if not any(other is not one and one.entry.rev in ancestry.of(other.entry.rev) for other in edits)
    ]


def may_be(log: DocumentLog, name: str) -> list[Any]:
    """Return the values that an ordinary answer may have in the end; none where nobody edited it.

    One, the latest head, unless some edit's beginnings were forgotten: it claims every answer that it has, so what it
    has meets what others wrote, sooner or later.
    """
    found = heads(log, name)
    if all(step.is_rooted for step in found):
        found = [max(found, key=lambda s: (s.entry.stamps[name], _order(s.entry.rev)))] if found else []
    return [step.after.get(name) for step in found]


def _order(rev: str) -> tuple[int, str]:
    generation, _, digest = rev.partition("-")
    return int(generation), digest


def disputed(log: DocumentLog, name: str) -> list[Any]:
    """Return the values of a key item that no other edit of it had seen; several different ones need a person."""
    values = [step.after.get(name) for step in heads(log, name) if step.is_rooted]
    return [value for at, value in enumerate(values) if value not in values[:at]]

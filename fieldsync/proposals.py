"""What each change of a document has come to, and which changes are proposed to the registry.

Pure. A change is proposed when a submission covers it and the winner still holds it; the others take their outcome from
the merge: superseded by a later change of the same tablet, overruled by a rule or by a person who saw it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from conflict import ABSENT, Rules, json_key, same_value
from fieldsync.attachments import is_file, stands, stubs_of
from fieldsync.cases import LEVELS
from fieldsync.late import place_of
from fieldsync.ledger import DocumentLog, Entry, Outcome
from fieldsync.merging import value_from, value_in
from fieldsync.registry import Record, is_same_fact

FINAL = frozenset({"admitted", "agreed", "overruled", "superseded", "refused", "recorded", "erased"})
DELETED = "_deleted"


@dataclass(frozen=True, slots=True)
class Ruling:
    """What one change came to: the outcome, and what decided it."""

    rev: str
    item: str
    outcome: str
    cause: str
    by: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)

    def as_outcome(self, cell: str, document: str, at: str) -> Outcome:
        """Return this ruling as the ledger keeps it: on a document of a cell, made at a time."""
        return Outcome(
            cell=cell,
            document=document,
            rev=self.rev,
            item=self.item,
            outcome=self.outcome,
            cause=self.cause,
            at=at,
            by=self.by,
            detail=dict(self.detail),
        )


@dataclass(frozen=True, slots=True)
class Proposal:
    """A value that submissions propose for the registry. `level` is `auto` or who must decide.

    `first` is the change that brought the value; `same` those that brought it too, or a part of it.
    """

    document: str
    item: str
    value: Any
    told: Any
    registry: Any
    level: str
    first: Entry
    same: tuple[Entry, ...] = ()

    @property
    def edits(self) -> tuple[str, ...]:
        """Return the revisions that brought the value."""
        return (self.first.rev, *(entry.rev for entry in self.same))


@dataclass(frozen=True, slots=True)
class Review:
    """What a document's changes came to, and what is proposed now."""

    rulings: tuple[Ruling, ...]
    proposals: tuple[Proposal, ...]


@dataclass(frozen=True, slots=True)
class Covering:
    """A submission of the unit under review, when it arrived, and the revisions of the document that it covers."""

    submission: str
    arrived: str
    reached: frozenset[str]


@dataclass(frozen=True, slots=True)
class Subject:
    """A document under review, settled on one live revision; `covered` are the unit's submissions, oldest first."""

    document: str
    cell: str
    log: DocumentLog
    winner: Entry
    rules: Rules
    record: Record | None
    covered: tuple[Covering, ...] = ()
    level_of: Callable[[str, bool], str] = lambda _item, _first: "auto"


def review(subject: Subject) -> Review:
    """Return the rulings that follow from the merge, and the proposals."""
    rulings: list[Ruling] = []
    held: dict[str, list[Entry]] = {}
    for entry, item in open_changes(subject.log):
        ruling = _ruling(subject, entry, item)
        if ruling is not None:
            rulings.append(ruling)
        elif _is_submitted(subject, entry, item) and _is_held(subject, entry, item) and not _contested(subject, item):
            held.setdefault(item, []).append(entry)
    proposals = []
    for item, entries in sorted(held.items()):
        ended, proposal = _proposed(subject, item, entries)
        rulings += ended
        proposals += [proposal] if proposal else []
    return Review(tuple(rulings), tuple(proposals))


def open_changes(log: DocumentLog) -> Iterable[tuple[Entry, str]]:
    """Yield the changes whose outcome is not final, oldest stamp first; without what is late and was not let in."""
    edits = [(e, item) for e in log.edits() for item in e.changes if item not in (DELETED, "*")]
    edits.sort(key=lambda change: (change[0].stamps.get(change[1], ""), change[0].rev))
    for entry, item in edits:
        last = log.outcomes.get((entry.rev, item))
        if (last is None or last.outcome not in FINAL) and place_of(log, entry, item):
            yield entry, item


def _is_submitted(subject: Subject, entry: Entry, item: str) -> bool:
    """Tell whether a submission covers the change; for a returned one, a submission after the return."""
    last = subject.log.outcomes.get((entry.rev, item))
    covered = _after_return(subject, last) if last and last.outcome == "returned" else subject.covered
    place = place_of(subject.log, entry, item)
    return any(place in covering.reached for covering in covered)


def _after_return(subject: Subject, returned: Outcome) -> tuple[Covering, ...]:
    """Return the submissions that answer a return: later than the one it was about, or, if that was another unit's,
    than the return itself."""
    names = [covering.submission for covering in subject.covered]
    about = returned.detail.get("submission")
    if about in names:
        return subject.covered[names.index(about) + 1 :]
    return tuple(covering for covering in subject.covered if covering.arrived > returned.at)


def _contested(subject: Subject, item: str) -> Mapping[str, Any] | None:
    return next((c for c in subject.winner.contests if c["item"] == item), None)


def contenders(subject: Subject, item: str, candidates: Iterable[Mapping[str, Any]]) -> list[Entry]:
    """Return the edits that a contest is about: its candidates', and those that brought a candidate's value again."""
    candidates = list(candidates)
    revs, values = {c["rev"] for c in candidates}, [value_from(c) for c in candidates]
    named = [e for e in subject.log.edits() if e.rev in revs and item in e.changes]
    again = [e for e, changed in open_changes(subject.log) if changed == item and e.rev not in revs]
    mine = [(e, value_in(e.body, item, subject.rules)) for e in again]
    return named + [e for e, value in mine if any(is_same_fact(value, v) for v in values)]


def is_touched(subject: Subject, item: str) -> bool:
    """Tell whether somebody in the cell has a say in an item that is not heard yet: a contest, or an open change."""
    if _contested(subject, item):
        return True
    return any(changed == item and _is_held(subject, e, item) for e, changed in open_changes(subject.log))


def _is_candidate(subject: Subject, entry: Entry, item: str) -> bool:
    contest = _contested(subject, item)
    return contest is not None and entry in contenders(subject, item, contest["candidates"])


def _ruling(subject: Subject, entry: Entry, item: str) -> Ruling | None:
    if _is_candidate(subject, entry, item):
        return None
    last = subject.log.outcomes.get((entry.rev, item))
    was_returned = last is not None and last.outcome == "returned"
    later = _later_change(subject, entry, item)
    if is_file(item):
        return _file_ruling(subject, entry, item, later)
    if later is not None and not (_is_combined(subject, item) and _is_held(subject, entry, item)):
        return None if was_returned else _replaced(entry, item, later)
    if _is_held(subject, entry, item) or was_returned or _place(subject, entry, item) not in _reached(subject):
        return None
    return _decided_by_merge(subject, entry, item)


def _file_ruling(subject: Subject, entry: Entry, item: str, later: Entry | None) -> Ruling | None:
    """Return what an attachment came to: it goes with its document and asks nobody; it stands or has given way."""
    if _place(subject, entry, item) not in _reached(subject):
        return None
    if stands(stubs_of(subject.winner.body or {}), item, stubs_of(entry.body or {})):
        return Ruling(entry.rev, item, "recorded", entry.rev)
    return _replaced(entry, item, later) if later else _decided_by_merge(subject, entry, item)


def _reached(subject: Subject) -> frozenset[str]:
    return subject.log.ancestry().of(subject.winner.rev)


def _place(subject: Subject, entry: Entry, item: str) -> str:
    """Return the revision with which a change entered the merge: its own, or the one that let it in."""
    return place_of(subject.log, entry, item) or entry.rev


def _later_change(subject: Subject, entry: Entry, item: str) -> Entry | None:
    ancestry, place = subject.log.ancestry(), _place(subject, entry, item)
    later = [
        e for e in subject.log.edits()
        if item in e.changes and e.rev != entry.rev and place in ancestry.of(e.rev)
    ]  # fmt: skip
    later = [e for e in later if place_of(subject.log, e, item)]  # what is late replaces nothing unless it is let in
    own = [e for e in later if e.tablet == entry.tablet]
    return next(iter(own or later), None)


def _replaced(entry: Entry, item: str, later: Entry) -> Ruling:
    outcome = "superseded" if later.tablet == entry.tablet else "overruled"
    return Ruling(entry.rev, item, outcome, later.rev, later.author, {"by": "a later change"})


def _decided_by_merge(subject: Subject, entry: Entry, item: str) -> Ruling:
    """Find the resolution in which the change lost, and say by which rule."""
    place = _place(subject, entry, item)
    for resolution in subject.log.entries.values():
        for decision in resolution.decisions:
            if decision["item"] == item and any(v["rev"] == place for v in decision["values"]):
                rule = {"strategy": decision["strategy"], "winner": decision["winner"]}
                return Ruling(entry.rev, item, "overruled", resolution.rev, None, rule)
    return Ruling(entry.rev, item, "overruled", subject.winner.rev, None, {"strategy": "merge"})


def _is_held(subject: Subject, entry: Entry, item: str) -> bool:
    """Tell whether the winner has the change's value, or what the change added to it."""
    value, kept = (value_in(e.body, item, subject.rules) for e in (entry, subject.winner))
    if not _is_combined(subject, item):
        return is_same_fact(value, kept) or same_value(item, value, kept, subject.rules)
    strategy = subject.rules.strategy_of(item)
    before = subject.log.nearest(list(subject.log.path(entry.rev))[1:])
    base = _parts(value_in(before.body if before else None, item, subject.rules), strategy)
    mine, now = _parts(value, strategy), _parts(kept, strategy)
    return (mine - base) <= now and not ((base - mine) & now if strategy == "union" else set())


def _is_combined(subject: Subject, item: str) -> bool:
    """Tell whether a value of an item is made of several changes' parts."""
    return subject.rules.strategy_of(item) in ("union", "append")


def _parts(value: Any, strategy: str) -> set[Any]:
    if isinstance(value, str):
        return set(value.split("\n") if strategy == "append" else value.split()) - {""}
    if isinstance(value, list):
        return {json_key(v) for v in value}
    return set() if value is ABSENT else {json_key(value)}


def _proposed(subject: Subject, item: str, entries: list[Entry]) -> tuple[list[Ruling], Proposal | None]:
    """Return the rulings for changes that the registry has already, or the proposal they make together."""
    record = subject.record
    value = value_in(subject.winner.body, item, subject.rules)
    known = record.items.get(item) if record else None
    if known and is_same_fact(value_from(known.value), value):
        return [_known_already(entry, item, known.edits) for entry in entries], None
    registry = record.value(item) if record else ABSENT
    told = record.told(subject.cell, item) if record else ABSENT
    if record and is_same_fact(told, value):
        return [Ruling(e.rev, item, "agreed", "registry") for e in entries], None
    level = subject.level_of(item, registry is ABSENT)
    if level == "auto" and not is_same_fact(told, registry):
        level = LEVELS[0]
    return [], Proposal(subject.document, item, value, told, registry, level, entries[0], tuple(entries[1:]))


def _known_already(entry: Entry, item: str, edits: list[str]) -> Ruling:
    if entry.rev in edits:
        return Ruling(entry.rev, item, "admitted", f"registry:{entry.rev}")
    return Ruling(entry.rev, item, "agreed", edits[0] if edits else "registry")

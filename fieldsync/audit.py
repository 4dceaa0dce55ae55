"""Accounting: every change has exactly one outcome or visibly waits, and the totals add up; or the audit fails.

Reads the whole ledger once, document by document, against the cells and the cases; memory does not grow with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from conflict import changed_items
from fieldsync.admit import Admission, Books
from fieldsync.cases import Case
from fieldsync.documents import RECORDS, SUBJECTS, DocId, Rev, cell_database, data_of, kind_of, missing_of
from fieldsync.history import Ancestry
from fieldsync.ledger import DocumentLog, Entry, Outcome
from fieldsync.merging import value_in
from fieldsync.proposals import DELETED, Subject, review
from fieldsync.registry import is_same_fact
from fieldsync.stores.base import ChangesQuery, Database

OUTCOMES = (
    "admitted", "agreed", "superseded", "overruled", "recorded", "returned", "refused", "quarantined",
    "not_submitted", "waiting",
)  # fmt: skip
WRITTEN = frozenset({"admitted", "agreed", "superseded", "overruled", "returned", "refused", "waiting"})
"""Outcomes that stand in the ledger; the others follow from the revision itself."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that does not add up: what, where."""

    kind: str
    cell: str
    document: str
    rev: str | None = None
    item: str | None = None
    detail: str = ""


@dataclass(slots=True)
class Accounts:
    """The books: edits and changes in, what became of each, and what does not add up."""

    edits: int = 0
    changes: int = 0
    revisions: int = 0
    merged: int = 0
    contests: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    collectors: dict[str, Counter[str]] = field(default_factory=dict)
    cells: dict[str, Counter[str]] = field(default_factory=dict)
    days: dict[str, Counter[str]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    @property
    def unaccounted(self) -> int:
        """Return the number of changes without an outcome that do not visibly wait."""
        return self.changes - sum(self.outcomes.values())

    @property
    def adds_up(self) -> bool:
        """Tell whether every change is accounted for, in every grouping, and nothing contradicts the books."""
        groupings = (self.collectors, self.cells, self.days)
        totals = [sum((sum(c.values()) for c in grouping.values()), 0) for grouping in groupings]
        return not self.faults and self.unaccounted == 0 and totals == [self.changes] * 3

    def count(self, entry: Entry, outcome: str | None) -> None:
        """Enter one change."""
        self.changes += 1
        if outcome is None:
            return
        self.outcomes[outcome] += 1
        groups = ((self.collectors, entry.author or "?"), (self.cells, entry.cell), (self.days, entry.arrived[:10]))
        for grouping, key in groups:
            grouping.setdefault(key, Counter())[outcome] += 1

    def report(self) -> dict[str, Any]:
        """Return the books as JSON."""
        return {
            "edits": self.edits,
            "changes": self.changes,
            "revisions": self.revisions,
            "merged": self.merged,
            "contests": self.contests,
            "outcomes": {name: self.outcomes[name] for name in OUTCOMES if self.outcomes[name]},
            "unaccounted": self.unaccounted,
            "by_collector": {k: dict(v) for k, v in sorted(self.collectors.items())},
            "by_cell": {k: dict(v) for k, v in sorted(self.cells.items())},
            "by_day": {k: dict(v) for k, v in sorted(self.days.items())},
            "faults": [{k: getattr(f, k) for k in f.__slots__ if getattr(f, k)} for f in self.faults],
            "adds_up": self.adds_up,
        }


BATCH = 1000


class Auditor:
    """Goes through the books."""

    def __init__(self, books: Books, admission: Admission) -> None:
        self._books, self._admission = books, admission
        self._cases: dict[str, Case] = {}

    def run(self, area: str = "") -> Accounts:
        """Audit everything, or the cells of an area (a prefix of their codes)."""
        accounts = Accounts()
        self._cases = {case.id: case for case in self._books.cases.all()}
        accounts.contests = sum(1 for c in self._cases.values() if c.kind == "contest" and c.cell.startswith(area))
        accepted: dict[DocId, list[Rev]] = {}
        last = ""
        for code, document, log in self._books.ledger.documents(area):
            if code != last or len(accepted) >= BATCH:
                accounts.faults += self._absent(last, accepted)
                last, accepted = code, {}
            self._document(code, document, log, accounts)
            accepted[DocId(document)] = [Rev(e.rev) for e in log.entries.values() if e.is_accepted]
        accounts.faults += self._absent(last, accepted)
        for code in self._cells(area):
            accounts.faults += self._strangers(code)
        return accounts

    def _document(self, cell: str, document: str, log: DocumentLog, accounts: Accounts) -> None:
        accounts.revisions += len(log.entries)
        is_edited = any(entry.is_edit for entry in log.entries.values())
        subject = self._admission.subject(cell, document) if is_edited and kind_of(document) in SUBJECTS else None
        for entry in log.entries.values():
            if entry.is_edit and entry.quarantined != "design":
                accounts.edits += 1
                for item in entry.changes:
                    accounts.count(entry, self._outcome(entry, item, log, subject))
            accounts.merged += _items_merged(entry, log, self._books)
        accounts.faults += self._unaccounted(log, subject)
        accounts.faults += self._forged(log)

    def _outcome(self, entry: Entry, item: str, log: DocumentLog, subject: Subject | None) -> str | None:
        """Return what became of a change; None where nobody could say."""
        if entry.quarantined:
            return "quarantined"
        if kind_of(entry.document) in RECORDS:
            return "recorded"
        last = log.outcomes.get((entry.rev, item))
        if last is not None:
            return last.outcome if self._stands(last) else None
        if item != DELETED and subject and _is_visible(subject, entry, item):
            return "not_submitted"
        return None

    def _stands(self, outcome: Outcome) -> bool:
        """Tell whether an outcome is one of ours and what it names exists; a waiting change must have its case open."""
        if outcome.outcome not in WRITTEN:
            return False
        case = self._cases.get(outcome.cause)
        if outcome.cause.partition(":")[0] in ("admission", "contest", "deletion") and case is None:
            return False
        return outcome.outcome != "waiting" or case is None or case.state != "closed"

    def _unaccounted(self, log: DocumentLog, subject: Subject | None) -> Iterator[Fault]:
        for entry in log.entries.values():
            if not entry.is_edit or entry.quarantined == "design":
                continue
            for item in entry.changes:
                if self._outcome(entry, item, log, subject) is None:
                    yield Fault(
                        "unaccounted", entry.cell, entry.document, entry.rev, item, "no outcome, and not waiting"
                    )

    def _forged(self, log: DocumentLog) -> Iterator[Fault]:
        """Yield the outcomes of changes that nobody made, and those that name what does not exist."""
        for (rev, item), outcome in log.outcomes.items():
            entry = log.entries.get(rev)
            if entry is None or item not in entry.changes:
                yield Fault("outcome_without_change", outcome.cell, outcome.document, rev, item, outcome.outcome)
            elif outcome.outcome == "admitted" and not self._is_in_registry(entry, item):
                yield Fault("not_in_registry", outcome.cell, outcome.document, rev, item, "admitted, but not there")

    def _is_in_registry(self, entry: Entry, item: str) -> bool:
        record = self._books.registry.get(entry.document)
        held = record.items.get(item) if record else None
        if held is None:
            return False
        return entry.rev in held.edits or any(entry.rev in earlier.get("edits", ()) for earlier in held.before)

    def _absent(self, cell: str, accepted: Mapping[DocId, Sequence[Rev]]) -> Iterator[Fault]:
        """Yield accepted revisions that the cell does not know: acknowledged, and lost."""
        wanted = {document: revs for document, revs in accepted.items() if revs}
        gaps = self._cell(cell).missing(wanted) if wanted else {}
        for document, gap in gaps.items():
            for rev in gap.missing:
                yield Fault("not_in_cell", cell, document, rev, detail="in the ledger, unknown to the cell")

    def _strangers(self, cell: str) -> Iterator[Fault]:
        """Yield leaves of a cell that the ledger has no entry for."""
        database, since = self._cell(cell), "0"
        while rows := (page := database.changes(ChangesQuery(since=since, limit=BATCH))).rows:
            leaves = [(row.id, leaf.rev) for row in rows for leaf in row.leaves]
            for document, rev in self._books.ledger.unknown(cell, leaves):
                yield Fault("not_in_ledger", cell, document, rev, detail="unknown to the ledger")
            since = page.last_seq

    def _cells(self, area: str) -> list[str]:
        names = [n.removeprefix("cell-") for n in self._books.store.names() if n.startswith("cell-")]
        return [name for name in names if name.startswith(area) and not name.endswith("-sealed")]

    def _cell(self, cell: str) -> Database:
        return self._books.store.database(cell_database(cell))


def _is_visible(subject: Subject, entry: Entry, item: str) -> bool:
    """Tell whether a change without an outcome stands in the winner, where the next submission finds it."""
    if entry.rev not in subject.log.ancestry().of(subject.winner.rev):
        return False
    return not any((r.rev, r.item) == (entry.rev, item) for r in review(subject).rulings)


def _items_merged(entry: Entry, log: DocumentLog, books: Books) -> int:
    """Return how many items a resolution combined from different edits: those it kept of at least two sides."""
    if entry.cause != "resolve" or len(entry.merged) < 2:
        return 0
    rules = books.kinds.merge_rules(kind_of(entry.document))
    kept = [_kept_of(side, entry, log, rules) for rev in entry.merged if (side := log.entries.get(rev))]
    contributing = [items for items in kept if items]
    return len(frozenset().union(*contributing)) if len(contributing) > 1 else 0


def _kept_of(side: Entry, result: Entry, log: DocumentLog, rules: Any) -> frozenset[str]:
    """Return the items that a side changed from what all sides had in common and that the result holds."""
    ancestry = log.ancestry()
    base = _common(result.merged, ancestry, log)
    before = (data_of(base.body or {}), missing_of(base.body or {})) if base else None
    body: Mapping[str, Any] = side.body or {}
    changed = changed_items(before, (data_of(body), missing_of(body)), rules)
    combined = {d["item"] for d in result.decisions if d["strategy"] in ("union", "append")}
    return frozenset(
        item
        for item in changed
        if item in combined or is_same_fact(value_in(body, item, rules), value_in(result.body, item, rules))
    )


def _common(revs: list[str], ancestry: Ancestry, log: DocumentLog) -> Entry | None:
    newest = ancestry.newest(frozenset.intersection(*(ancestry.of(rev) for rev in revs)))
    return log.nearest(log.path(newest[0])) if newest else None

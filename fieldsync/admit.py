"""Admit: lets verified changes into the registry, by the form's rules or by a person's decision.

Order, so that a crash loses nothing: decision, registry, outcomes, cell. Every part may be repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from fieldsync.asking import Asking, Question
from fieldsync.cases import CLOSED, Case, Cases
from fieldsync.checking.finding import errors_of, insisted_on
from fieldsync.clock import write_time
from fieldsync.documents import SUBJECTS, DocId, cell_database, data_of, kind_of, meta_of
from fieldsync.kinds import Kinds
from fieldsync.late import counts, has_late, let_in_by
from fieldsync.ledger import DocumentLog, Entry, Ledger
from fieldsync.merging import value_in, value_to
from fieldsync.preload import Preload
from fieldsync.proposals import DELETED, Covering, Proposal, Ruling, Subject, contenders, open_changes, review
from fieldsync.quarantine import case_of
from fieldsync.registry import Item, Record, Registry
from fieldsync.stores.base import Store
from fieldsync.units import Unit


@dataclass(frozen=True, slots=True)
class Books:
    """Where admission reads and writes."""

    store: Store
    ledger: Ledger
    registry: Registry
    cases: Cases
    kinds: Kinds
    preload: Preload
    now: Callable[[], datetime]


class Admission:
    """Brings the changes of documents and units to their outcomes."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._asking = Asking(books.cases, books.registry, books.now)

    def subject(self, cell: str, doc_id: str, submissions: Iterable[Entry] = ()) -> Subject | None:
        """Read a document for review; None while it has several live leaves, or no ledger entry for its winner.

        `submissions` are those of the unit under review, oldest first.
        """
        books = self._books
        leaves = books.store.database(cell_database(cell)).leaves(DocId(doc_id))
        live = [leaf for leaf in leaves if not leaf.deleted]
        log = books.ledger.document(cell, doc_id)
        if len(live) != 1 or live[0].rev not in log.entries:
            return None
        rules = books.kinds.merge_rules(kind_of(doc_id), cell)
        return Subject(
            document=doc_id,
            cell=cell,
            log=log,
            winner=log.entries[live[0].rev],
            rules=rules,
            record=books.registry.known(doc_id),
            covered=tuple(Covering(s.document, s.arrived, _reached(log, _covers(s).get(doc_id))) for s in submissions),
            level_of=books.kinds.levels(kind_of(doc_id), cell),
        )

    def review_document(self, cell: str, doc_id: str) -> None:
        """Write what the merge decided of a document's changes, and open the cases of its contests."""
        subject = self.subject(cell, doc_id)
        if subject is None:
            return
        self._rule(subject, review(subject).rulings)
        self._contests(subject)
        self._deletions(subject)
        self._spread(subject)

    def _spread(self, subject: Subject) -> None:
        """Tell every cell that holds the record what it says now, where a crash or an edit kept it from being told."""
        if subject.record is None or len(subject.record.reconciled) < 2:
            return
        record = self._books.registry.get(subject.document)
        if record:
            self._books.preload.refresh(record)

    def review_unit(self, unit: Unit, findings: Sequence[Mapping[str, Any]]) -> None:
        """Admit, or bring before a person, what the unit's submissions cover; hold it while there are errors."""
        submissions = self.submissions(unit)
        if not submissions:
            return
        latest = submissions[-1]
        insisted = insisted_on(latest.body or {})
        held = errors_of(findings, insisted)
        subjects = [s for i in sorted(_covered_ids(submissions)) if (s := self._covered_subject(unit, i, submissions))]
        proposals: list[tuple[Subject, Proposal]] = []
        for subject in subjects:
            found = review(subject)
            self._rule(subject, found.rulings)
            proposals += [(subject, p) for p in found.proposals if not self._is_elsewhere(unit, subject, p)]
        if held:
            self._wait([(s, p) for s, p in proposals if not _is_held_back(s, p)], f"held:{latest.document}")
            self._asking.withdraw(unit, "errors hold the household back")
        else:
            self._admit_and_ask(Question(unit, latest, proposals, insisted, findings))
            self._confirm(latest)
        for subject in subjects:
            self._spread(subject)

    def _is_elsewhere(self, unit: Unit, subject: Subject, proposal: Proposal) -> bool:
        """Tell whether the case of another unit asks about a value already: of a dwelling shared, a person with two
        stays. One value waits in one case."""
        outcomes = [subject.log.outcomes.get((rev, proposal.item)) for rev in proposal.edits]
        causes = {o.cause for o in outcomes if o and o.outcome == "waiting" and o.cause.startswith("admission:")}
        cases = [case for cause in sorted(causes) if (case := self._books.cases.find(cause))]
        about = (proposal.document, proposal.item)
        other = next((c for c in cases if c.state != CLOSED and c.household != unit.id and about in _about(c)), None)
        if other:
            self._wait([(subject, proposal)], other.id)
        return other is not None

    def _admit_and_ask(self, question: Question) -> None:
        asked = [(s, p) for s, p in question.proposals if question.insisted or p.level != "auto"]
        for subject, proposal in question.proposals:
            if (subject, proposal) not in asked:
                self.admit(subject.log, subject.cell, proposal, "auto", None)
        case = self._asking.household(replace(question, proposals=asked))
        if case:
            self._wait(asked, case.id)

    def submissions(self, unit: Unit) -> list[Entry]:
        """Return the unit's submissions as the ledger has them, oldest first; without the late ones."""
        entries = [self._books.ledger.entry(unit.cell, d.id, d.rev) for d in unit.submissions]
        found = [e for e in entries if e and self.is_counted(e)]
        return sorted(found, key=lambda e: (e.arrived, str(meta_of(e.body or {}).get("at")), e.rev))

    def is_counted(self, record: Entry) -> bool:
        """Tell whether a record counts for the steps: it was made before a handover, or was let in."""
        return not record.late or counts(self._books.ledger.document(record.cell, record.document), record)

    def _covered_subject(self, unit: Unit, doc_id: str, submissions: Sequence[Entry]) -> Subject | None:
        return self.subject(unit.cell, doc_id, submissions) if doc_id in unit.subjects else None

    def admit(self, log: DocumentLog, cell: str, proposal: Proposal, by: str, case: str | None) -> None:
        """Write a proposed value into the registry, then the outcomes of its changes."""
        at = write_time(self._books.now())
        item = Item(
            value=value_to(proposal.value),
            source="edit",
            at=proposal.first.stamps.get(proposal.item, proposal.first.arrived),
            by=proposal.first.author,
            tablet=proposal.first.tablet,
            cell=cell,
            edit=proposal.first.rev,
            edits=list(proposal.edits),
            admitted_by=by,
            admitted_at=at,
            case=case,
        )
        empty = Record(id=proposal.document, kind=kind_of(proposal.document), cell=cell)
        self.enter(empty, cell, {proposal.item: item})
        cause = case or f"auto:{proposal.first.rev}"
        self._conclude(log, cell, proposal, cause, by)

    def enter(self, record: Record, cell: str, items: Mapping[str, Item]) -> None:
        """Write items into the registry, of an alias into what it is of too, and tell the cells that have them."""
        held = self._books.registry.get(record.id)
        kept = self._books.registry.get(held.alias_of) if held and held.alias_of else None
        if kept:
            self._books.preload.refresh(self._books.registry.set_items(kept, None, items))
        written = self._books.registry.set_items(record, cell, items)
        self._books.preload.refresh(written)

    def _conclude(self, log: DocumentLog, cell: str, proposal: Proposal, cause: str, by: str) -> None:
        rules = self._books.kinds.merge_rules(kind_of(proposal.document))
        together = rules.strategy_of(proposal.item) in ("union", "append")
        rulings = [Ruling(proposal.first.rev, proposal.item, "admitted", cause, by)]
        for entry in proposal.same:
            outcome = "admitted" if together else "agreed"
            rulings.append(Ruling(entry.rev, proposal.item, outcome, cause if together else proposal.first.rev, by))
        self.conclude(log, cell, proposal.document, rulings)

    def conclude(self, log: DocumentLog, cell: str, document: str, rulings: Iterable[Ruling]) -> None:
        """Append outcomes to the ledger; what counts already is not repeated."""
        at = write_time(self._books.now())
        outcomes = [ruling.as_outcome(cell, document, at) for ruling in rulings]
        self._books.ledger.conclude(outcomes, log)

    def _rule(self, subject: Subject, rulings: Iterable[Ruling]) -> None:
        self.conclude(subject.log, subject.cell, subject.document, rulings)

    def _wait(self, proposals: Iterable[tuple[Subject, Proposal]], cause: str) -> None:
        for subject, proposal in proposals:
            revs = proposal.edits
            self._rule(subject, [Ruling(rev, proposal.item, "waiting", cause) for rev in revs])

    def _contests(self, subject: Subject) -> None:
        """Open a case for each contest at the winner, or bring its case up to date; withdraw those that are gone."""
        of_document = [c for c in self._books.cases.where(document=subject.document) if c.kind == "contest"]
        mine = [c for c in of_document if c.cell == subject.cell]
        contested = {c["item"]: c for c in subject.winner.contests}
        for case in mine:
            if case.is_open and case.item not in contested:
                self._asking.put(case, state=CLOSED, closed_because="the contest is over")
        for item, contest in contested.items():
            case = self._asking.contest(subject, item, contest, [c for c in mine if c.item == item])
            edits = [e.rev for e in contenders(subject, item, contest["candidates"])]
            still = {(e.rev, changed) for e, changed in open_changes(subject.log)}
            self._rule(subject, [Ruling(rev, item, "waiting", case.id) for rev in edits if (rev, item) in still])

    def _deletions(self, subject: Subject) -> None:
        """Let an undone deletion wait for its case, opened here where a crash kept intake from it."""
        edits = [
            e for e in subject.log.edits() if DELETED in e.changes and (e.rev, DELETED) not in subject.log.outcomes
        ]
        cases = [case_of("deletion", e) for e in edits]
        self._books.cases.add(cases)
        self._rule(subject, [Ruling(e.rev, DELETED, "waiting", c.id) for e, c in zip(edits, cases, strict=True)])

    def _confirm(self, latest: Entry) -> None:
        at = latest.stamps.get("*") or latest.arrived
        for doc_id in _covers(latest):
            if kind_of(doc_id) in SUBJECTS:
                confirmed = {"at": at, "by": latest.author, "submission": latest.document}
                self._books.registry.confirm(doc_id, confirmed)


def _covers(submission: Entry) -> dict[str, Any]:
    covers = data_of(submission.body or {}).get("covers")
    return covers if isinstance(covers, dict) else {}


def _covered_ids(submissions: Iterable[Entry]) -> set[str]:
    return {i for s in submissions for i in _covers(s) if kind_of(i) in SUBJECTS}


def _reached(log: DocumentLog, rev: object) -> frozenset[str]:
    """Return what a covered revision stands for: its history, and, of one that never came itself, its descendant's."""
    if not isinstance(rev, str):
        return frozenset()
    ancestry = log.ancestry()
    if rev in log.entries:
        return ancestry.of(rev) | _let_in(log, rev)
    pushed = [e.rev for e in log.entries.values() if e.is_edit and rev in e.path]
    return frozenset().union(ancestry.of(rev), *(ancestry.of(descendant) for descendant in pushed))


def _let_in(log: DocumentLog, rev: str) -> frozenset[str]:
    """Return what let in the late changes that the tablet which named a revision had in it."""
    found: set[str] = set()
    for one in log.path(rev) if has_late(log) else ():
        entry = log.entries.get(one)
        if entry and not entry.is_edit:
            break
        if entry:
            found |= {by.rev for item in entry.late if (by := let_in_by(log, entry, item))}
    return frozenset(found)


def _is_held_back(subject: Subject, proposal: Proposal) -> bool:
    """Tell whether a value is held back already, by this submission or by that of another unit."""
    outcomes = [subject.log.outcomes.get((rev, proposal.item)) for rev in proposal.edits]
    return all(o and o.outcome == "waiting" and o.cause.startswith("held:") for o in outcomes)


def _about(case: Case) -> set[tuple[str, str]]:
    return {(item["document"], item["item"]) for item in case.items}


def _winner_value(subject: Subject, item: str) -> Any:
    return value_in(subject.winner.body, item, subject.rules)

"""Accounting: every change has exactly one outcome or visibly waits, and the totals add up; or the audit fails.

Reads the whole ledger once, in batches of documents, against the cells, the cases and the registry; memory does not
grow with it. What seems wrong is read once more before it counts as wrong, since others write meanwhile.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from zoneinfo import ZoneInfo

from conflict import Rules
from fieldsync.accounting.accounts import OUTCOMES, Accounts, Days, Selection, Stretch
from fieldsync.accounting.causes import Evidence, HeldRecord, contradiction, is_case, named_case
from fieldsync.accounting.cell_view import CellView
from fieldsync.accounting.faults import Fault
from fieldsync.accounting.lines import Line, Sheet, sheets
from fieldsync.accounting.meetings import items_merged
from fieldsync.admit import Admission, Books
from fieldsync.archive import Place
from fieldsync.cases import CLOSED, case_id
from fieldsync.documents import RECORDS, SUBJECTS, cell_database, home_cell, kind_of
from fieldsync.proposals import DELETED, Subject, review

__all__ = ["OUTCOMES", "Accounts", "Auditor", "Fault", "Selection"]
BATCH = 500
IDLE = frozenset({"unknown_outcome", "no_case"})
"""Faults of outcomes that account for nothing: a word that is none, and waiting for nobody."""
_FROM_REGISTRY = frozenset({"admitted", "agreed"})
Advance = Callable[[int], None]


@dataclass(slots=True)
class _Result:
    """What became of one document's changes, and what is wrong with them."""

    sheet: Sheet
    lines: list[tuple[Line, list[str | None]]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Going:
    """One going through the books: what is asked for, what it has come to, and what is looked up once."""

    chosen: Selection
    accounts: Accounts
    days: Days
    rules: Callable[[str], Rules]
    archive: frozenset[str]


class Auditor:
    """Goes through the books; days are those of the city's time zone."""

    def __init__(self, books: Books, admission: Admission, zone: ZoneInfo) -> None:
        self._books, self._admission, self._zone = books, admission, zone

    def run(
        self, selection: Selection | None = None, advance: Advance = lambda _: None, stretch: Stretch | None = None
    ) -> Accounts:
        """Audit everything, or a selection or a stretch of it; `advance` is told of each batch of documents."""
        chosen, stretch = selection or Selection(), stretch or Stretch()
        accounts = Accounts(contests=self._contests(chosen.area, stretch))
        rules, files = cache(self._books.kinds.merge_rules), self._books.ledger.archive.present()
        going = _Going(chosen, accounts, Days(self._zone), rules, files)
        for cell, batch in self._batches(chosen.area, stretch):
            for result in self._judged(cell, batch, going):
                self._enter(result, going)
            if not batch:
                accounts.faults += cell.rest()
            advance(len(batch))
        return accounts

    def _batches(self, area: str, stretch: Stretch) -> Iterator[tuple[CellView, list[Sheet]]]:
        """Yield documents of one cell at a time; an empty batch after the last of each cell."""
        left, cell = set(filter(stretch.has, self.cells(area))), None
        held: list[Sheet] = []
        for sheet in sheets(self._books.ledger.rows(area, stretch.start, stretch.end)):
            if cell is None or sheet.cell != cell.code or len(held) == BATCH:
                if cell is not None:
                    yield cell, held
                    if sheet.cell != cell.code:
                        yield cell, []
                if cell is None or sheet.cell != cell.code:
                    cell = self._view(sheet.cell, sheet.cell in left)
                    left.discard(sheet.cell)
                held = []
            held.append(sheet)
        if cell is not None:
            yield cell, held
            yield cell, []
        for code in sorted(left):
            yield self._view(code, True), []

    def _view(self, code: str, is_there: bool) -> CellView:
        return CellView(code, self._books.store.database(cell_database(code)) if is_there else None)

    def _judged(self, cell: CellView, batch: Sequence[Sheet], going: _Going) -> list[_Result]:
        """Judge a batch; documents with faults are read anew and judged again, for others may be writing."""
        results = self._judge(cell, batch, going) if batch else []
        doubtful = [result.sheet.document for result in results if result.faults]
        if not doubtful:
            return results
        again = [self._reread(cell.code, document) for document in doubtful]
        cell.look_again(doubtful)
        return [result for result in results if not result.faults] + self._judge(cell, again, going)

    def _reread(self, cell: str, document: str) -> Sheet:
        found = Sheet(cell, document)
        for sheet in sheets(self._books.ledger.rows_of(cell, document)):
            found = sheet
        return found

    def _judge(self, cell: CellView, batch: Sequence[Sheet], going: _Going) -> list[_Result]:
        evidence = self._evidence(cell, batch, going.rules)
        results = {sheet.document: _Result(sheet) for sheet in batch}
        for fault in cell.faults(batch):
            results[fault.document].faults.append(fault)
        for result in results.values():
            result.faults += _unarchived(result.sheet, going.archive)
            self._account(result, cell, _contradictions(result, evidence))
        return list(results.values())

    def _evidence(self, cell: CellView, batch: Sequence[Sheet], rules: Callable[[str], Rules]) -> Evidence:
        marks = [mark for sheet in batch for mark in sheet.marks.values()]
        named = {named_case(mark.cause) for mark in marks}
        documents = {mark.document for mark in marks if mark.outcome in _FROM_REGISTRY}
        return Evidence(
            records=self._books.registry.read(sorted(documents), HeldRecord),
            cases=self._books.cases.named(sorted(name for name in named if is_case(name))),
            rules=rules,
            has_document=cell.leaves.__contains__,
        )

    def _account(self, result: _Result, cell: CellView, idle: set[tuple[str, str]]) -> None:
        """Find what became of each change; the outcomes of `idle` ones account for nothing."""
        is_record = kind_of(result.sheet.document) in RECORDS
        subject: list[Subject | None] = []
        for line in result.sheet.lines.values():
            if line.quarantined and line.is_counted:
                result.lines.append((line, ["quarantined"] * len(line.changes)))
            elif is_record and line.is_counted and not line.late:
                result.lines.append((line, [_recorded(result.sheet, line, item) for item in line.changes]))
            elif line.is_counted:
                outcomes = [self._outcome(result, line, item, cell, subject) for item in line.changes]
                counted = [None if (line.rev, i) in idle else o for i, o in zip(line.changes, outcomes, strict=True)]
                result.lines.append((line, counted))

    def _outcome(
        self, result: _Result, line: Line, item: str, cell: CellView, subject: list[Subject | None]
    ) -> str | None:
        """Return what became of a change; None, and a fault, where nobody could say. `subject` is read at most once."""
        if mark := result.sheet.marks.get((line.rev, item)):
            return mark.outcome
        if item in line.late:
            return "waiting"  # until the steps have opened its case
        if item != DELETED and cell.live(line.document) == [line.rev]:
            return "not_submitted"
        if not subject:
            subject.append(self._subject(line) if cell.is_there else None)
        outcome = self._unwritten(line, item, subject[0])
        if outcome is None:
            result.faults.append(Fault("unaccounted", line.cell, line.document, line.rev, item))
        return outcome

    def _subject(self, line: Line) -> Subject | None:
        return self._admission.subject(line.cell, line.document) if kind_of(line.document) in SUBJECTS else None

    def _unwritten(self, line: Line, item: str, subject: Subject | None) -> str | None:
        """Return where a change stands that has no outcome yet: in the winner, or before a person."""
        if item == DELETED:
            case = self._books.cases.find(case_id("deletion", line.cell, line.document, line.rev))
            return "waiting" if case and case.state != CLOSED else None
        return "not_submitted" if subject and _is_visible(subject, line, item) else None

    def _enter(self, result: _Result, going: _Going) -> None:
        """Enter a document into the accounts."""
        accounts, sheet, has_met = going.accounts, result.sheet, False
        accounts.faults += result.faults
        accounts.revisions += len(sheet.lines)
        for line in sheet.lines.values():
            accounts.archived += line.archived is not None
            has_met = has_met or (line.cause == "resolve" and len(line.merged) > 1)
        for line, outcomes in result.lines:
            collector, day = line.author or "?", going.days.of(line.arrived)
            if going.chosen.has(collector, day):
                accounts.edits += 1
                accounts.enter((collector, home_cell(line.cell), day), Counter(filter(None, outcomes)), len(outcomes))
        if has_met:
            log = self._books.ledger.document(sheet.cell, sheet.document) if sheet.is_archived else sheet.log()
            accounts.merged += items_merged(log, going.rules(kind_of(sheet.document)))

    def _contests(self, area: str, stretch: Stretch) -> int:
        found = self._books.cases.cells_of("contest")
        return sum(1 for cell in found if cell.startswith(area) and stretch.has(cell))

    def cells(self, area: str) -> list[str]:
        """Return the codes of an area's cells that have a database, and their sealed databases by the same rule."""
        names = [n.removeprefix("cell-") for n in self._books.store.names() if n.startswith("cell-")]
        return [name for name in names if name.startswith(area)]


def _recorded(sheet: Sheet, line: Line, item: str) -> str:
    """Return what became of a record: it is recorded as it comes, until it is erased."""
    mark = sheet.marks.get((line.rev, item))
    return "erased" if mark and mark.outcome == "erased" else "recorded"


def _unarchived(sheet: Sheet, files: frozenset[str]) -> Iterator[Fault]:
    """Yield the entries of which only the short form is left, and whose file is gone."""
    for line in sheet.lines.values():
        if line.archived and (name := Place.read(line.archived).name) not in files:
            yield Fault("archive_missing", line.cell, line.document, line.rev, detail=name)


def _contradictions(result: _Result, evidence: Evidence) -> set[tuple[str, str]]:
    """Note the outcomes that nothing bears out; returns those which account for nothing at all."""
    idle = set()
    for key, mark in result.sheet.marks.items():
        if found := contradiction(result.sheet, mark, evidence):
            result.faults.append(Fault(found[0], mark.cell, mark.document, mark.rev, mark.item, found[1]))
            if found[0] in IDLE:
                idle.add(key)
    return idle


def _is_visible(subject: Subject, line: Line, item: str) -> bool:
    """Tell whether a change without an outcome stands in the winner, where the next submission finds it."""
    if line.rev not in subject.log.ancestry().of(subject.winner.rev):
        return False
    return not any((r.rev, r.item) == (line.rev, item) for r in review(subject).rulings)

"""The steps of one unit: check, admit, and the state and the notices that tell the collectors."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from fieldsync.admit import Admission, Books
from fieldsync.cases import Case
from fieldsync.check import Checker
from fieldsync.documents import SUBJECTS, DocId
from fieldsync.events.of_unit import UnitEvents
from fieldsync.events.records import EventRecords
from fieldsync.ledger import Entry
from fieldsync.server_writes import Pen
from fieldsync.states import Standing, state_document
from fieldsync.telling.notices import Notices, naming_of
from fieldsync.telling.people import People
from fieldsync.telling.reading import Reading
from fieldsync.telling.standings import StandingWords
from fieldsync.units import Document, Unit, Units


class UnitSteps:
    """Runs check and admit for a unit and tells of it; idempotent, derived from what the databases hold."""

    def __init__(self, books: Books, admission: Admission, pen: Pen, people: People, zone: ZoneInfo) -> None:
        self._books, self._admission, self._pen, self._people = books, admission, pen, people
        events = UnitEvents(books.ledger, books.registry)
        self._units, self._events = Units(books.store), EventRecords(books, admission)
        self._checker = Checker(books.kinds, books.store, books.ledger, zone, events)
        self.notices = Notices(books, pen, people, zone)

    def run(self, cell: str, unit_id: str, today: str) -> None:
        """Check, admit, let events in, and tell; `today` (ISO date) is what the forms' rules take for the day."""
        unit = self._units.load(cell, unit_id)
        findings = self._checker.findings(unit, today)
        self._admission.review_unit(unit, findings)
        self._events.review(unit, findings, today)
        standing = self._standing(unit, findings)
        self._tell(standing, state_document(standing))
        self.notices.tell(unit)

    def standing(self, cell: str, unit_id: str, today: str) -> Standing:
        """Return what a unit's state follows from, without writing anything."""
        unit = self._units.load(cell, unit_id)
        return self._standing(unit, self._checker.findings(unit, today))

    def _standing(self, unit: Unit, findings: list[dict[str, object]]) -> Standing:
        cases = [c for i in sorted(unit.subjects) for c in self._books.cases.where(document=i)]
        return Standing(
            unit=unit,
            visits=self._entries(unit, unit.of_kind("visit")),
            submissions=self._admission.submissions(unit),
            edited=any(self._is_edited(unit, document) for document in unit.subjects.values()),
            findings=findings,
            contests=[c for c in cases if c.kind == "contest" and c.is_open and c.cell == unit.cell],
            admissions=self._admissions(unit),
        )

    def _admissions(self, unit: Unit) -> list[Case]:
        return [c for c in self._books.cases.where(household=unit.id) if c.kind == "admission"]

    def _is_edited(self, unit: Unit, document: Document) -> bool:
        entry = self._books.ledger.entry(unit.cell, document.id, document.rev)
        return entry is not None and (entry.is_edit or bool(entry.merged))

    def _entries(self, unit: Unit, documents: list[Document]) -> list[Entry]:
        found = [self._books.ledger.entry(unit.cell, d.id, d.rev) for d in documents]
        counted = [e for e in found if e and self._admission.is_counted(e)]
        return sorted(counted, key=lambda e: (e.stamps.get("*", e.arrived), e.arrived, e.rev))

    def _tell(self, standing: Standing, body: dict[str, Any] | None) -> None:
        unit = standing.unit
        state = DocId(f"state:{unit.id}")
        if body is None:
            self._pen.withdraw(unit.cell, [state], "state")
            return
        waiting = [case for case in standing.admissions if case.is_open]
        body["data"]["text"] = self._words(unit).text(body["data"], standing.contests, waiting)
        self._pen.publish(unit.cell, {state: body}, "state")

    def _words(self, unit: Unit) -> StandingWords:
        kinds = self._books.kinds
        readings = {kind: Reading(kinds.merge_rules(kind), kinds.lineage(kind)) for kind in SUBJECTS}
        return StandingWords(self._people, naming_of(unit, kinds.sensitive), readings)

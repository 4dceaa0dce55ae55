"""A person's file: all that is held about somebody, where it came from, and who saw it; handed out on request.

Values are told plain: it is the person's own. What others wrote about somebody else is not in it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from fieldsync.cases import Case, Cases
from fieldsync.clock import write_time
from fieldsync.documents import data_of, is_sealed_cell, kind_of, missing_of
from fieldsync.erasing import Erasing, Reach
from fieldsync.filing_keys import places_of
from fieldsync.kinds import Kinds
from fieldsync.ledger import Entry, Ledger
from fieldsync.record_history import History, Seen
from fieldsync.registry import Record, Registry
from fieldsync.sealed_forms.known import SealedForms
from fieldsync.sealed_forms.wording import told_in
from fieldsync.stories import Teller
from fieldsync.telling.people import People
from fieldsync.telling.person_files import FileToRead, FileWords
from fieldsync.telling.reading import Reading
from fieldsync.trail import ABOUT, SAW, Trace, Trail

_PAGE = 1000
_SEEN = Seen(lambda _: True, reveal=True)


@dataclass(frozen=True, slots=True)
class PersonFiles:
    """Puts the file of somebody together."""

    registry: Registry
    ledger: Ledger
    cases: Cases
    history: History
    trail: Trail
    erasing: Erasing
    teller: Teller
    kinds: Kinds
    people: People
    zone: ZoneInfo
    now: Callable[[], datetime]
    forms: SealedForms

    def made(self, record_id: str, by: str, reason: str) -> dict[str, Any]:
        """Put everything held about a person or a household together, and note that. Raises NotFound, BadInput."""
        held = self.of(record_id)
        self.trail.note(by, "registry.file", record_id, reason)
        return held | {"made": {"at": write_time(self.now()), "by": by, "reason": reason}}

    def told(self, held: Mapping[str, Any], language: str) -> FileToRead:
        """Return a file that was made in words, zh or en."""
        kinds = sorted({record["kind"] for record in held["registry"]} | held["kept"].keys())
        readings = {k: Reading(self.kinds.merge_rules(k), self.kinds.lineage(k), True, True) for k in kinds}
        return FileWords(readings, self.people, self.zone, language).file(held)

    def of(self, record_id: str) -> dict[str, Any]:
        """Return everything held about a person or a household. Raises NotFound, BadInput."""
        reach = self.erasing.reach(record_id)
        names = sorted({*reach.records, *(document for _, document in reach.all())})
        erasure, sealed = self.erasing.erasures.get(record_id), list(self._sealed(reach))
        return {
            "id": record_id,
            "name": self._name(record_id),
            "erased": msgspec.to_builtins(erasure) if erasure else None,
            "registry": [self._record(name) for name in names if self.registry.get(name)],
            "revisions": list(self._revisions(reach)),
            "cases": [_case(case) for case in self._cases(names)],
            "story": self._story(reach),
            "sealed": sealed,
            "seen": list(self._seen(record_id)),
            "kept": self._kept([record_id, *names], reach, sealed),
        }

    def _name(self, record_id: str) -> str:
        record = self.registry.get(record_id)
        name = {"person": "name", "household": "contact_name"}.get(kind_of(record_id), "")
        value = record.items[name].value.get("value") if record and name in record.items else None
        return value if isinstance(value, str) else ""

    def _story(self, reach: Reach) -> list[dict[str, Any]]:
        """Return the steps of all documents, oldest first."""
        found = [
            {**step, "document": document, "cell": cell, "kind_of": kind_of(document)}
            for cell, document in reach.all()
            for step in self.teller.whole(cell, document)
        ]
        return sorted(found, key=lambda step: str(step["arrived"]))

    def _sealed(self, reach: Reach) -> Iterator[dict[str, Any]]:
        """Yield what was told in confidence, question by question."""
        for cell, document in reach.all():
            log = self.ledger.document(cell, document) if is_sealed_cell(cell) else None
            for entry in log.edits() if log else ():
                body = entry.body or {}
                form, version = str(body.get("form")), body.get("version")
                told = told_in(body, self.forms.spec(form, version))
                yield from ({"arrived": entry.arrived, "form": form, **one} for one in told)

    def _seen(self, record_id: str) -> Iterator[dict[str, Any]]:
        """Yield who saw the record: by itself, among others, or in a file of all that an area has."""
        record = self.registry.get(record_id)
        places = places_of(record) if record else ()
        for trace in self.trail.entries():
            if trace.names(record_id) or _took_along(trace, places):
                why = trace.reason.partition(SAW)[0].partition(ABOUT)[0].rstrip("; ")
                yield {**msgspec.to_builtins(trace), "reason": why}

    def _kept(self, names: Sequence[str], reach: Reach, sealed: list[dict[str, Any]]) -> dict[str, str | None]:
        """Return how long what there is is kept, by kind; what was told under seal by its form."""
        under_seal = {document for cell, document in reach.all() if is_sealed_cell(cell)}
        kinds = [kind_of(name) for name in names if name not in under_seal]
        return {form: self._retention(form) for form in dict.fromkeys([*kinds, *(one["form"] for one in sealed)])}

    def _retention(self, form: str) -> str | None:
        """Return how long documents of a form are kept; stays go with their person."""
        spec = self.kinds.lineage("person" if form == "stay" else form)
        return (spec.retention or None) if spec else None

    def _record(self, name: str) -> dict[str, Any]:
        record = self.registry.get(name)
        if record is None:
            return {}
        return {
            "id": record.id,
            "kind": record.kind,
            "cells": sorted({record.cell, *record.reconciled}),
            "values": list(self._values(record)),
        }

    def _values(self, record: Record) -> Iterator[dict[str, Any]]:
        cursor: str | None = None
        while True:
            values, cursor = self.history.page(record, cursor, _PAGE, _SEEN)
            yield from values
            if cursor is None:
                return

    def _revisions(self, reach: Reach) -> Iterator[dict[str, Any]]:
        for cell, document in reach.all():
            log = self.ledger.document(cell, document)
            for entry in sorted(log.entries.values(), key=lambda e: (e.arrived, e.rev)):
                yield _revision(entry)

    def _cases(self, names: Sequence[str]) -> Collection[Case]:
        """Return the cases about what is held, each once: one about doubles names both."""
        where = self.cases.where
        found = ((*where(document=name), *where(other=name), *where(household=name)) for name in names)
        return {case.id: case for cases in found for case in cases}.values()


def _took_along(trace: Trace, places: Collection[str]) -> bool:
    """Tell whether an entry is of a file of all records of an area in which somebody is."""
    areas = [""] if trace.subject == "registry" else trace.subject.split()
    return trace.action == "registry.export" and any(place.startswith(area) for place in places for area in areas)


def _revision(entry: Entry) -> dict[str, Any]:
    body = entry.body or {}
    told = {
        "document": entry.document,
        "cell": entry.cell,
        "rev": entry.rev,
        "arrived": entry.arrived,
        "by": entry.author,
        "tablet": entry.tablet,
        "cause": entry.cause,
        "changes": entry.changes,
        "data": data_of(body),
        "missing": missing_of(body),
    }
    more = {"quarantined": entry.quarantined, "raw": entry.raw, "erased": entry.erased or None}
    return {name: value for name, value in (told | more).items() if value not in (None, [], {})}


def _case(case: Case) -> dict[str, Any]:
    told = ("id", "kind", "state", "opened", "item", "reason", "decision")
    row = msgspec.to_builtins(case)
    return {name: row[name] for name in told if row.get(name) not in (None, "")}

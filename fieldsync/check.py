"""Check: what is wrong or doubtful in a unit's documents: by the rules of their forms, between them, and on the map."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fieldsync.checking.family import Family
from fieldsync.checking.places import check_places
from fieldsync.checking.retirement import check_retired
from fieldsync.checking.rules import check_family
from fieldsync.documents import DocId, cell_database, data_of, decode_body, missing_of
from fieldsync.events.of_unit import UnitEvents
from fieldsync.kinds import Kinds
from fieldsync.ledger import Ledger
from fieldsync.stores.base import Store
from fieldsync.units import Document, Unit, Units
from forms_spec import Circumstances
from grid import GridError, Locator, read_as_drawn

LANGUAGES = ("en", "zh")
_MOST_BORDERS = 1000
"""Cells whose borders are kept: a city has ten thousand, and a process works in some of them at a time."""


class Checker:
    """Checks units: against the forms in use, across their documents, and their places against the cell."""

    def __init__(self, kinds: Kinds, store: Store, ledger: Ledger, zone: ZoneInfo, events: UnitEvents) -> None:
        self._kinds, self._store, self._units, self._events = kinds, store, Units(store), events
        self._ledger, self._zone = ledger, zone
        self._borders: dict[str, Locator | None] = {}

    def findings(self, unit: Unit, today: str) -> list[dict[str, Any]]:
        """Return the findings of a unit's documents: document, item, code, severity, message by language."""
        subjects = sorted(unit.subjects.values(), key=lambda d: d.id)
        events = [reported.event for reported in self._events.of(unit)]
        family = Family.of(unit, self._units.stays_elsewhere(unit), date.fromisoformat(today), events)
        by_form = [finding for document in subjects for finding in self._of(unit.cell, document, today)]
        late = [finding for document in subjects for finding in self._too_late(unit.cell, document)]
        return by_form + late + check_family(family) + self._places(unit)

    def _of(self, cell: str, document: Document, today: str) -> list[dict[str, Any]]:
        """Return what the form of the version that a document names says of it.

        An answer to a question of another version is kept and no stranger.
        """
        validator = self._kinds.validator(document.kind, document.body.get("version"), cell)
        if validator is None:
            return []
        at = circumstances_of(document, today, self._zone)
        found = validator.findings(data_of(document.body), missing_of(document.body), at)
        if any(finding.code == "unknown_field" for finding in found):
            foreign = self._kinds.foreign(document.kind, validator.spec.version)
            found = [one for one in found if one.code != "unknown_field" or one.field not in foreign]
        return [
            {
                "document": document.id,
                "item": finding.field,
                "code": finding.code,
                "severity": finding.severity,
                "message": dict(finding.message),
            }
            for finding in found
        ]

    def _too_late(self, cell: str, document: Document) -> list[dict[str, Any]]:
        """Return the error of a document that was made after its form was retired."""
        retired = self._kinds.retired(document.kind)
        return check_retired(document, retired, self._ledger.document(cell, document.id)) if retired else []

    def _places(self, unit: Unit) -> list[dict[str, Any]]:
        placed = [d for d in unit.subjects.values() if d.kind == "building"] + unit.of_kind("visit")
        border = self._border(unit.cell) if placed else None
        return check_places(unit.cell, border, sorted(placed, key=lambda d: d.id)) if border else []

    def _border(self, cell: str) -> Locator | None:
        """Return where a cell is, from its own database; None where that does not say."""
        if cell not in self._borders:
            if len(self._borders) >= _MOST_BORDERS:
                self._borders.clear()
            found = self._store.database(cell_database(cell)).get(DocId(f"cell:{cell}"))
            if found is None or found.deleted:
                return None
            self._borders[cell] = _locator(cell, data_of(decode_body(found.body)).get("geometry"))
        return self._borders[cell]


def circumstances_of(document: Document, today: str, zone: ZoneInfo) -> Circumstances:
    """Return the time that a document's rules take for now: the end of the day, since what was written is earlier.

    Not what the document says of itself: a clock that is a year off would change what is right.
    """
    end = datetime.combine(date.fromisoformat(today) + timedelta(days=1), time(), zone) - timedelta(milliseconds=1)
    return Circumstances(end, seed=document.id)


def _locator(cell: str, geometry: object) -> Locator | None:
    feature = {"type": "Feature", "properties": {"code": cell}, "geometry": geometry}
    try:
        return Locator(read_as_drawn({"type": "FeatureCollection", "features": [feature]}))
    except GridError:
        return None

"""The events of a household that count: what tablets reported there, on time or let in, and no later one corrects."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fieldsync.documents import data_of
from fieldsync.events.reading import KIND, Event, event_of, standing
from fieldsync.late import counts
from fieldsync.ledger import Entry, Ledger
from fieldsync.registry import Registry
from fieldsync.units import Document, Unit


@dataclass(frozen=True, slots=True)
class Reported:
    """An event as a tablet reported it; its person is the one that is kept, where staff joined two records."""

    event: Event
    entry: Entry


class UnitEvents:
    """Reads the events of units."""

    def __init__(self, ledger: Ledger, registry: Registry) -> None:
        self._ledger, self._registry = ledger, registry

    def of(self, unit: Unit) -> list[Reported]:
        """Return the events of a unit that stand; those that came with an import are no collector's to mend."""
        found = [(d, entry) for d in unit.of_kind(KIND) if (entry := self._entry(unit, d))]
        entries = {document.id: entry for document, entry in found}
        stand = standing(event_of(document.id, data_of(document.body)) for document, _ in found)
        return [Reported(self._as_kept(event), entries[event.id]) for event in stand]

    def _entry(self, unit: Unit, document: Document) -> Entry | None:
        entry = self._ledger.entry(unit.cell, document.id, document.rev)
        if entry is None or not entry.is_edit:
            return None
        is_counted = not entry.late or counts(self._ledger.document(unit.cell, document.id), entry)
        return entry if is_counted else None

    def _as_kept(self, event: Event) -> Event:
        record = self._registry.get(event.person) if event.person else None
        return replace(event, person=record.alias_of) if record and record.alias_of else event

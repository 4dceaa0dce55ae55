"""The records of events: they enter the registry behind the stays that tell of them, and leave it with them.

In the ledger a report of an event is `recorded` by its own arrival; nobody decides about it again. What is decided is
its stay. So an event enters once a submission of its household covers it, no error holds that back, and the registry's
own stays say the same; it names who let the stay in. Nothing is written but the record: may be repeated at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from conflict import ABSENT, Rules, changed_values
from fieldsync.admit import Admission, Books
from fieldsync.cases import Case
from fieldsync.checking.finding import errors_of, insisted_on
from fieldsync.clock import write_time
from fieldsync.documents import cell_database, data_of, kind_of, missing_of
from fieldsync.events.implied import WITHOUT_STAY, doubts, item_of, telling
from fieldsync.events.of_unit import Reported, UnitEvents
from fieldsync.events.reading import KIND, day_of
from fieldsync.events.residences import Residence
from fieldsync.ledger import Entry
from fieldsync.merging import value_from, value_to
from fieldsync.record_views import values_of
from fieldsync.registry import Item, Record
from fieldsync.stores.base import Query
from fieldsync.units import Unit

KEPT = frozenset({"person", "household", "other_household", "corrects"})
"""What a record still says when the event was taken back: whom it had been told of."""


class EventRecords:
    """Brings events into the registry, and takes them back."""

    def __init__(self, books: Books, admission: Admission) -> None:
        self._books, self._admission = books, admission
        self._events = UnitEvents(books.ledger, books.registry)

    def review(self, unit: Unit, findings: Sequence[Mapping[str, Any]], today: str) -> None:
        """Let in the unit's events that are covered, held back by nothing, and told of by the registry's stays."""
        reported = self._events.of(unit)
        submissions = self._admission.submissions(unit) if reported else []
        if not submissions or errors_of(findings, insisted_on(submissions[-1].body or {})):
            return
        stays = self._stays(unit)
        for one in reported:
            if one.event.is_whole(date.fromisoformat(today)) and _is_covered(unit, one, submissions):
                self._let_in(unit, one, stays)

    def take_back(self, reversal: Case) -> None:
        """Take back the events that came in behind the values which a reversal took back."""
        for item in reversal.items:
            for record in self._behind(item) if kind_of(item["document"]) == "stay" else ():
                gone = self._item(value_to(ABSENT), reversal)
                items = {name: gone for name in record.items if name not in KEPT}
                self._books.registry.set_items(record, None, items)

    def _let_in(self, unit: Unit, one: Reported, stays: Mapping[str, tuple[Record, Residence]]) -> None:
        residences = [residence for _, residence in stays.values()]
        if WITHOUT_STAY in doubts(one.event, residences) or not self._is_known(unit, one):
            return
        held = self._books.registry.get(one.event.id)
        if held is not None and held.says_something:
            return
        name = item_of(one.event)
        stay = telling(one.event, residences) if name else None
        behind = stays[stay.id][0].items[name] if stay and name else None
        rules = self._books.kinds.merge_rules(KIND, unit.cell)
        items = event_items(one.entry, behind, rules, write_time(self._books.now()))
        self._books.registry.set_items(Record(id=one.event.id, kind=KIND, cell=unit.cell), None, items)

    def _is_known(self, unit: Unit, one: Reported) -> bool:
        """Tell whether whom the event befell is in the registry, and nobody is being asked about their household."""
        about = one.event.person or one.event.household
        if about is None or self._books.registry.get(about) is None:
            return False
        asked = self._books.cases.where(household=unit.id) if item_of(one.event) is None else ()
        return not any(case.kind == "admission" and case.is_open for case in asked)

    def _stays(self, unit: Unit) -> dict[str, tuple[Record, Residence]]:
        """Return the registry's stays of a unit."""
        names = sorted(name for name in unit.subjects if kind_of(name) == "stay")
        found = self._books.registry.read(names, Record)
        return {name: (record, residence_of(record)) for name, record in found.items()}

    def _behind(self, item: Mapping[str, Any]) -> Iterator[Record]:
        """Yield the standing records of events that came in behind a value of a stay."""
        stay = self._books.registry.get(item["document"])
        persons = _ever(stay, "person") if stay else set()
        kept = self._books.registry.read(sorted(persons), Record).values()
        for name in self._about(str(item["cell"]), {*persons, *(a for record in kept for a in record.aliases)}):
            record = self._books.registry.get(name)
            if record and record.says_something and set(record.items["type"].edits) & set(item["edits"]):
                yield record

    def _about(self, cell: str, persons: Iterable[str]) -> Iterator[str]:
        database = self._books.store.database(cell_database(cell))
        for person in sorted(persons):
            rows = database.find(Query({"data.person": person}, limit=1000))
            yield from (row.id for row in rows if kind_of(row.id) == KIND)

    def _item(self, value: dict[str, Any], case: Case) -> Item:
        decision = case.decision or {}
        by, at = decision["by"], decision["at"]
        return Item(value=value, source="decision", at=at, by=by, admitted_by=by, admitted_at=at, case=case.id)


def event_items(entry: Entry, behind: Item | None, rules: Rules, at: str) -> dict[str, Item]:
    """Return the items of a reported event's record. Pure.

    `behind` is the item of the stay that tells of it: whoever let that in let the event in; its edits stand beside the
    event's own.
    """
    decided = behind if behind is not None and behind.case else None
    told = changed_values(None, (data_of(entry.body or {}), missing_of(entry.body or {})), rules)
    provenance = Item(
        value={},
        source="edit",
        at=entry.stamps.get("*") or entry.arrived,
        by=entry.author,
        tablet=entry.tablet,
        cell=entry.cell,
        edit=entry.rev,
        edits=[entry.rev, *(behind.edits if behind is not None else ())],
        admitted_by=decided.admitted_by if decided else "auto",
        admitted_at=at,
        case=decided.case if decided else None,
    )
    return {name: msgspec.structs.replace(provenance, value=value_to(told[name])) for name in sorted(told)}


def residence_of(record: Record) -> Residence:
    """Return the registry's record of a stay as events are held against it."""
    said = {name: _text(record.value(name)) for name in ("person", "household", "relation", "since", "until")}
    since, until = day_of(said.pop("since")), day_of(said.pop("until"))
    return Residence(record.id, since=since, until=until, **said)


def _is_covered(unit: Unit, one: Reported, submissions: Sequence[Entry]) -> bool:
    """Tell whether a submission is about an event: it names it, or its household was handed in with it, or later."""
    for submission in submissions:
        covers = data_of(submission.body or {}).get("covers")
        if isinstance(covers, dict) and one.event.id in covers:
            return True
        if one.event.household == unit.id and one.entry.arrived <= submission.arrived:
            return True
    return False


def _ever(record: Record, item: str) -> set[str]:
    """Return the texts that an item is or was."""
    held = record.items.get(item)
    values = (value_from(one["value"]) for one in values_of(held)) if held else ()
    return {value for value in values if isinstance(value, str)}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None

"""Finding what runs out in a cell: by the retention of the form in use there, and by what was last heard.

A first look reads the heads of ledger entries alone; only what could be due by then is looked up in the registry too,
and, of a person, in the other cells that know him.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import msgspec

from fieldsync.admit import Books
from fieldsync.documents import RECORDS, RETAINED, cell_database, kind_of
from fieldsync.filing import Filing
from fieldsync.retention.contents import Held, held_about, held_in
from fieldsync.retention.reckoning import Heard, of_stay, told_by
from fieldsync.sealed_forms.known import SealedForms
from forms_spec.retention import read_retention


@dataclass(frozen=True, slots=True)
class RunOut:
    """A document that runs out on a day: its cell, its form and that one's retention, the day that it counts from."""

    document: str
    form: str
    cell: str
    retention: str
    since: date
    due: date


class _Value(msgspec.Struct):
    value: object = None


class _Item(msgspec.Struct):
    at: str = ""
    value: _Value | None = None


class _Record(msgspec.Struct):
    """What retention asks of a registry record."""

    id: str
    cell: str
    items: dict[str, _Item] = {}
    reconciled: dict[str, object] = {}
    confirmed: dict[str, object] | None = None
    alias_of: str | None = None
    aliases: list[str] = []

    def heard(self) -> Heard:
        """Return when its values were told, and when they were confirmed."""
        confirmed = (self.confirmed or {}).get("at")
        told = max((item.at for item in self.items.values()), default="")
        return Heard(told, confirmed if isinstance(confirmed, str) else "")


class Finder:
    """Finds what runs out."""

    def __init__(self, books: Books, filing: Filing, sealed: SealedForms, zone: ZoneInfo) -> None:
        self._books, self._filing, self._sealed, self._zone = books, filing, sealed, zone

    def is_needed(self) -> bool:
        """Tell whether any form has, or had, a retention."""
        return any(self._books.kinds.retains(form) for form in self._forms())

    def terms(self, cell: str) -> dict[str, str]:
        """Return the retention of each form in use in a cell that has one: of kinds, and sealed ones."""
        specs = {form: self._books.kinds.spec(form, cell) for form in self._forms()}
        return {form: spec.retention for form, spec in specs.items() if spec and spec.retention}

    def _forms(self) -> list[str]:
        return sorted(RETAINED | self._sealed.names())

    def _form_of(self, one: Held) -> str:
        """Return the form whose retention counts for a document: of the stub of a sealed answer the sealed one."""
        return one.form if one.form and one.form in self._sealed.names() else one.kind

    def in_cell(self, cell: str, until: date) -> list[RunOut]:
        """Return what runs out in a cell until a day, in order of identifier."""
        terms = {form: (text, read) for form, text in self.terms(cell).items() if (read := read_retention(text))}
        if not terms:
            return []
        kinds = {form if form in RETAINED else "answer" for form in terms}
        held = held_in(self._books.store.database(cell_database(cell)), kinds)
        forms = {one.id: self._form_of(one) for one in held}
        found = []
        for name, first in sorted(
            self._first_look(cell, held, {n for n, form in forms.items() if form in terms}).items()
        ):
            text, term = terms[forms[name]]
            if (since := first.since(self._zone)) and term.after(since) > until:
                continue
            since = self._whole(cell, name, held, first).since(self._zone)
            if since and term.after(since) <= until:
                found.append(RunOut(name, forms[name], cell, text, since, term.after(since)))
        return found

    def _first_look(self, cell: str, held: list[Held], asked: Collection[str]) -> dict[str, Heard]:
        """Return what the cell and the heads of its ledger entries say of each document that may run out."""
        entries = self._books.ledger.entries(cell, [(one.id, one.rev) for one in held])
        told = {one.id: told_by(entry) for one, entry in zip(held, entries, strict=True) if entry}
        heard = {one.id: Heard(told.get(one.id, "")) for one in held if one.id in asked}
        today = self._today()
        for one in held:
            for about in _counts_for(one):
                if about in heard:
                    heard[about] |= Heard(told.get(one.id, "")) | _stay(one, about, today)
        lived_in = {one.household for one in held if one.kind == "stay" and of_stay(one.until, today).lasting}
        return {name: one for name, one in heard.items() if name not in lived_in}

    def _whole(self, cell: str, name: str, held: Iterable[Held], first: Heard) -> Heard:
        """Return what was heard of a document, as the registry and other cells know it too."""
        if kind_of(name) in RECORDS:
            return first
        own = self._records([name])
        aliases = {one for record in own for one in (*record.aliases, record.alias_of or name)} | {name}
        if kind_of(name) == "household":
            return first | _all(record.heard() for record in own)
        stays = {one.id for one in held if one.kind == "stay" and one.person in aliases}
        stays |= {stay for one in sorted(aliases) for stay in self._filing.stays_of(one)}
        records = self._records(sorted(aliases | stays))
        away = _all(of_stay(_until(r), self._today()) for r in records if r.id in stays and _is_elsewhere(r, cell))
        others = {place for record in records for place in (record.cell, *record.reconciled)} - {cell}
        there = _all(self._there(other, sorted(aliases)) for other in sorted(others))
        return first | _all(record.heard() for record in records) | away | there

    def _there(self, cell: str, names: list[str]) -> Heard:
        """Return what another cell says of a person and his stays."""
        if cell_database(cell) not in self._books.store.names():
            return Heard()
        held = list(held_about(self._books.store.database(cell_database(cell)), names))
        entries = self._books.ledger.entries(cell, [(one.id, one.rev) for one in held])
        told = _all(Heard(told_by(entry)) for entry in entries if entry)
        return told | _all(of_stay(one.until, self._today()) for one in held if one.kind == "stay")

    def _records(self, names: list[str]) -> list[_Record]:
        return list(self._books.registry.read(names, _Record).values())

    def _today(self) -> date:
        return self._books.now().astimezone(self._zone).date()


def _counts_for(one: Held) -> Iterator[str]:
    """Yield what a document is about, besides itself, for which it counts: a stay for its person alone."""
    if one.person:
        yield one.person
    if one.household and one.kind != "stay":
        yield one.household


def _stay(one: Held, about: str, today: date) -> Heard:
    return of_stay(one.until, today) if one.kind == "stay" and about == one.person else Heard()


def _until(record: _Record) -> object:
    item = record.items.get("until")
    return item.value.value if item and item.value else None


def _is_elsewhere(record: _Record, cell: str) -> bool:
    return cell not in (record.cell, *record.reconciled)


def _all(heard: Iterable[Heard]) -> Heard:
    whole = Heard()
    for one in heard:
        whole |= one
    return whole

"""Units: a household, or a dwelling without one, with all documents of its cell that speak of it.

The unit is what a submission is about, what a case is opened for, and what a state document tells.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fieldsync.documents import SUBJECTS, Body, DocId, cell_database, data_of, decode_body, kind_of
from fieldsync.stores.base import Database, Query, Revision, Store

REFERENCES = {"household": "data.household", "dwelling": "data.dwelling"}


@dataclass(frozen=True, slots=True)
class Document:
    """A document's winner as the cell has it."""

    id: str
    rev: str
    body: Body

    @property
    def kind(self) -> str:
        """Return the document's kind."""
        return kind_of(self.id)


@dataclass(frozen=True, slots=True)
class Unit:
    """A household or a dwelling, its subjects, and the records about it."""

    id: str
    cell: str
    subjects: dict[str, Document]
    records: tuple[Document, ...]

    def of_kind(self, kind: str) -> list[Document]:
        """Return the unit's records of a kind."""
        return [document for document in self.records if document.kind == kind]

    @property
    def submissions(self) -> list[Document]:
        """Return the unit's submissions."""
        return self.of_kind("submission")


class Units:
    """Finds units in cells."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def load(self, cell: str, unit_id: str) -> Unit:
        """Read a unit: the subjects that refer to it or that its submissions cover, the records about it or covered."""
        database = self._store.database(cell_database(cell))
        found = {d.id: d for d in self._referring(database, unit_id)}
        records = tuple(d for d in found.values() if d.kind not in SUBJECTS)
        covered = set().union(*(_covered(document) for document in records))
        named = {i for i in covered - found.keys() if kind_of(i) == "event"}
        records = (*records, *_read(database, named)) if named else records
        wanted = {unit_id, *(d.id for d in found.values() if d.kind in SUBJECTS)}
        for document in [*found.values(), *_read(database, {unit_id})]:
            wanted |= _references(document)
        wanted |= {i for i in covered if kind_of(i) in SUBJECTS}
        subjects = {d.id: d for d in _read(database, wanted)}
        if kind_of(unit_id) == "dwelling":
            subjects = {i: d for i, d in subjects.items() if d.kind != "household"}
            records = tuple(d for d in records if not data_of(d.body).get("household"))
        return Unit(unit_id, cell, subjects, records)

    def stays_elsewhere(self, unit: Unit) -> list[Document]:
        """Return the stays of a unit's persons in other households of its cell."""
        database = self._store.database(cell_database(unit.cell))
        persons = sorted(i for i in unit.subjects if kind_of(i) == "person")
        found = [document for person in persons for document in self._find(database, "data.person", person)]
        return [d for d in found if d.kind == "stay" and d.id not in unit.subjects]

    def of_document(self, cell: str, doc_id: str) -> set[str]:
        """Return the units that a document belongs to."""
        database = self._store.database(cell_database(cell))
        kind = kind_of(doc_id)
        if kind == "household":
            return {doc_id}
        if kind in ("dwelling", "person"):
            found = self._find(database, f"data.{kind}", doc_id)
            households = {d.id for d in found if d.kind == "household"}
            households |= {unit for d in found if d.kind == "stay" and (unit := _unit_of(d))}
            return households or ({doc_id} if kind == "dwelling" else set())
        read = _read(database, {doc_id})
        units = {unit for d in read if (unit := _unit_of(d))}
        if kind == "event" and not units:
            persons = {person for d in read if kind_of(person := str(data_of(d.body).get("person"))) == "person"}
            units = {unit for person in persons for unit in self.of_document(cell, person)}
        covering = self._find(database, f"data.{kind}", doc_id) if kind == "building" else []
        return units | {d.id for d in covering if d.kind == "dwelling"}

    def _referring(self, database: Database, unit_id: str) -> Iterable[Document]:
        return self._find(database, REFERENCES[kind_of(unit_id)], unit_id)

    def _find(self, database: Database, path: str, value: str) -> list[Document]:
        return [_document(r) for r in database.find(Query({path: value}, limit=10_000))]


def _unit_of(document: Document) -> str | None:
    data = data_of(document.body)
    for name in ("household", "dwelling"):
        unit = data.get(name)
        if isinstance(unit, str) and kind_of(unit) == name and document.kind != "household":
            return unit
    return None


def _covered(document: Document) -> set[str]:
    covers = data_of(document.body).get("covers")
    return set(covers) if isinstance(covers, dict) else set()


def _references(document: Document) -> set[str]:
    data = data_of(document.body)
    names = {"stay": ("person",), "household": ("dwelling",)}.get(document.kind, ())
    return {v for name in names if isinstance(v := data.get(name), str) and kind_of(v) == name}


def _read(database: Database, ids: Iterable[str]) -> list[Document]:
    wanted = [(DocId(i), None) for i in sorted(ids)]
    return [_document(r[0]) for r in database.revisions(wanted, latest=False) if r and not r[0].deleted]


def _document(revision: Revision) -> Document:
    return Document(revision.id, revision.rev, decode_body(revision.body))

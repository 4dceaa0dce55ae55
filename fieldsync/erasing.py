"""Erasing a person, what a household told of itself, or what ran out: keys are destroyed, and so all that was sealed.

Order: the list of the erased; documents are buried (see `burying`), cases about them closed; the keys; the registry,
where the record's identifier stays, and what it was found by goes; last the files are written anew. All of it may be
repeated: whoever was interrupted erases again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from fieldsync.admit import Books
from fieldsync.attachments import stubs_of
from fieldsync.burying import Burying, Ground, wipe
from fieldsync.cases import Case
from fieldsync.clock import write_time
from fieldsync.documents import (
    DocId,
    cell_database,
    data_of,
    decode_body,
    is_sealed_cell,
    kind_of,
    sealed_cell,
)
from fieldsync.erased import NAME as ERASURES
from fieldsync.erased import RETENTION, Erasure, Erasures
from fieldsync.erased_contents import ErasedContents
from fieldsync.errors import BadInput, NotFound
from fieldsync.filing import Filing
from fieldsync.filing_keys import places_of
from fieldsync.holds import Holds
from fieldsync.ledger import entry_id
from fieldsync.moves.matching import Moves
from fieldsync.registry import Record
from fieldsync.server_writes import Pen
from fieldsync.stores.base import Query
from fieldsync.trail import Trail
from fieldsync.vault import PersonKeys
from fieldsync.vault.owners import names_owner, owner_of_quarantined
from fieldsync.vault.person_keys import NAME as PERSON_KEYS

KINDS = ("person", "household")
CAUSE = "erasure"
_TOLD = ("notice", "state", "task")
"""Kinds in which the server tells collectors of somebody."""
_MOST = 100_000


@dataclass(frozen=True, slots=True)
class Reach:
    """What an erasure is about: the records, and in each cell the documents that are about them."""

    records: tuple[str, ...]
    documents: Mapping[str, tuple[str, ...]]

    def names(self) -> set[str]:
        """Return all records and documents."""
        return {*self.records, *(document for held in self.documents.values() for document in held)}

    def all(self) -> Iterator[tuple[str, str]]:
        """Yield each document with its cell."""
        yield from ((cell, document) for cell, held in self.documents.items() for document in held)


@dataclass(frozen=True, slots=True)
class Names:
    """Where people are found by what they are called, in identifiers that no key closes."""

    filing: Filing
    moves: Moves


@dataclass(frozen=True, slots=True)
class Notes:
    """What is written of an erasure, and what forbids one."""

    erasures: Erasures
    trail: Trail
    holds: Holds


class Erasing:
    """Erases; every part may be repeated."""

    def __init__(self, books: Books, pen: Pen, keys: PersonKeys, names: Names, notes: Notes) -> None:
        self._books, self._keys, self._burying = books, keys, Burying(books, pen)
        self._filing, self._moves = names.filing, names.moves
        self.erasures, self._trail, self._holds = notes.erasures, notes.trail, notes.holds
        self._contents = ErasedContents(books.store, ERASURES)

    def reach(self, record_id: str) -> Reach:
        """Return what an erasure would be about. Raises NotFound, BadInput."""
        if kind_of(record_id) not in KINDS:
            raise BadInput(
                f"{record_id} is neither a person nor a household: nobody else is erased.",
                zh=f"{record_id} 既不是人员也不是住户：不能删除。",
            )
        record = self._books.registry.get(record_id)
        known = self.erasures.get(record_id)
        if record is None and known is None and not self._keys.known([record_id]):
            raise NotFound(f"Nothing is held about {record_id}.", zh=f"没有关于 {record_id} 的留存信息。")
        named = {record_id, *(record.aliases if record else ()), *(known.others if known else ())}
        return self._around(record_id, record, known, {cell for one in sorted(named) for cell in self._cells(one)})

    def _around(self, name: str, record: Record | None, known: Erasure | None, cells: Iterable[str]) -> Reach:
        """Return what is about a person or a household in some cells, with aliases, stays, and what went before."""
        stays = sorted(self._filing.stays_of(name))
        named = [name, *(record.aliases if record else ()), *stays, *(known.others if known else ())]
        records = tuple(dict.fromkeys(named))
        documents = {cell: tuple(sorted(set(self._documents(cell, records)))) for cell in sorted(cells)}
        found = {cell: held for cell, held in documents.items() if held}
        return Reach(records, found | self._under_seal(found))

    def mentions(self, reach: Reach) -> list[str]:
        """Return the records of others that have a phone or an identity number of somebody in reach; they stay.

        By the keyed index: nothing is opened. What stands in free words, such as an informant's name, is not found.
        """
        return sorted(self._filing.sharing(reach.names()))

    def erase(self, record_id: str, by: str, reason: str) -> Erasure:
        """Erase a person or a household for good. Raises NotFound, and BadInput without a reason."""
        if not reason.strip():
            raise BadInput(
                "Erasing needs a reason; it stays in the audit trail. Name nobody in it.",
                zh="删除须写明理由，理由将留存于查阅记录；请勿写入姓名。",
            )
        reach = self.reach(record_id)
        self._must_be_sealed(reach)
        self._holds.must_not_hold([*sorted(reach.names()), *self._households(reach)])
        self._trail.note(by, "registry.erase", record_id, reason)
        at = write_time(self._books.now())
        erasure = self.erasures.note(Erasure(record=record_id, at=at, by=by, reason=reason, others=_others(reach)))
        self._carry_out(reach, dict.fromkeys(reach.names(), erasure), at)
        self.wipe()
        return erasure

    def run_out(self, cell: str, found: Mapping[str, str], by: str) -> list[Erasure]:
        """Erase documents of a cell that ran out, each with the words for the trail; `wipe` ends it, once for many."""
        at = write_time(self._books.now())
        reaches = {name: self.near(cell, name) for name in found}
        for name, words in found.items():
            self._trail.note(by, "retention.erase", name, words)
        wanted = [
            Erasure(record=n, at=at, by=by, reason=RETENTION, others=_others(reach), cells=sorted(reach.documents))
            for n, reach in reaches.items()
        ]
        noted = self.erasures.note_all(wanted)
        of = {name: noted[n] for n, reach in reaches.items() for name in reach.names()}
        self._carry_out(_joined(reaches.values()), of, at)
        return list(noted.values())

    def erase_again(self, erasure: Erasure) -> bool:
        """Erase who was erased before this store's backup was restored; False where nothing is held of them."""
        self.erasures.note(erasure)
        reach = self._of(erasure)
        has_key = any(self._keys.known([erasure.record, *erasure.others]).values())
        if not has_key and not any(self._burying.live(cell, document) for cell, document in reach.all()):
            return False
        self._carry_out(reach, dict.fromkeys(reach.names(), erasure), erasure.at)
        return True

    def wipe(self) -> None:
        """Write the files anew that held keys and names, so that nothing which was taken out is left in them."""
        wipe(self._books.store.database(PERSON_KEYS))
        self._filing.wipe()
        self._moves.wipe()
        self._contents.drop()

    def _of(self, erasure: Erasure) -> Reach:
        """Return what an erasure is about, as far as it is there."""
        if kind_of(erasure.record) in KINDS:
            return self.reach(erasure.record)
        here = {cell: (erasure.record,) for cell in erasure.cells if cell_database(cell) in self._books.store.names()}
        return Reach((erasure.record,), here | self._under_seal(here))

    def near(self, cell: str, name: str) -> Reach:
        """Return what goes with a document of a cell: all that is known of a person or household, or itself alone."""
        if kind_of(name) not in KINDS:
            return Reach((name,), {cell: (name,)} | self._under_seal({cell: (name,)}))
        record = self._books.registry.get(name)
        known = self.erasures.get(name)
        return self._around(name, record, known, {cell, *self._told_cells(name, record)})

    def _households(self, reach: Reach) -> Iterator[str]:
        """Yield the households that the stays in reach are in."""
        for cell, name in reach.all():
            found = (
                self._books.store.database(cell_database(cell)).get(DocId(name)) if kind_of(name) == "stay" else None
            )
            if found and isinstance(home := data_of(decode_body(found.body)).get("household"), str):
                yield home

    def _must_be_sealed(self, reach: Reach) -> None:
        records = any(map(self._books.registry.is_plain, reach.records))
        if records or any(self._books.ledger.is_plain(cell, document) for cell, document in reach.all()):
            raise BadInput(
                f"What is held about {reach.records[0]} was written before persons had keys: run fieldsync keys seal"
                " first, then erase again.",
                zh=f"关于 {reach.records[0]} 的信息写入时尚未按人加密：请先运行 fieldsync keys seal，再删除。",
            )

    def _carry_out(self, reach: Reach, of: Mapping[str, Erasure], at: str) -> None:
        """Erase everything in reach; `of` has for each document the erasure it goes by."""
        about = reach.names()
        told = self._told(reach, about)
        quarantined = list(self._quarantined(reach))
        self._contents.note(self._attached(reach))
        for cell, document in reach.all():
            self._burying.bury(cell, document, _ground(of[document]))
        for case in self._cases(about, reach.documents):
            self._books.cases.close(case.id, "erased")
        for cell, notices in told.items():
            for document in notices:
                self._burying.end(cell, document, CAUSE)
        self._keys.destroy([*sorted(about), *quarantined, *(one for held in told.values() for one in held)], at)
        for record in sorted(about):
            self._books.registry.change(record, lambda held: _blank(held, of[held.id]))
        self._filing.forget(about)
        self._moves.forget(about)
        for cell, documents in reach.documents.items():
            self._burying.clean(cell, [*documents, *told.get(cell, ())])

    def _told(self, reach: Reach, about: set[str]) -> dict[str, list[str]]:
        """Return by cell what the server told collectors of persons and households; of others it tells nothing."""
        if not any(kind_of(one) in KINDS for one in about):
            return {}
        return {cell: sorted(self._books.ledger.naming(cell, _TOLD, about)) for cell in reach.documents}

    def _told_cells(self, record_id: str, record: Record | None) -> Iterator[str]:
        """Yield the cells that a record, or one of its stays, is known to have been in."""
        yield from places_of(record) if record else ()
        for stay in self._books.registry.read(sorted(self._filing.stays_of(record_id)), Record).values():
            yield from places_of(stay)

    def _cells(self, record_id: str) -> Iterator[str]:
        """Yield the cells that have, or had, something about a record."""
        yield from self._told_cells(record_id, self._books.registry.get(record_id))
        for name in self._books.store.names():
            if name.startswith("cell-") and self._has(name, record_id):
                yield name.removeprefix("cell-")

    def _has(self, name: str, record_id: str) -> bool:
        """Tell whether a cell has, or had, a record, or has something that is about it."""
        if is_sealed_cell(name):
            return bool(self._books.store.database(name).leaves(DocId(record_id)))
        return any(self._documents(name.removeprefix("cell-"), [record_id]))

    def _documents(self, cell: str, records: Iterable[str]) -> Iterator[str]:
        """Yield the documents of a cell that are about records: their own, and those that go with their key."""
        database = self._books.store.database(cell_database(cell))
        for record in records:
            if database.leaves(DocId(record)):
                yield record
            if kind_of(record) in KINDS:
                found = database.find(Query({f"data.{kind_of(record)}": record}, limit=_MOST))
                named = ((one.id, bool(data_of(decode_body(one.body)).get("person"))) for one in found)
                yield from (name for name, of_person in named if _is_about(name, kind_of(record), of_person))

    def _under_seal(self, documents: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
        """Return by sealed database the answers of which cells have the stubs among some documents."""
        names = set(self._books.store.names())
        found: dict[str, tuple[str, ...]] = {}
        for cell, held in documents.items():
            answers = [DocId(one) for one in held if kind_of(one) == "answer"]
            if answers and cell_database(sealed_cell(cell)) in names:
                known = self._books.store.database(cell_database(sealed_cell(cell))).leaves_of(answers)
                found |= {sealed_cell(cell): tuple(sorted(known))} if known else {}
        return found

    def _quarantined(self, reach: Reach) -> Iterator[str]:
        """Yield the owners of the keys of quarantined revisions of the documents."""
        for cell, document in reach.all():
            for entry in self._books.ledger.document(cell, document).entries.values():
                if entry.quarantined:
                    yield owner_of_quarantined(entry_id(cell, document, entry.rev))

    def _attached(self, reach: Reach) -> set[str]:
        """Return the contents that any revision of the documents has, or had, attached."""
        logs = [self._books.ledger.document(cell, document) for cell, document in reach.all()]
        bodies = [entry.body for log in logs for entry in log.entries.values() if entry.body]
        return {stub.digest for body in bodies for stub in stubs_of(body).values()}

    def _cases(self, about: set[str], cells: Iterable[str]) -> Iterator[Case]:
        for record in sorted(about):
            yield from self._books.cases.where(document=record)
            yield from self._books.cases.where(other=record)
        for cell in cells:
            for case in self._books.cases.where(cell=cell):
                if any(item.get("document") in about for item in case.items):
                    yield case


def _is_about(document: str, kind: str, of_person: bool) -> bool:
    """Tell whether a document that names a person or a household goes with it: an answer with either."""
    return kind_of(document) == "answer" or names_owner(document, kind, of_person)


def _ground(erasure: Erasure) -> Ground:
    cause = RETENTION if erasure.ran_out else CAUSE
    return Ground(f"{cause}:{erasure.record}", erasure.at, erasure.by)


def _others(reach: Reach) -> list[str]:
    return sorted(reach.names() - {reach.records[0]})


def _joined(reaches: Iterable[Reach]) -> Reach:
    records: dict[str, None] = {}
    documents: dict[str, dict[str, None]] = {}
    for reach in reaches:
        records |= dict.fromkeys(reach.records)
        for cell, held in reach.documents.items():
            documents.setdefault(cell, {}).update(dict.fromkeys(held))
    return Reach(tuple(records), {cell: tuple(held) for cell, held in documents.items()})


def _blank(record: Record, erasure: Erasure) -> Record:
    erased = {"at": erasure.at, "by": erasure.by}
    return msgspec.structs.replace(record, items={}, reconciled={}, confirmed=None, erased=erased)

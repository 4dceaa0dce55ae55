"""The registry: a record of each building, dwelling, household, person, stay and event, each item with its provenance.

`items` holds what the city knows; `before` of an item what it knew earlier, newest first. `reconciled` says, per cell,
what that cell was last told or last agreed on: an edit proposes only what differs from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from conflict import ABSENT, json_equal
from fieldsync.documents import DocId, Rev
from fieldsync.errors import Conflict
from fieldsync.merging import value_from, value_to
from fieldsync.normalise import normalised
from fieldsync.shelf import LAST
from fieldsync.stores.base import ChangesQuery, Page, Put, Query, Store
from fieldsync.vault import SealedDatabase, Vault

NAME = "registry"
TRIES = 10
PAGE = 500
T = TypeVar("T")


class Item(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One item of a record: its value (as `fieldsync.merging.value_to` writes it) and where it is from.

    `source` is import, edit or decision; `edit` the revision in which the value came; `by`, `tablet`, `at` who wrote
    it, on what, when; `admitted_by` who let it in (`auto`: the form's rule), `case` the case it was decided in.
    """

    value: dict[str, Any]
    source: str
    at: str
    by: str | None = None
    tablet: str | None = None
    cell: str | None = None
    edit: str | None = None
    edits: list[str] = []
    admitted_by: str | None = None
    admitted_at: str | None = None
    case: str | None = None
    before: list[dict[str, Any]] = []


class Record(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What the registry knows of one building, dwelling, household, person, stay or event.

    `alias_of` is set where staff found that this is the same person as another record: what is written here since is
    written there too. `aliases` are the records that are such of this one. `erased`: when and by whom, where nothing is
    kept of it any more.
    """

    id: str
    kind: str
    cell: str
    version: int = 0
    items: dict[str, Item] = {}
    reconciled: dict[str, dict[str, dict[str, Any]]] = {}
    confirmed: dict[str, Any] | None = None
    alias_of: str | None = None
    aliases: list[str] = []
    erased: dict[str, Any] | None = None

    @property
    def is_imported(self) -> bool:
        """Tell whether the record is as the city handed it over: nobody has written to it since."""
        return all(item.source == "import" for item in self.items.values())

    @property
    def says_something(self) -> bool:
        """Tell whether anything is known of it: not once it was erased, nor, of an event, once it was taken back."""
        return self.value("type") is not ABSENT if self.kind == "event" else bool(self.items)

    def value(self, item: str) -> Any:
        """Return an item's value; ABSENT where nothing is known."""
        held = self.items.get(item)
        return value_from(held.value) if held else ABSENT

    def told(self, cell: str, item: str) -> Any:
        """Return what a cell last agreed on for an item; ABSENT where it never did."""
        return value_from(self.reconciled.get(cell, {}).get(item, {}))


class _Alias(msgspec.Struct):
    alias_of: str | None = None


_ALIASES = msgspec.json.Decoder(_Alias)


class Registry:
    """Reads and writes records; a write is repeated on the record as it is then."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self._db = SealedDatabase(store, NAME, vault)

    def get(self, record_id: str) -> Record | None:
        """Return a record, or None."""
        found = self._db.get(DocId(record_id))
        return msgspec.json.decode(found.body, type=Record) if found and not found.deleted else None

    def read(self, ids: Sequence[str], form: type[T]) -> dict[str, T]:
        """Return those of some records that are there, by identifier, as far as a type asks for their members."""
        found = self._db.revisions([(DocId(one), None) for one in ids], latest=False) if ids else []
        return {r[0].id: msgspec.json.decode(r[0].body, type=form) for r in found if r and not r[0].deleted}

    def aliases(self, ids: Sequence[str]) -> dict[str, str]:
        """Return those of some records that are aliases, with what they are aliases of; nothing sealed is opened."""
        found = self._db.kept.revisions([(DocId(one), None) for one in ids], latest=False) if ids else []
        live = [one[0] for one in found if one and not one[0].deleted]
        return {one.id: alias for one in live if (alias := _ALIASES.decode(one.body).alias_of)}

    def add(self, records: Sequence[Record]) -> list[bool]:
        """Put each record if absent, durably."""
        return self._db.add([(DocId(r.id), msgspec.json.encode(r)) for r in records]) if records else []

    def is_plain(self, record_id: str) -> bool:
        """Tell whether a record was written before there were keys of persons."""
        return self._db.has_plain(record_id)

    def known(self, record_id: str) -> Record | None:
        """Return a record with what the registry knows of it: where it is an alias, by what it is an alias of."""
        record = self.get(record_id)
        kept = self.get(record.alias_of) if record and record.alias_of else None
        return msgspec.structs.replace(record, items={**record.items, **kept.items}) if record and kept else record

    def changes(self, since: str, limit: int) -> Page:
        """Return a page of the registry's own sequence."""
        return self._db.changes(ChangesQuery(since=since, limit=limit))

    def set_items(self, record: Record, cell: str | None, items: Mapping[str, Item]) -> Record:
        """Write items into a record as it is now (made from `record` if absent), and reconcile a cell with them.

        Idempotent: an item that already came from the same edits by the same way is left alone.
        """
        for _ in range(TRIES):
            current, parent = self._current(record)
            changed = _with_items(current, cell, items)
            if changed is None or self._wrote(changed, parent):
                return changed or current
        raise Conflict(
            f"The record {record.id} is changing too fast; try again.", zh=f"记录 {record.id} 变动过于频繁；请重试。"
        )

    def change(self, record_id: str, edit: Callable[[Record], Record]) -> Record | None:
        """Write a record as `edit` makes it of what it is now; None where there is no such record. May be repeated."""
        for _ in range(TRIES):
            found = self._db.get(DocId(record_id))
            if found is None or found.deleted:
                return None
            record = msgspec.json.decode(found.body, type=Record)
            changed = edit(record)
            if changed == record or self._wrote(changed, found.rev):
                return changed
        raise Conflict(
            f"The record {record_id} is changing too fast; try again.", zh=f"记录 {record_id} 变动过于频繁；请重试。"
        )

    def reconcile(self, record_id: str, cell: str, values: Mapping[str, Any]) -> None:
        """Note that a cell now holds these values of the registry's."""

        def told(record: Record) -> Record:
            held = {**record.reconciled.get(cell, {}), **{i: value_to(v) for i, v in values.items()}}
            return msgspec.structs.replace(record, reconciled={**record.reconciled, cell: held})

        self.change(record_id, told)

    def confirm(self, record_id: str, confirmed: Mapping[str, Any]) -> None:
        """Note who last found the record's values right, and when."""

        def noted(record: Record) -> Record:
            is_older = (record.confirmed or {}).get("at", "") >= confirmed["at"]
            return record if is_older else msgspec.structs.replace(record, confirmed=dict(confirmed))

        self.change(record_id, noted)

    def records(self, start: str = "", limit: int | None = None, end: str = LAST) -> Iterator[Record]:
        """Yield records in order of id, from `start` on, those before `end`."""
        for revision in self._db.documents(start, end, limit=limit):
            yield msgspec.json.decode(revision.body, type=Record)

    def within(self, cell: str, kind: str, after: str = "", page: int = PAGE) -> Iterator[Record]:
        """Yield the records of a kind in a cell, in order of id, those after one alone; read page by page."""
        while found := self._db.find(_query(cell, kind, after, page)):
            yield from (msgspec.json.decode(revision.body, type=Record) for revision in found)
            after = found[-1].id

    def owners(self, cell: str, kind: str) -> Iterator[str]:
        """Yield whom each record of a kind in a cell is about, a stay about its person; nothing sealed is opened."""
        after = ""
        while found := self._db.owners(_query(cell, kind, after, PAGE)):
            yield from (owners[0] if owners else name for name, owners in found)
            after = found[-1][0]

    def note(self, name: str) -> bytes | None:
        """Return what was noted under a name, beside the records."""
        return self._db.local(name)

    def keep_note(self, name: str, body: bytes | None) -> None:
        """Note something (a JSON object) under a name, durably; None drops it."""
        if body is None:
            self._db.delete_local(name)
        else:
            self._db.put_local(name, body)

    def _current(self, record: Record) -> tuple[Record, Rev | None]:
        found = self._db.get(DocId(record.id))
        if found is None or found.deleted:
            return record, None
        return msgspec.json.decode(found.body, type=Record), found.rev

    def _wrote(self, record: Record, parent: Rev | None) -> bool:
        try:
            self._db.put(Put(DocId(record.id), msgspec.json.encode(record), parent))
        except Conflict:
            return False
        return True


def _query(cell: str, kind: str, after: str, limit: int) -> Query:
    return Query({"cell": cell, "kind": kind}, max(after, f"{kind}:"), limit)  # identifiers begin with the kind


def _with_items(record: Record, cell: str | None, items: Mapping[str, Item]) -> Record | None:
    """Return the record with items set, or None where nothing changes."""
    news = {name: item for name, item in items.items() if not _is_same(record.items.get(name), item)}
    reconciled = _told(record, cell, items) if cell else record.reconciled
    if not news and reconciled == record.reconciled:
        return None
    merged = {**record.items, **{name: _after(record.items.get(name), item) for name, item in news.items()}}
    return msgspec.structs.replace(record, items=merged, reconciled=reconciled, version=record.version + 1)


def _told(record: Record, cell: str, items: Mapping[str, Item]) -> dict[str, dict[str, dict[str, Any]]]:
    told = {**record.reconciled.get(cell, {}), **{name: item.value for name, item in items.items()}}
    return {**record.reconciled, cell: told}


def _is_same(held: Item | None, item: Item) -> bool:
    """Tell whether an item was written before; a repeat after a later value must not bring the earlier one back."""
    if held is None:
        return False
    written = [msgspec.to_builtins(held), *held.before]
    wanted = (item.value, item.edits, item.case)
    return any((w["value"], w.get("edits", []), w.get("case")) == wanted for w in written)


def _after(held: Item | None, item: Item) -> Item:
    if held is None:
        return item
    earlier = {k: v for k, v in msgspec.to_builtins(held).items() if k != "before"}
    return msgspec.structs.replace(item, before=[earlier, *held.before])


def is_same_fact(one: Any, other: Any) -> bool:
    """Tell whether two values of an item say the same, normalised."""
    one, other = normalised(one), normalised(other)
    if one is ABSENT or other is ABSENT:
        return one is other
    return json_equal(value_to(one), value_to(other))

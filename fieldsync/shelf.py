"""Typed documents of the administrative databases: one shelf holds the documents of one prefix.

A change is written on the revision that was read, so two writers never overwrite each other unseen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from fieldsync.documents import DocId, Rev
from fieldsync.errors import Conflict, NotFound
from fieldsync.stores.base import Database, Put, Query, Revision

T = TypeVar("T", bound=msgspec.Struct)
_ATTEMPTS = 8
_BATCH = 500
LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Kept(Generic[T]):
    """A value with the revision it was read at."""

    id: DocId
    rev: Rev
    value: T


class Shelf(Generic[T]):
    """The documents `{prefix}{key}` of a database, read and written as values of one type."""

    def __init__(self, database: Database, prefix: str, form: type[T]) -> None:
        self._database = database
        self._prefix = prefix
        self._decoder = msgspec.json.Decoder(form)

    def get(self, key: str) -> Kept[T] | None:
        """Return the value under a key, or None."""
        found = self._database.get(self._id(key))
        return self._read(found) if found is not None and not found.deleted else None

    def many(self, keys: Iterable[str]) -> dict[str, T]:
        """Return the values under those keys that have one, read at once."""
        asked = list(keys)
        found = self._database.revisions([(self._id(key), None) for key in asked], latest=False)
        kept = ((key, one[0]) for key, one in zip(asked, found, strict=True) if one and not one[0].deleted)
        return {key: self._read(revision).value for key, revision in kept}

    def need(self, key: str, what: str) -> Kept[T]:
        """Return the value under a key. Raises NotFound, calling it `what`."""
        kept = self.get(key)
        if kept is None:
            raise NotFound(f"There is no {what} {key!r}. / 没有 {key!r}。")
        return kept

    def add(self, key: str, value: T) -> bool:
        """Write a value if nothing was ever kept under this key; tell whether it was written."""
        return self._database.add([(self._id(key), msgspec.json.encode(value))])[0]

    def add_all(self, values: Mapping[str, T]) -> list[str]:
        """Write values at once where nothing was ever kept under their keys; returns the keys where something was."""
        new = self._database.add([(self._id(key), msgspec.json.encode(value)) for key, value in values.items()])
        return [key for key, is_new in zip(values, new, strict=True) if not is_new]

    def replace(self, kept: Kept[T], value: T) -> Rev:
        """Write on the revision that was read. Raises Conflict when another writer was first."""
        return self._database.put(Put(kept.id, msgspec.json.encode(value), kept.rev))

    def change(self, key: str, what: str, edit: Callable[[T], T]) -> T:
        """Read, edit and write; again from the start when another writer was first.

        Raises NotFound, or whatever `edit` raises; then nothing is written.
        """
        for _ in range(_ATTEMPTS):
            kept = self.need(key, what)
            value = edit(kept.value)
            if value == kept.value:
                return value
            try:
                self.replace(kept, value)
            except Conflict:
                continue
            return value
        raise Conflict(f"The {what} {key!r} is being changed by others; try again. / 他人正在修改，请重试。")

    def all(self, start: str = "", after: str | None = None) -> Iterator[T]:
        """Yield the values whose key begins with `start`, in order of key; only keys greater than `after`, if given."""
        first = self._id(start) if after is None else max(self._id(start), DocId(self._id(after) + "\0"))
        for found in self._database.documents(first, self._id(start) + LAST):
            yield self._read(found).value

    def where(self, **equal: str) -> list[Kept[T]]:
        """Return what is kept with top-level members equal to these, in order of key; one member must be indexed."""
        values: list[Kept[T]] = []
        after = ""
        while True:
            rows = self._database.find(Query(equal, after, _BATCH))
            values.extend(self._read(row) for row in rows if row.id.startswith(self._prefix))
            if len(rows) < _BATCH:
                return values
            after = rows[-1].id

    def _id(self, key: str) -> DocId:
        return DocId(self._prefix + key)

    def _read(self, found: Revision) -> Kept[T]:
        return Kept(found.id, found.rev, self._decoder.decode(found.body))

"""The list of what ran out: nothing goes before it has been on it for the days of grace.

An entry that is `going` was begun: it is ended first, whatever the cell says by then. An entry is taken away when its
document has gone, or no longer runs out.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import date

import msgspec

from fieldsync.documents import DocId
from fieldsync.errors import Conflict
from fieldsync.shelf import LAST
from fieldsync.stores.base import Put, Store

NAME = "retention"
_PREFIX = "due:"


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A document that ran out: since when its retention counts, when it was over, when it was listed, when it goes."""

    document: str
    cell: str
    form: str
    retention: str
    since: date
    due: date
    found: date
    goes: date
    going: bool = False


class DueList:
    """Reads and writes the list; another server that writes the same at this moment comes to the same."""

    def __init__(self, store: Store) -> None:
        self._db = store.create(NAME)

    def of_cell(self, cell: str) -> dict[str, Listed]:
        """Return what is listed of a cell, or of an area's cells, by identifier."""
        return {one.document: one for one in self.all(cell)}

    def all(self, area: str = "") -> Iterator[Listed]:
        """Yield what is listed in an area, in order of cell."""
        for row in self._db.documents(f"{_PREFIX}{area}", f"{_PREFIX}{area}{LAST}"):
            yield msgspec.json.decode(row.body, type=Listed)

    def put(self, one: Listed) -> None:
        """Enter a document, or write its entry anew."""
        self._write(one.cell, one.document, msgspec.json.encode(one))

    def drop(self, cell: str, document: str) -> None:
        """Take a document from the list."""
        self._write(cell, document, None)

    def _write(self, cell: str, document: str, body: bytes | None) -> None:
        name = DocId(f"{_PREFIX}{cell}/{document}")
        found = self._db.get(name)
        is_there = found is not None and not found.deleted
        if (not is_there) if body is None else bool(found and is_there and found.body == body):
            return
        with suppress(Conflict):
            self._db.put(Put(name, body or b"{}", found.rev if found and is_there else None, deleted=body is None))

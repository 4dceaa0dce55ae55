"""A database of the embedded store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

import apsw
import msgspec

from fieldsync.documents import DocId, Rev, decode_body
from fieldsync.errors import BadInput, Conflict
from fieldsync.revisions import REVS_LIMIT, check_path, server_rev
from fieldsync.stores.base import (
    ChangesQuery,
    ChangesView,
    Graft,
    Info,
    Leaf,
    Missing,
    Page,
    Put,
    Query,
    Revision,
    Rows,
)
from fieldsync.stores.sqlite import feed, reads, wiping, written
from fieldsync.stores.sqlite.connections import Connections, File
from fieldsync.stores.sqlite.sequences import read_figures
from fieldsync.stores.sqlite.writes import Batch, parent_for_put
from fieldsync.stores.wire import render_change

_BATCH = 500
T = TypeVar("T")


class SqliteDatabase:
    """One database: a file, read and written through the store's connections."""

    def __init__(
        self, file: File, connections: Connections, changed: Callable[[str], None], revs_limit: int = REVS_LIMIT
    ) -> None:
        self.name = file.name
        self._file = file
        self._connections = connections
        self._revs_limit = revs_limit
        self._changed = changed

    def info(self) -> Info:
        """Return the database's figures in constant time."""
        with self._connections.reading(self._file) as connection:
            figures = read_figures(connection)
        return Info(self.name, figures.seq(figures.update_seq), figures.doc_count, figures.doc_del_count)

    def changes(self, query: ChangesQuery) -> Page:
        """Read a page of changes."""
        with self._connections.reading(self._file) as connection:
            return feed.read_page(connection, query)

    def rows(self, query: ChangesQuery, view: ChangesView) -> Rows:
        """Read a page of changes as the rows that clients see."""
        with self._connections.reading(self._file) as connection:
            if not view.include_docs:
                return feed.read_rows(connection, query, view.all_leaves)
            page = feed.read_page(connection, query)
            docs = reads.rendered_winners(connection, page.rows, view.conflicts)
        rows = [render_change(change, view, docs.get(change.id)) for change in page.rows]
        return Rows(rows, page.last_seq, page.pending)

    def bulk(self, wanted: Sequence[tuple[DocId, Rev | None]], *, latest: bool, history: bool) -> list[bytes]:
        """Return for each request, in order, the JSON of its result in `_bulk_get`."""
        with self._connections.reading(self._file) as connection:
            return written.bulk(connection, wanted, latest, history)

    def get(self, doc_id: DocId, rev: Rev | None = None) -> Revision | None:
        """Return a revision (default: the winner, also when that is deleted), or None."""
        found = self.revisions([(doc_id, rev)], latest=False)[0]
        return found[0] if found else None

    def leaves(self, doc_id: DocId) -> tuple[Leaf, ...]:
        """Return all leaves, winner first; empty for an unknown document."""
        with self._connections.reading(self._file) as connection:
            return reads.leaves(connection, doc_id)

    def revisions(self, wanted: Sequence[tuple[DocId, Rev | None]], *, latest: bool = True) -> list[list[Revision]]:
        """Return for each request, in order, its revision; with `latest` the leaves that descend from it."""
        with self._connections.reading(self._file) as connection:
            return reads.revisions(connection, wanted, latest)

    def missing(self, revs: Mapping[DocId, Sequence[Rev]]) -> dict[DocId, Missing]:
        """Compare with all known revisions; only documents with gaps are answered."""
        with self._connections.reading(self._file) as connection:
            return reads.missing(connection, revs)

    def graft(self, grafts: Sequence[Graft]) -> list[bool]:
        """Write revisions with their paths in one durable transaction; True for each that was new."""
        for graft in grafts:
            _check_id(graft.id)
            check_path(graft.path)
        return self._write({graft.id for graft in grafts}, lambda batch: _in_order(grafts, batch.graft))

    def put(self, put: Put) -> Rev:
        """Write on the present winner. Raises Conflict when `parent` is not it."""
        _check_id(put.id)
        body = _parsed(put.id, put.body)

        def write(batch: Batch) -> Rev:
            parent = parent_for_put(batch.row(put.id), put.parent, put.id)
            rev = server_rev(parent, put.deleted, body)
            if not batch.graft(Graft(put.id, (rev, parent) if parent else (rev,), put.body, put.deleted)):
                raise Conflict(f"Document {put.id!r} already has {rev}: read it again.")
            return rev

        return self._write([put.id], write)

    def add(self, documents: Sequence[tuple[DocId, bytes]]) -> list[bool]:
        """Put each if absent, in one durable transaction; False for those that exist (whatever their body)."""
        for doc_id, _ in documents:
            _check_id(doc_id)
        grafts = _first_revisions(documents)

        def write(batch: Batch, graft: Graft) -> bool:
            return batch.row(graft.id) is None and batch.graft(graft)

        return self._write(
            {graft.id for graft in grafts}, lambda batch: _in_order(grafts, lambda graft: write(batch, graft))
        )

    def documents(
        self, start: str = "", end: str = "\U0010ffff", *, limit: int | None = None, descending: bool = False
    ) -> Iterator[Revision]:
        """Yield the winners that are not deleted with start <= id < end (code point order), in order of id."""
        left = limit
        while left is None or left > 0:
            size = _BATCH if left is None else min(_BATCH, left)
            with self._connections.reading(self._file) as connection:
                found = reads.documents(connection, start, end, size, descending)
            yield from found
            if len(found) < size:
                return
            left = None if left is None else left - size
            start, end = (start, found[-1].id) if descending else (found[-1].id + "\0", end)

    def below(self, prefixes: Sequence[str]) -> Iterator[Revision]:
        """Yield the live winners whose identifiers begin with one of some texts, a text after the other."""
        with self._connections.reading(self._file) as connection:
            found = reads.below(connection, prefixes)
        yield from found

    def leaves_of(self, ids: Sequence[DocId]) -> dict[DocId, tuple[Leaf, ...]]:
        """Return all leaves of documents, winner first; without those that are not known."""
        with self._connections.reading(self._file) as connection:
            return reads.leaves_of(connection, ids)

    def find(self, query: Query) -> list[Revision]:
        """Return the winners that match. Raises BadInput where no index can be used."""
        with self._connections.reading(self._file) as connection:
            return reads.find(connection, self.name, query)

    def local(self, local_id: str) -> bytes | None:
        """Return a `_local` document as it was stored."""
        with self._connections.reading(self._file) as connection:
            found = connection.execute("SELECT body FROM locals WHERE id = ?", (local_id,)).fetchone()
        return found[0] if found else None

    def put_local(self, local_id: str, body: bytes) -> None:
        """Keep a `_local` document, durably; it never shows in the changes."""
        self._execute("INSERT OR REPLACE INTO locals VALUES (?, ?)", (local_id, body))

    def delete_local(self, local_id: str) -> bool:
        """Drop a `_local` document; False if there was none."""
        return self._execute("DELETE FROM locals WHERE id = ?", (local_id,)) > 0

    def locals(self) -> Iterator[tuple[str, bytes]]:
        """Yield all `_local` documents with their names, in order, reading in bounded batches."""
        after = ""
        while True:
            with self._connections.reading(self._file) as connection:
                found = reads.locals_after(connection, after, _BATCH)
            yield from found
            if len(found) < _BATCH:
                return
            after = found[-1][0]

    def drop_locals(self) -> int:
        """Drop all `_local` documents; returns how many there were."""
        return self._execute("DELETE FROM locals", ())

    def compact(self) -> int:
        """Drop the bodies of inner revisions, of documents whose revisions form one line."""
        return self._execute("DELETE FROM revisions WHERE id IN (SELECT id FROM documents WHERE leaves IS NULL)", ())

    def forget(self, ids: Sequence[DocId]) -> int:
        """Take documents out with all their revisions, as if they had never been; returns how many there were."""
        return self._connections.write(self._file, lambda connection: wiping.forget(connection, ids))

    def blank(self, ids: Sequence[DocId]) -> None:
        """Empty the bodies of all revisions of documents but their winners."""
        self._connections.write(self._file, lambda connection: wiping.blank(connection, ids))

    def wipe(self) -> None:
        """Write the file anew, so that nothing deleted is left in it. Raises StoreUnavailable while others read it."""
        self._connections.alter(self._file, lambda connection: wiping.wipe(connection, self.name))

    def _execute(self, sql: str, values: tuple[str | bytes, ...]) -> int:
        def write(connection: apsw.Connection) -> int:
            connection.execute(sql, values)
            return connection.changes()

        return self._connections.write(self._file, write)

    def _write(self, ids: Iterable[DocId], change: Callable[[Batch], T]) -> T:
        """Change some documents in one batch, and tell the listeners once that is durable."""

        def write(connection: apsw.Connection) -> tuple[T, bool]:
            batch = Batch(connection, ids, self._revs_limit)
            result = change(batch)
            return result, _closed(batch, self.name)

        result, changed = self._connections.write(self._file, write)
        if changed:
            self._changed(self.name)
        return result


def _first_revisions(documents: Sequence[tuple[DocId, bytes]]) -> list[Graft]:
    """Return the first revisions of documents; those with the same body have the same name, which is made once."""
    revs: dict[bytes, Rev] = {}
    for doc_id, body in documents:
        if body not in revs:
            revs[body] = server_rev(None, False, _parsed(doc_id, body))
    return [Graft(doc_id, (revs[body],), body) for doc_id, body in documents]


def _in_order(grafts: Sequence[Graft], write: Callable[[Graft], bool]) -> list[bool]:
    """Write in order of identifier, as CouchDB numbers what comes together; returns the answers in their places."""
    order = sorted(range(len(grafts)), key=lambda at: grafts[at].id)
    answers = {at: write(grafts[at]) for at in order}
    return [answers[at] for at in range(len(grafts))]


def _closed(batch: Batch, name: str) -> bool:
    try:
        return batch.close()
    except apsw.SQLError as error:
        if "malformed JSON" not in str(error):
            raise
        raise BadInput(f"Database {name!r} was sent a body that is not JSON ({error}); nothing was written.") from error


def _check_id(doc_id: str) -> None:
    if not doc_id:
        raise BadInput("A document needs an identifier that is not empty.")


def _parsed(doc_id: str, body: bytes) -> dict[str, object]:
    try:
        return decode_body(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(f"The body of {doc_id!r} is not a JSON object ({error}).") from error

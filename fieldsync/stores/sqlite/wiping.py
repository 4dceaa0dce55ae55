"""Wiping a database's file: documents forgotten, bodies blanked, and no page left that still has them."""

from __future__ import annotations

import time
from collections.abc import Iterable

import apsw

from fieldsync.documents import DocId
from fieldsync.errors import StoreUnavailable
from fieldsync.stores.sqlite.schema import SPAN

_TRIES, _PAUSE_S = 50, 0.1


def forget(connection: apsw.Connection, ids: Iterable[DocId]) -> int:
    """Take documents out of a database with all their revisions, as if they had never been; returns how many."""
    count = 0
    for doc_id in ids:
        found = connection.execute("DELETE FROM documents WHERE id = ? RETURNING seq, deleted", (doc_id,)).get
        connection.execute("DELETE FROM revisions WHERE id = ?", (doc_id,))
        if found is None:
            continue
        seq, deleted = found
        connection.execute("UPDATE spans SET documents = documents - 1 WHERE span = ?", (seq // SPAN,))
        figure = "doc_del_count" if deleted else "doc_count"
        connection.execute(f"UPDATE figures SET {figure} = {figure} - 1")
        count += 1
    connection.execute("DELETE FROM spans WHERE documents = 0")
    return count


def blank(connection: apsw.Connection, ids: Iterable[DocId]) -> None:
    """Empty the bodies of all revisions of documents but the winners; tombstones without answers stay as they are."""
    sql = "UPDATE revisions SET body = '{}' WHERE id = ? AND (deleted = 0 OR json_extract(body, '$.data') IS NOT NULL)"
    connection.executemany(sql, [(doc_id,) for doc_id in ids])


def wipe(connection: apsw.Connection, name: str) -> None:
    """Write the file anew without what was deleted, and empty its log. Raises StoreUnavailable while others read."""
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("VACUUM")
    empty_log(connection, name)


def empty_log(connection: apsw.Connection, name: str) -> None:
    """Bring the log into the file and cut it off. Raises StoreUnavailable while others read."""
    for _ in range(_TRIES):
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").get
        if not busy:
            return
        time.sleep(_PAUSE_S)
    raise StoreUnavailable(f"Database {name!r} is read all the time, so its log keeps what was deleted: try again.")

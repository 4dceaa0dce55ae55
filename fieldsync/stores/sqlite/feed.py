"""The changes of a database, within the read transaction of the connection that is passed in."""

from __future__ import annotations

from typing import Any

import apsw

from fieldsync.stores.base import Change, ChangesQuery, Leaf, Page
from fieldsync.stores.sqlite.rows import leaves_of_row, listed
from fieldsync.stores.sqlite.schema import SPAN
from fieldsync.stores.sqlite.sequences import Figures, read_figures

_COLUMNS = "SELECT seq, id, rev, deleted, leaves FROM documents"


def read_page(connection: apsw.Connection, query: ChangesQuery) -> Page:
    """Return a page of changes."""
    figures = read_figures(connection)
    since = figures.since(query.since)
    if since == figures.update_seq or query.limit == 0:
        return Page((), figures.seq(since), _count(connection, figures, since, query.ids))
    found: list[tuple[Any, ...]] = connection.execute(*rows_statement(query, since, figures.update_seq)).fetchall()
    full = query.limit is not None and len(found) >= query.limit
    if query.descending:
        last = found[-1][0] if found else since
        pending = _count(connection, figures, since, query.ids) - len(found) if full else 0
    else:
        last = found[-1][0] if full else figures.update_seq
        pending = _count(connection, figures, last, query.ids) if full else 0
    return Page(_changes(figures, found), figures.seq(last), pending)


def rows_statement(query: ChangesQuery, since: int, update_seq: int) -> tuple[str, list[int | str]]:
    """Return the SQL of a page's rows, with its values."""
    order = "DESC" if query.descending else "ASC"
    limit = -1 if query.limit is None else query.limit
    if query.ids is None:
        return f"{_COLUMNS} WHERE seq > ? ORDER BY seq {order} LIMIT ?", [since, limit]
    among = _among(len(query.ids) < update_seq - since)
    return f"{_COLUMNS} WHERE {among} ORDER BY seq {order} LIMIT ?", [listed(query.ids), since, limit]


def _among(by_id: bool) -> str:
    """Return the test for some documents; a plus keeps SQLite from the index that would read more."""
    column = "{}id IN (SELECT value FROM json_each(?)) AND {}seq > ?"
    return column.format("", "+") if by_id else column.format("+", "")


def _changes(figures: Figures, rows: list[tuple[Any, ...]]) -> tuple[Change, ...]:
    own = figures.own
    return tuple(
        Change(
            f"{seq}-{own}",
            doc_id,
            (Leaf(rev, deleted == 1),) if leaves is None else leaves_of_row(rev, deleted, leaves),
            deleted == 1,
        )
        for seq, doc_id, rev, deleted, leaves in rows
    )


def _count(connection: apsw.Connection, figures: Figures, since: int, ids: frozenset[str] | None) -> int:
    """Return how many documents changed after a sequence, without reading them all."""
    if since >= figures.update_seq:
        return 0
    if ids is not None:
        among = _among(len(ids) < figures.update_seq - since)
        return int(connection.execute(f"SELECT count(*) FROM documents WHERE {among}", (listed(ids), since)).get)
    span = since // SPAN
    whole = int(connection.execute("SELECT coalesce(sum(documents), 0) FROM spans WHERE span > ?", (span,)).get)
    sql = "SELECT count(*) FROM documents WHERE seq > ? AND seq < ?"
    return whole + int(connection.execute(sql, (since, (span + 1) * SPAN)).get)

"""The changes of a database, within the read transaction of the connection that is passed in."""

from __future__ import annotations

from typing import Any

import apsw

from fieldsync.stores.base import Change, ChangesQuery, Leaf, Page, Rows
from fieldsync.stores.sqlite.rows import leaves_of_row, listed
from fieldsync.stores.sqlite.schema import SPAN
from fieldsync.stores.sqlite.sequences import Figures, read_figures

_COLUMNS = "SELECT seq, id, rev, deleted, leaves FROM documents"
_ALL_LEAVES = """iif(leaves IS NULL, rev, replace(replace(leaves, '!', ''), ' ', '"},{"rev":"'))"""
_WRITTEN = """SELECT count(*), min(seq), max(seq), CAST(group_concat(concat(
    '{{"seq":"', seq, ?, '","id":', json_quote(id), ',"changes":[{{"rev":"', {leaves}, '"}}]',
    iif(deleted, ',"deleted":true', ''), '}}'), char(10)) AS BLOB) FROM ({rows})"""


def read_page(connection: apsw.Connection, query: ChangesQuery) -> Page:
    """Return a page of changes."""
    figures = read_figures(connection)
    since = figures.since(query.since)
    found: list[tuple[Any, ...]] = []
    if since < figures.update_seq and query.limit != 0:
        found = connection.execute(*rows_statement(query, since, figures.update_seq)).fetchall()
    last, pending = _end(connection, figures, query, len(found), found[-1][0] if found else since)
    return Page(_changes(figures, found), last, pending)


def read_rows(connection: apsw.Connection, query: ChangesQuery, all_leaves: bool) -> Rows:
    """Return a page of changes as the rows that clients see, without documents: SQLite writes them, in one text."""
    figures = read_figures(connection)
    since = figures.since(query.since)
    count, last_row, rows = 0, since, b""
    if since < figures.update_seq and query.limit != 0:
        statement, values = rows_statement(query, since, figures.update_seq)
        written = _WRITTEN.format(leaves=_ALL_LEAVES if all_leaves else "rev", rows=statement)
        count, first, final, rows = connection.execute(written, [f"-{figures.own}", *values]).get
        last_row = first if query.descending else final
    last, pending = _end(connection, figures, query, count, since if last_row is None else last_row)
    return Rows(rows.split(b"\n") if rows else (), last, pending)


def _end(
    connection: apsw.Connection, figures: Figures, query: ChangesQuery, count: int, last_row: int
) -> tuple[str, int]:
    """Return the sequence that a page ends with, and how many rows are left after it."""
    since = figures.since(query.since)
    if query.limit is None or count < query.limit:
        return figures.seq(last_row if query.descending else figures.update_seq), 0
    if query.descending:
        return figures.seq(last_row), _count(connection, figures, since, query.ids) - count
    return figures.seq(last_row), _count(connection, figures, last_row, query.ids)


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

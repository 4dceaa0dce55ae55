"""What can be wrong within a database's file, found in one read transaction of the connection that is passed in."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

import apsw

from fieldsync.documents import Rev
from fieldsync.errors import BadInput
from fieldsync.stores.base import Damage
from fieldsync.stores.sqlite.rows import Row, grown, written_leaves
from fieldsync.stores.sqlite.schema import SPAN

RESTORE = "restore this database from a backup"
_FIGURES = "SELECT update_seq, doc_count, doc_del_count FROM figures"
_COUNTED = (
    "SELECT coalesce(max(seq), 0), count(*) FILTER (WHERE deleted = 0), count(*) FILTER (WHERE deleted) FROM documents"
)
_SPANS = f"SELECT seq / {SPAN}, count(*) FROM documents GROUP BY 1"
_BATCH = (
    "SELECT seq, id, rev, deleted, leaves, path, tree, json_valid(body) "
    "FROM documents WHERE seq > ? ORDER BY seq LIMIT 500"
)
_OTHERS = "SELECT rev, json_valid(body) FROM revisions WHERE id = ?"
_ORPHANS = "SELECT DISTINCT id FROM revisions WHERE id NOT IN (SELECT id FROM documents)"


def damages(connection: apsw.Connection, name: str, quick: bool) -> Iterator[Damage]:
    """Yield what is wrong with a database; where SQLite itself finds its file damaged, that alone."""
    found = list(_file(connection, name, quick)) or [*_figures(connection, name), *_spans(connection, name)]
    yield from found
    if not any(damage.remedy == RESTORE for damage in found):
        yield from _documents(connection, name)
        for (doc_id,) in _rows(connection, _ORPHANS):
            yield Damage(name, doc_id, "has bodies of revisions but is not among the documents", RESTORE)


def _rows(connection: apsw.Connection, sql: str, *values: int | str) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = connection.execute(sql, values).fetchall()
    return rows


def _file(connection: apsw.Connection, name: str, quick: bool) -> Iterator[Damage]:
    for (said,) in _rows(connection, "PRAGMA quick_check" if quick else "PRAGMA integrity_check"):
        if said != "ok":
            yield Damage(name, "", f"the file is damaged: {said}", RESTORE)


def _figures(connection: apsw.Connection, name: str) -> Iterator[Damage]:
    seq, live, deleted = _rows(connection, _FIGURES)[0]
    last, counted, counted_deleted = _rows(connection, _COUNTED)[0]
    if last > seq:
        yield Damage(name, "", f"sequence {last} is beyond the last one, {seq}", RESTORE)
    if (live, deleted) != (counted, counted_deleted):
        said = f"counts {live} documents and {deleted} deleted ones; there are {counted} and {counted_deleted}"
        yield Damage(name, "", said, RESTORE)


def _spans(connection: apsw.Connection, name: str) -> Iterator[Damage]:
    counted = dict(_rows(connection, _SPANS))
    kept = dict(_rows(connection, "SELECT span, documents FROM spans WHERE documents != 0"))
    wrong = sorted(span for span in counted.keys() | kept.keys() if counted.get(span) != kept.get(span))
    if wrong:
        yield Damage(name, "", f"{len(wrong)} spans of sequences are miscounted, the first is {wrong[0]}", RESTORE)


def _documents(connection: apsw.Connection, name: str) -> Iterator[Damage]:
    after = 0
    while rows := _rows(connection, _BATCH, after):
        for row in rows:
            document = Row(*row)
            for fault in _faults(connection, document):
                yield Damage(name, document.id, fault, RESTORE)
        after = rows[-1][0]


def _faults(connection: apsw.Connection, row: Row) -> Iterator[str]:
    try:
        tree = grown(row.rev, bool(row.deleted), row.path, row.tree)
        leaves, winner = tree.leaves(), tree.winner()
    except (BadInput, ValueError, KeyError, IndexError, TypeError, struct.error) as error:
        yield f"its revisions cannot be read ({error})"
        return
    if winner != row.rev or tree.is_deleted(winner) != bool(row.deleted):
        yield f"shows {row.rev} where {winner} wins"
    elif tree.path(winner) != grown(row.rev, bool(row.deleted), row.path, None).path(row.rev):
        yield f"the path of {winner} is not what its revisions say"
    if row.leaves != (None if len(leaves) == 1 and row.tree is None else written_leaves(tree)):
        yield "its list of leaves is not what its revisions say"
    yield from _bodies(connection, row, set(leaves) - {winner}, tree.known)


def _bodies(connection: apsw.Connection, row: Row, leaves: set[Rev], is_known: Any) -> Iterator[str]:
    kept = dict(_rows(connection, _OTHERS, row.id))
    if not all([row.body, *kept.values()]):
        yield "a body is not JSON"
    for rev in sorted(leaves - kept.keys()):
        yield f"the body of {rev} is not there"
    for rev in sorted(rev for rev in kept if not is_known(rev)):
        yield f"the body of {rev} belongs to no revision"

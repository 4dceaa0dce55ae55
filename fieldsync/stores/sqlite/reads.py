"""What is read of documents, within the read transaction of the connection that is passed in.

A batch is one statement, not one per document: every call into SQLite gives the interpreter's lock away, and under load
getting it back costs more than the row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import apsw

from fieldsync.documents import DocId, Rev
from fieldsync.errors import BadInput
from fieldsync.revisions import RevisionTree, is_rev
from fieldsync.stores.base import Change, Leaf, Missing, Query, Revision
from fieldsync.stores.indexes import indexes_of
from fieldsync.stores.sqlite.rows import grown, leaves_of_row, listed, path_of_row
from fieldsync.stores.sqlite.schema import extracted, json_path
from fieldsync.stores.wire import conflicts_of, render_document

_TYPES: dict[type, str] = {str: "('text')", int: "('integer', 'real')"}
_TRUTH = {True: "('true')", False: "('false')"}
_LAST = "\U0010ffff"
_EACH = "FROM json_each(?) AS wanted LEFT JOIN documents AS d ON d.id = wanted.value"
_HEADS = f"SELECT d.rev, d.deleted, d.path, d.tree {_EACH}"
_WINNERS = f"SELECT d.rev, d.deleted, d.path, d.tree, CAST(d.body AS BLOB) {_EACH}"
_LEAVES = "SELECT rev, deleted, leaves FROM documents WHERE id = ?"
_EACH_LEAVES = f"SELECT d.id, d.rev, d.deleted, d.leaves {_EACH}"
_BELOW = (
    "SELECT d.id, d.rev, d.path, CAST(d.body AS BLOB) FROM json_each(?) AS wanted CROSS JOIN documents AS d "
    "ON d.id >= wanted.value AND d.id < wanted.value || char(1114111) WHERE d.deleted = 0 ORDER BY wanted.key, d.id"
)
_OTHER = "SELECT deleted, CAST(body AS BLOB) FROM revisions WHERE id = ? AND rev = ?"


class _Found:
    """A document as its row has it; its tree is grown once, and only for what is not about its winner."""

    __slots__ = ("_tree", "branches", "winner")

    def __init__(self, doc_id: DocId, row: tuple[Any, ...]) -> None:
        rev, deleted, path, self.branches, body = row
        self.winner = Revision(doc_id, rev, path_of_row(rev, path), deleted == 1, body)
        self._tree: RevisionTree | None = None

    @property
    def tree(self) -> RevisionTree:
        """Return the document's revision tree."""
        if self._tree is None:
            branches, winner = self.branches, self.winner
            is_line = branches is None
            self._tree = RevisionTree.of_line(winner.path, winner.deleted) if is_line else RevisionTree.decode(branches)
        return self._tree


def leaves(connection: apsw.Connection, doc_id: DocId) -> tuple[Leaf, ...]:
    """Return a document's leaves, winner first."""
    found = connection.execute(_LEAVES, (doc_id,)).fetchone()
    return leaves_of_row(*found) if found else ()


def revisions(
    connection: apsw.Connection, wanted: Sequence[tuple[DocId, Rev | None]], latest: bool
) -> list[list[Revision]]:
    """Return for each request, in order, its revision or the leaves that descend from it."""
    ids = list(dict.fromkeys(doc_id for doc_id, _ in wanted))
    rows: list[tuple[Any, ...]] = connection.execute(_WINNERS, (listed(ids),)).fetchall()
    found = {doc_id: _Found(doc_id, row) for doc_id, row in zip(ids, rows, strict=True) if row[0] is not None}
    return [_one(connection, found[doc_id], rev, latest) if doc_id in found else [] for doc_id, rev in wanted]


def rendered_winners(connection: apsw.Connection, rows: Sequence[Change], conflicts: bool) -> dict[DocId, bytes]:
    """Return the documents of a page of changes as clients see them, with their conflicts where those are asked for."""
    found = revisions(connection, [(row.id, row.leaves[0].rev) for row in rows], False)
    return {
        row.id: render_document(one[0], conflicts=conflicts_of(row.leaves) if conflicts else ())
        for row, one in zip(rows, found, strict=True)
        if one
    }


def _one(connection: apsw.Connection, found: _Found, rev: Rev | None, latest: bool) -> list[Revision]:
    winner = found.winner
    if rev is None or rev == winner.rev:
        return [winner]
    if found.branches is None and (latest or rev not in winner.path):
        return [winner] if rev in winner.path else []
    if not found.tree.known(rev):
        return []
    leaves = found.tree.descendant_leaves(rev) if latest else (rev,)
    others = _others(connection, winner.id, found.tree, (leaf for leaf in leaves if leaf != winner.rev))
    return [winner, *others] if winner.rev in leaves else others


def _others(connection: apsw.Connection, doc_id: DocId, tree: RevisionTree, revs: Iterable[Rev]) -> list[Revision]:
    """Return the revisions of a document, other than its winner, whose bodies are kept."""
    found = ((rev, connection.execute(_OTHER, (doc_id, rev)).fetchone()) for rev in revs)
    return [Revision(doc_id, rev, tree.path(rev), row[0] == 1, row[1]) for rev, row in found if row]


def missing(connection: apsw.Connection, revs: Mapping[DocId, Sequence[Rev]]) -> dict[DocId, Missing]:
    """Return what is not known, for the documents where something is not."""
    rows = connection.execute(_HEADS, (listed(revs),)).fetchall()
    answers = ((doc_id, _missing(revs[doc_id], row)) for doc_id, row in zip(revs, rows, strict=True))
    return {doc_id: answer for doc_id, answer in answers if answer is not None}


def _missing(revs: Sequence[Rev], row: tuple[Any, ...]) -> Missing | None:
    head, deleted, path, tree = row
    if all(rev == head for rev in revs):
        return None
    if head is None:
        return Missing(tuple(dict.fromkeys(revs)), ())
    known = grown(head, deleted == 1, path, tree)
    unknown = tuple(dict.fromkeys(rev for rev in revs if not known.known(rev)))
    return Missing(unknown, known.possible_ancestors(list(filter(is_rev, unknown)))) if unknown else None


def documents(connection: apsw.Connection, start: str, end: str, limit: int, descending: bool) -> list[Revision]:
    """Return the winners that are not deleted with start <= id < end, in order of id."""
    order = "DESC" if descending else "ASC"
    sql = (
        "SELECT id, rev, path, CAST(body AS BLOB) FROM documents "
        f"WHERE id >= ? AND id < ? AND deleted = 0 ORDER BY id {order} LIMIT ?"
    )
    return _live(connection.execute(sql, (start, end, limit)).fetchall())


def below(connection: apsw.Connection, prefixes: Sequence[str]) -> list[Revision]:
    """Return the live winners whose identifiers begin with one of some texts, a text after the other."""
    return _live(connection.execute(_BELOW, (listed(prefixes),)).fetchall())


def leaves_of(connection: apsw.Connection, ids: Sequence[DocId]) -> dict[DocId, tuple[Leaf, ...]]:
    """Return the leaves of documents, winner first; without those that are not known."""
    rows: list[tuple[Any, ...]] = connection.execute(_EACH_LEAVES, (listed(ids),)).fetchall()
    return {row[0]: leaves_of_row(*row[1:]) for row in rows if row[0] is not None}


def locals_after(connection: apsw.Connection, after: str, limit: int) -> list[tuple[str, bytes]]:
    """Return the `_local` documents whose names come after one, in order."""
    sql = "SELECT id, body FROM locals WHERE id > ? ORDER BY id LIMIT ?"
    return list(connection.execute(sql, (after, limit)))


def find(connection: apsw.Connection, database: str, query: Query) -> list[Revision]:
    """Return the winners that match. Raises BadInput where no index can be used."""
    sql, values = find_statement(database, query)
    return _live(connection.execute(sql, values).fetchall())


def _live(rows: Iterable[tuple[Any, ...]]) -> list[Revision]:
    return [Revision(doc_id, rev, path_of_row(rev, path), False, body) for doc_id, rev, path, body in rows]


def find_statement(database: str, query: Query) -> tuple[str, list[str | int | bool]]:
    """Return the SQL of a query, with its values. Raises BadInput."""
    asked = query.where.keys() | query.prefix.keys()
    if not asked & set(indexes_of(database)):
        raise BadInput(
            f"Database {database!r} has no index for {sorted(asked)}: "
            f"name one of {sorted(indexes_of(database))}, or add one in stores/indexes.py."
        )
    tests = ["deleted = 0", "id > ?"]
    values: list[str | int | bool] = [query.after]
    for path, value in query.where.items():
        tests.append(f"{extracted(path)} = ? AND json_type(body, '{json_path(path)}') IN {_types(path, value)}")
        values.append(value)
    for path, start in query.prefix.items():
        value = extracted(path)
        tests.append(f"{value} >= ? AND {value} < ? AND json_type(body, '{json_path(path)}') = 'text'")
        values += [start, start + _LAST]
    sql = f"SELECT id, rev, path, CAST(body AS BLOB) FROM documents WHERE {' AND '.join(tests)} ORDER BY id LIMIT ?"
    return sql, [*values, query.limit]


def _types(path: str, value: str | int | bool) -> str:
    """Return the JSON types a value may have: SQLite alone would take true for 1, and an object for its text."""
    types = _TRUTH[value] if isinstance(value, bool) else _TYPES.get(type(value))
    if types is None:
        raise BadInput(f"{path} is compared with {value!r:.80}: use a text, a whole number, true or false.")
    return types

"""Writes of a batch: documents are read once, changed in memory, and written together at the end.

A document gets one new sequence per batch, however often the batch changes it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import apsw

from fieldsync.documents import DocId, Rev
from fieldsync.errors import BadInput, Conflict
from fieldsync.revisions import RevisionTree, decode_line, encode_line, generation
from fieldsync.stores.base import Graft
from fieldsync.stores.sqlite.rows import Row, grown, read_rows, written_leaves
from fieldsync.stores.sqlite.schema import SPAN
from fieldsync.stores.sqlite.sequences import read_figures

_HASH_BYTES = 16


class Batch:
    """What one write transaction does to the documents that it names; `close` writes it."""

    def __init__(self, connection: apsw.Connection, ids: Iterable[DocId], revs_limit: int) -> None:
        self._connection = connection
        self._revs_limit = revs_limit
        self._figures = read_figures(connection)
        self._update_seq = self._figures.update_seq
        self._rows = read_rows(connection, ids)
        self._changed: dict[DocId, Row] = {}
        self._trees: dict[DocId, RevisionTree] = {}
        self._beside: list[tuple[DocId, Rev, bool, str]] = []
        self._spans: Counter[int] = Counter()
        self._live = 0
        self._deleted = 0

    def row(self, doc_id: DocId) -> Row | None:
        """Return a document's row as this batch has left it so far."""
        return self._rows.get(doc_id)

    def graft(self, graft: Graft) -> bool:
        """Hang a revision into its document's tree; True if it was new."""
        row = self._rows.get(graft.id)
        if row is None:
            self._enter(graft)
            return True
        if graft.path[0] == row.rev:
            return False
        if self._lengthens(row, graft):
            self._extend(row, graft)
            return True
        return self._branch(row, graft)

    def _lengthens(self, row: Row, graft: Graft) -> bool:
        """Tell whether a revision goes on the only leaf of a line and tells no more of its past than is known."""
        if row.tree is not None or row.id in self._trees or graft.path[1:2] != (row.rev,):
            return False
        return min(len(graft.path), self._revs_limit) * _HASH_BYTES <= len(row.path) + _HASH_BYTES

    def _enter(self, graft: Graft) -> None:
        path = graft.path[: self._revs_limit]
        seq = self._next_seq()
        row = Row(seq, graft.id, path[0], graft.deleted, None, encode_line(path), None, text(graft))
        self._rows[graft.id] = self._changed[graft.id] = row
        self._count(graft.deleted, 1)

    def _extend(self, row: Row, graft: Graft) -> None:
        """Write on the only leaf of a line: nearly every edit."""
        body = text(graft)
        self._keep(row.id, row.rev, row.deleted, row.body)
        self._touch(row)
        path = encode_line(graft.path[:1]) + row.path
        kept = self._revs_limit * _HASH_BYTES
        if len(path) > kept:
            self._drop(row.id, decode_line(generation(row.rev) + 1 - self._revs_limit, path[kept:]))
        self._crown(row, graft.path[0], graft.deleted, body)
        row.path = path[:kept]

    def _branch(self, row: Row, graft: Graft) -> bool:
        tree = self._trees.get(row.id) or grown(row.rev, bool(row.deleted), row.path, row.tree)
        self._trees[row.id] = tree
        if not tree.graft(graft.path, graft.deleted):
            return False
        body = text(graft)
        self._touch(row)
        self._seat(row, tree.winner_after(row.rev, graft.path[0]), graft, body)
        return True

    def _plant(self, doc_id: DocId, tree: RevisionTree) -> None:
        """Put a tree that this batch has changed into its row, as far back as is remembered."""
        row = self._rows[doc_id]
        self._drop(doc_id, tree.stem(self._revs_limit))
        line = len(tree.leaves()) == 1
        row.path = encode_line(tree.path(row.rev))
        row.tree = None if line else tree.encode()
        row.leaves = None if line else written_leaves(tree)

    def _seat(self, row: Row, winner: Rev, graft: Graft, body: str) -> None:
        """Put the winner's body into the row, and the others' beside it."""
        new = graft.path[0]
        if winner == row.rev:
            self._keep(row.id, new, graft.deleted, body)
            return
        self._keep(row.id, row.rev, row.deleted, row.body)
        if winner == new:
            self._crown(row, new, graft.deleted, body)
            return
        self._keep(row.id, new, graft.deleted, body)
        self._put_beside()
        sql = "DELETE FROM revisions WHERE id = ? AND rev = ? RETURNING deleted, body"
        deleted, promoted = self._connection.execute(sql, (row.id, winner)).get
        self._crown(row, winner, bool(deleted), promoted)

    def _crown(self, row: Row, rev: Rev, deleted: bool, body: str) -> None:
        self._count(bool(row.deleted), -1)
        self._count(deleted, 1)
        row.rev, row.deleted, row.body = rev, deleted, body

    def _touch(self, row: Row) -> None:
        """Give a document its new sequence, unless this batch already has."""
        if row.id not in self._changed:
            self._spans[row.seq // SPAN] -= 1
            row.seq = self._next_seq()
            self._changed[row.id] = row

    def _next_seq(self) -> int:
        self._update_seq += 1
        self._spans[self._update_seq // SPAN] += 1
        return self._update_seq

    def _count(self, deleted: bool, by: int) -> None:
        if deleted:
            self._deleted += by
        else:
            self._live += by

    def _keep(self, doc_id: DocId, rev: Rev, deleted: bool, body: str) -> None:
        self._beside.append((doc_id, rev, deleted, body))

    def _put_beside(self) -> None:
        """Write the bodies that are no winner's, all at once."""
        self._connection.executemany("INSERT INTO revisions VALUES (?, ?, ?, ?)", self._beside)
        self._beside.clear()

    def _drop(self, doc_id: DocId, revs: tuple[Rev, ...]) -> None:
        if revs:
            self._put_beside()
            gone = [(doc_id, rev) for rev in revs]
            self._connection.executemany("DELETE FROM revisions WHERE id = ? AND rev = ?", gone)

    def close(self) -> bool:
        """Write what changed; False if nothing did."""
        if not self._changed:
            return False
        for doc_id in self._trees.keys() & self._changed.keys():
            self._plant(doc_id, self._trees[doc_id])
        self._put_beside()
        self._connection.executemany(
            "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            ((r.seq, r.id, r.rev, r.deleted, r.leaves, r.path, r.tree, r.body) for r in self._changed.values()),
        )
        self._connection.executemany(
            "INSERT INTO spans VALUES (?, ?) ON CONFLICT DO UPDATE SET documents = documents + excluded.documents",
            self._spans.items(),
        )
        empty = [(span,) for span, by in self._spans.items() if by < 0]
        self._connection.executemany("DELETE FROM spans WHERE span = ? AND documents = 0", empty)
        self._connection.execute(
            "UPDATE figures SET update_seq = ?, doc_count = doc_count + ?, doc_del_count = doc_del_count + ?",
            (self._update_seq, self._live, self._deleted),
        )
        return True


def parent_for_put(row: Row | None, parent: Rev | None, doc_id: DocId) -> Rev | None:
    """Return the revision that an ordinary write goes on. Raises Conflict when the caller has not seen it."""
    if parent is None:
        if row is None:
            return None
        if row.deleted:
            return row.rev
    elif row is not None and row.rev == parent:
        return parent
    raise Conflict(f"Document {doc_id!r} has changed: read it again and repeat the change on its present revision.")


def text(graft: Graft) -> str:
    """Return a body as text. Raises BadInput."""
    try:
        return graft.body.decode()
    except UnicodeDecodeError as error:
        raise BadInput(f"The body of {graft.id!r} is not UTF-8: send JSON.") from error

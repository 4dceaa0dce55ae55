"""A document's row, between the file and the revision tree."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import apsw
import msgspec

from fieldsync.documents import DocId, Rev
from fieldsync.revisions import RevisionTree, decode_line
from fieldsync.stores.base import Leaf

ROW = "seq, id, rev, deleted, leaves, path, tree, body"


@dataclass(slots=True)
class Row:
    """A document as `documents` holds it; the members are its columns."""

    seq: int
    id: DocId
    rev: Rev
    deleted: bool
    leaves: str | None
    path: bytes
    tree: bytes | None
    body: str


def path_of_row(rev: Rev, path: bytes) -> tuple[Rev, ...]:
    """Return the winner's path."""
    if len(path) == 16:
        return (rev,)
    return decode_line(int(rev.partition("-")[0]), path)


def leaves_of_row(rev: Rev, deleted: int, leaves: str | None) -> tuple[Leaf, ...]:
    """Return the leaves, winner first."""
    if leaves is None:
        return (Leaf(rev, bool(deleted)),)
    return tuple(Leaf(Rev(mark.removeprefix("!")), mark.startswith("!")) for mark in leaves.split(" "))


def grown(rev: Rev, deleted: bool, path: bytes, tree: bytes | None) -> RevisionTree:
    """Return a document's revision tree."""
    return RevisionTree.of_line(path_of_row(rev, path), deleted) if tree is None else RevisionTree.decode(tree)


def written_leaves(tree: RevisionTree) -> str:
    """Write the leaves of a tree, winner first."""
    return " ".join(f"!{leaf}" if tree.is_deleted(leaf) else leaf for leaf in tree.leaves())


def listed(texts: Iterable[str]) -> str:
    """Write texts as the JSON list that `json_each` reads: one statement for many documents."""
    return msgspec.json.encode(list(texts)).decode()


def read_rows(connection: apsw.Connection, ids: Iterable[DocId]) -> dict[DocId, Row]:
    """Return the rows of documents, by identifier, of those that exist."""
    sql = f"SELECT {ROW} FROM documents WHERE id IN (SELECT value FROM json_each(?))"
    rows: list[tuple[Any, ...]] = connection.execute(sql, (listed(ids),)).fetchall()
    return {row[1]: Row(*row) for row in rows}

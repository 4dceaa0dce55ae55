"""Replicas as stock tablets keep them: whole revision trees, edits on the local winner, leaves sent and leaves fetched.

What PouchDB does, below HTTP: it forgets what lies deeper than its `revs_limit`, sends every leaf that the server says
it lacks, and fetches every leaf that it lacks itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from fieldsync.documents import DocId, Rev, decode_body
from fieldsync.revisions import RevisionTree, revisions_of, server_rev
from fieldsync.stores.base import ChangesQuery, Database


@dataclass(frozen=True)
class Found:
    """A revision as a tablet gets it, with its history, newest first."""

    id: str
    path: tuple[Rev, ...]
    body: dict[str, Any]
    deleted: bool


class Source(Protocol):
    """Where a replica fetches from."""

    def changed(self, since: str) -> tuple[list[tuple[str, list[str]]], str]:
        """Return which documents changed, each with its leaves, and up to where that is all."""

    def found(self, wanted: list[tuple[str, str]]) -> list[Found]:
        """Return revisions."""


@dataclass(frozen=True)
class Direct:
    """Fetches from a database, with nobody in between."""

    database: Database

    def changed(self, since: str) -> tuple[list[tuple[str, list[str]]], str]:
        """Return which documents changed, each with its leaves, and up to where that is all."""
        page = self.database.changes(ChangesQuery(since))
        return [(row.id, [str(leaf.rev) for leaf in row.leaves]) for row in page.rows], page.last_seq

    def found(self, wanted: list[tuple[str, str]]) -> list[Found]:
        """Return revisions."""
        asked = [(DocId(doc_id), Rev(rev)) for doc_id, rev in wanted]
        held = self.database.revisions(asked, latest=False)
        return [Found(one.id, one.path, decode_body(one.body), one.deleted) for (one,) in held]


@dataclass
class Copy:
    """One document on a tablet: its tree, and the bodies it still has."""

    tree: RevisionTree = field(default_factory=RevisionTree)
    bodies: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def winner(self) -> Rev | None:
        """Return the winning leaf, which may be a tombstone."""
        return self.tree.winner() if len(self.tree) else None

    @property
    def is_live(self) -> bool:
        """Tell whether the tablet shows the document."""
        return self.winner is not None and not self.tree.is_deleted(self.winner)

    @property
    def body(self) -> dict[str, Any]:
        """Return what the tablet shows."""
        return self.bodies[self.winner] if self.winner else {}


class Replica:
    """The documents of one cell on one tablet."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._copies: dict[str, Copy] = {}
        self.last_seq = "0"

    def __contains__(self, doc_id: str) -> bool:
        return doc_id in self._copies and self._copies[doc_id].is_live

    def copy(self, doc_id: str) -> Copy:
        """Return a document, empty if the tablet does not have it."""
        return self._copies.setdefault(doc_id, Copy())

    def winners(self) -> dict[str, str]:
        """Return what the tablet shows: the winner of each live document."""
        return {i: str(copy.winner) for i, copy in sorted(self._copies.items()) if copy.is_live}

    def write(self, doc_id: str, body: dict[str, Any], *, deleted: bool = False) -> Rev:
        """Write a revision on the local winner, offline."""
        copy = self.copy(doc_id)
        path = copy.tree.path(copy.winner) if copy.winner else ()
        rev = server_rev(path[0] if path else None, deleted, body)
        self._keep(doc_id, (rev, *path), body, deleted)
        return rev

    def leaves(self) -> dict[str, list[str]]:
        """Return every leaf, as a replicator would ask about them."""
        return {doc_id: list(copy.tree.leaves()) for doc_id, copy in sorted(self._copies.items()) if len(copy.tree)}

    def document(self, doc_id: str, rev: str) -> bytes:
        """Return a leaf as it is sent, with its history as far as the tablet remembers it."""
        copy = self._copies[doc_id]
        members = {**copy.bodies[rev], "_id": doc_id, "_rev": rev}
        members["_revisions"] = revisions_of(copy.tree.path(Rev(rev)))
        return json.dumps(members | ({"_deleted": True} if copy.tree.is_deleted(Rev(rev)) else {})).encode()

    def fetch(self, source: Source, only: Callable[[str], bool] = lambda _: True) -> None:
        """Fetch the leaves that are missing here; a page that was cut short does not move the checkpoint."""
        rows, last_seq = source.changed(self.last_seq)
        taken = [(doc_id, rev) for doc_id, revs in rows if only(doc_id) for rev in revs]
        absent = [(doc_id, rev) for doc_id, rev in taken if not self.copy(doc_id).tree.known(Rev(rev))]
        for found in source.found(absent) if absent else ():
            self._keep(found.id, found.path, found.body, found.deleted)
        if all(only(doc_id) for doc_id, _ in rows):
            self.last_seq = last_seq

    def _keep(self, doc_id: str, path: tuple[Rev, ...], body: dict[str, Any], deleted: bool) -> None:
        copy = self.copy(DocId(doc_id))
        if copy.tree.graft(path, deleted):
            copy.bodies[path[0]] = body
            copy.tree.stem(self._limit)

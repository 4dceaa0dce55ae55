"""Replicas as stock tablets keep them: whole revision trees, edits on the local winner, leaves sent and leaves fetched.

What PouchDB does, below HTTP: it forgets what lies deeper than its `revs_limit`, sends every leaf that the server says
it lacks, and fetches every leaf that it lacks itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fieldsync.documents import DocId, Rev, decode_body
from fieldsync.revisions import RevisionTree, revisions_of, server_rev
from fieldsync.stores.base import ChangesQuery, Database


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

    def fetch(self, database: Database, only: Callable[[str], bool] = lambda _: True) -> None:
        """Fetch the leaves that are missing here; a page that was cut short does not move the checkpoint."""
        page = database.changes(ChangesQuery(self.last_seq))
        whole = True
        for row in page.rows:
            if not only(row.id):
                whole = False
                continue
            absent = [leaf.rev for leaf in row.leaves if not self.copy(row.id).tree.known(leaf.rev)]
            for (found,) in database.revisions([(row.id, rev) for rev in absent], latest=False):
                self._keep(row.id, found.path, decode_body(found.body), found.deleted)
        if whole:
            self.last_seq = page.last_seq

    def _keep(self, doc_id: str, path: tuple[Rev, ...], body: dict[str, Any], deleted: bool) -> None:
        copy = self.copy(DocId(doc_id))
        if copy.tree.graft(path, deleted):
            copy.bodies[path[0]] = body
            copy.tree.stem(self._limit)

"""A cell as a tablet holds it: revision trees, bodies of what came or was written here, and a sequence of changes.

As PouchDB has it: a write names the revision it was made on and always succeeds (`put` with `force`), so that a form
which was opened before a sync may be saved after it; only leaves are sent; what was pulled is a change like any other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fieldsync.documents import Body, DocId, Rev, encode_body, kind_of
from fieldsync.revisions import RevisionTree, generation


@dataclass(frozen=True, slots=True)
class Version:
    """A document as it stands at one revision."""

    id: DocId
    rev: Rev
    body: Body

    @property
    def data(self) -> dict[str, Any]:
        """Return the answers."""
        data: dict[str, Any] = self.body.get("data", {})
        return data


@dataclass(frozen=True, slots=True)
class Sending:
    """A leaf on its way to a server."""

    id: DocId
    path: tuple[Rev, ...]
    deleted: bool
    body: Body


class Replica:
    """The documents of one cell on one tablet."""

    def __init__(self, cell: str) -> None:
        self.cell = cell
        self.checkpoints: dict[str, Any] = {}
        self._trees: dict[DocId, RevisionTree] = {}
        self._bodies: dict[tuple[DocId, Rev], Body] = {}
        self._changed: dict[DocId, int] = {}
        self._seq = 0

    def __contains__(self, doc_id: object) -> bool:
        return doc_id in self._trees

    @property
    def seq(self) -> int:
        """Return the number of the latest change."""
        return self._seq

    def graft(self, sent: Sending) -> bool:
        """Take in a revision that was written elsewhere; False, and no change, if it is known."""
        tree = self._trees.setdefault(sent.id, RevisionTree())
        if not tree.graft(sent.path, sent.deleted):
            return False
        self._bodies[sent.id, sent.path[0]] = sent.body
        self._note(sent.id)
        return True

    def write(self, doc_id: DocId, body: Mapping[str, Any], parent: Rev | None = None, deleted: bool = False) -> Rev:
        """Write a revision on the one it was made on; a sibling, where that one has a child already."""
        start = generation(parent) + 1 if parent else 1
        rev = Rev(f"{start}-{_digest(doc_id, body, parent, deleted)}")
        above = self._trees[doc_id].path(parent) if parent else ()
        self.graft(Sending(doc_id, (rev, *above), deleted, dict(body)))
        return rev

    def _note(self, doc_id: DocId) -> None:
        self._seq += 1
        self._changed.pop(doc_id, None)
        self._changed[doc_id] = self._seq

    def winner(self, doc_id: str) -> Version | None:
        """Return a document as the tablet shows it; None where it is not known or deleted."""
        tree = self._trees.get(DocId(doc_id))
        if tree is None:
            return None
        rev = tree.winner()
        return None if tree.is_deleted(rev) else Version(DocId(doc_id), rev, self._bodies[DocId(doc_id), rev])

    def at(self, doc_id: str, rev: str) -> Version:
        """Return a document at a revision whose body is here. Raises KeyError."""
        return Version(DocId(doc_id), Rev(rev), self._bodies[DocId(doc_id), Rev(rev)])

    def documents(self, kind: str) -> Iterator[Version]:
        """Yield the documents of a kind that are not deleted, in order of identifier."""
        for doc_id in sorted(i for i in self._trees if kind_of(i) == kind):
            found = self.winner(doc_id)
            if found:
                yield found

    def changed_since(self, seq: int) -> list[tuple[DocId, tuple[Rev, ...]]]:
        """Return what changed after a number, in order, each document once with all its leaves."""
        return [(doc_id, self._trees[doc_id].leaves()) for doc_id, at in self._changed.items() if at > seq]

    def unknown(self, doc_id: str, revs: Sequence[str]) -> list[str]:
        """Return which of these revisions are not in the document's tree."""
        tree = self._trees.get(DocId(doc_id))
        return [rev for rev in revs if tree is None or not tree.known(rev)]

    def sending(self, doc_id: DocId, leaf: Rev) -> Sending:
        """Return a leaf with its path, ready to be sent."""
        tree = self._trees[doc_id]
        return Sending(doc_id, tree.path(leaf), tree.is_deleted(leaf), self._bodies[doc_id, leaf])


def _digest(doc_id: str, body: Mapping[str, Any], parent: str | None, deleted: bool) -> str:
    text = encode_body({"_id": doc_id, "_rev": parent, "_deleted": deleted, **body})
    return hashlib.md5(text, usedforsecurity=False).hexdigest()

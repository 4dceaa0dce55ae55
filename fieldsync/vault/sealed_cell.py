"""The sealed database of a cell, opened: what is grafted is sealed, what is read is opened, all else is its own.

Its answers are found by the stubs in the cell: nothing in it is indexed. What clients are sent (`rows`, `bulk`) stays
sealed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from fieldsync.documents import DocId, Rev
from fieldsync.stores.base import ChangesQuery, ChangesView, Database, Info, Leaf, Missing, Rows
from fieldsync.vault.sealed_database import SealedDatabase
from fieldsync.vault.vault import Vault


class SealedCell(SealedDatabase):
    """Is a database like any other; `kept` is the one on the disk."""

    def __init__(self, kept: Database, vault: Vault) -> None:
        self.name, self.kept, self._vault = kept.name, kept, vault

    def info(self) -> Info:
        """Return the database's figures in constant time."""
        return self.kept.info()

    def rows(self, query: ChangesQuery, view: ChangesView) -> Rows:
        """Read a page of changes as the rows that clients see, sealed."""
        return self.kept.rows(query, view)

    def bulk(self, wanted: Sequence[tuple[DocId, Rev | None]], *, latest: bool, history: bool) -> list[bytes]:
        """Return for each request the JSON of its result in `_bulk_get`, sealed."""
        return self.kept.bulk(wanted, latest=latest, history=history)

    def leaves(self, doc_id: DocId) -> tuple[Leaf, ...]:
        """Return all leaves, winner first; empty for an unknown document."""
        return self.kept.leaves(doc_id)

    def leaves_of(self, ids: Sequence[DocId]) -> dict[DocId, tuple[Leaf, ...]]:
        """Return all leaves of documents, winner first; without those that are not known."""
        return self.kept.leaves_of(ids)

    def missing(self, revs: Mapping[DocId, Sequence[Rev]]) -> dict[DocId, Missing]:
        """Compare with all known revisions; only documents with gaps are answered."""
        return self.kept.missing(revs)

    def locals(self) -> Iterator[tuple[str, bytes]]:
        """Yield all `_local` documents with their names, in order."""
        return self.kept.locals()

    def drop_locals(self) -> int:
        """Drop all `_local` documents; returns how many there were."""
        return self.kept.drop_locals()

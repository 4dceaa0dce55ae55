"""A database of the CouchDB store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from fieldsync.documents import DocId, Rev
from fieldsync.stores.base import (
    ChangesQuery,
    ChangesView,
    Graft,
    Info,
    Leaf,
    Missing,
    Page,
    Put,
    Query,
    Revision,
    Rows,
)
from fieldsync.stores.couchdb import local_documents, results, wiping, writes
from fieldsync.stores.couchdb.changes import read_changes, read_rows
from fieldsync.stores.couchdb.queries import Finder
from fieldsync.stores.couchdb.remote import Remote
from fieldsync.stores.indexes import indexes_of


class _Figures(msgspec.Struct):
    update_seq: str | int
    doc_count: int
    doc_del_count: int = 0


class CouchDatabase:
    """One database, read and written through the store's connections."""

    def __init__(self, remote: Remote, finder: Finder, changed: Callable[[str], None]) -> None:
        self.name = remote.name
        self._remote = remote
        self._finder = finder
        self._changed = changed

    def info(self) -> Info:
        """Return the database's figures in constant time, without our design document."""
        found = self._remote.get("", _Figures)
        ours = 1 if indexes_of(self.name) else 0
        return Info(self.name, str(found.update_seq), max(found.doc_count - ours, 0), found.doc_del_count)

    def changes(self, query: ChangesQuery) -> Page:
        """Read a page of changes."""
        return read_changes(self._remote, query)

    def rows(self, query: ChangesQuery, view: ChangesView) -> Rows:
        """Read a page of changes as the rows that clients see."""
        return read_rows(self._remote, query, view)

    def bulk(self, wanted: Sequence[tuple[DocId, Rev | None]], *, latest: bool, history: bool) -> list[bytes]:
        """Return for each request, in order, the JSON of its result in `_bulk_get`."""
        return results.bulk(self._remote, wanted, latest=latest, history=history)

    def get(self, doc_id: DocId, rev: Rev | None = None) -> Revision | None:
        """Return a revision (default: the winner, also when that is deleted), or None."""
        found = self.revisions([(doc_id, rev)], latest=False)[0]
        return found[0] if found else None

    def leaves(self, doc_id: DocId) -> tuple[Leaf, ...]:
        """Return all leaves, winner first; empty for an unknown document."""
        return results.leaves(self._remote, doc_id)

    def revisions(self, wanted: Sequence[tuple[DocId, Rev | None]], *, latest: bool = True) -> list[list[Revision]]:
        """Return for each request, in order, its revision; with `latest` the leaves that descend from it."""
        return results.revisions(self._remote, wanted, latest)

    def missing(self, revs: Mapping[DocId, Sequence[Rev]]) -> dict[DocId, Missing]:
        """Compare with all known revisions; only documents with gaps are answered."""
        writes.settle(self._remote)
        return results.missing(self._remote, revs)

    def graft(self, grafts: Sequence[Graft]) -> list[bool]:
        """Write revisions with their paths; True for each that was new."""
        writes.settle(self._remote)
        new = writes.graft(self._remote, grafts)
        if any(new):
            self._changed(self.name)
        return new

    def put(self, put: Put) -> Rev:
        """Write on the present winner. Raises Conflict when `parent` is not it."""
        writes.settle(self._remote)
        rev = writes.put(self._remote, put)
        self._changed(self.name)
        return rev

    def add(self, documents: Sequence[tuple[DocId, bytes]]) -> list[bool]:
        """Put each if absent; False for those that exist (whatever their body)."""
        writes.settle(self._remote)
        new = writes.add(self._remote, documents)
        if any(new):
            self._changed(self.name)
        return new

    def documents(
        self, start: str = "", end: str = "\U0010ffff", *, limit: int | None = None, descending: bool = False
    ) -> Iterator[Revision]:
        """Yield the winners that are not deleted with start <= id < end (code point order), in order of id."""
        return results.documents(self._remote, start, end, limit, descending)

    def below(self, prefixes: Sequence[str]) -> Iterator[Revision]:
        """Yield the live winners whose identifiers begin with one of some texts, a text after the other."""
        return results.below(self._remote, prefixes)

    def leaves_of(self, ids: Sequence[DocId]) -> dict[DocId, tuple[Leaf, ...]]:
        """Return all leaves of documents, winner first; without those that are not known."""
        found: dict[DocId, tuple[Leaf, ...]] = {}
        for at in range(0, len(ids), results.FEW):
            few = frozenset(ids[at : at + results.FEW])
            found |= {row.id: row.leaves for row in read_changes(self._remote, ChangesQuery(ids=few)).rows}
        return found

    def find(self, query: Query) -> list[Revision]:
        """Return the winners that match. Raises BadInput where no index can be used."""
        return self._finder.find(self._remote, query)

    def local(self, local_id: str) -> bytes | None:
        """Return a `_local` document as it was stored."""
        return local_documents.read_local(self._remote, local_id)

    def put_local(self, local_id: str, body: bytes) -> None:
        """Keep a `_local` document, durably; it never shows in the changes."""
        local_documents.write_local(self._remote, local_id, body)

    def delete_local(self, local_id: str) -> bool:
        """Drop a `_local` document; False if there was none."""
        return local_documents.drop_local(self._remote, local_id)

    def locals(self) -> Iterator[tuple[str, bytes]]:
        """Yield all `_local` documents with their names, in order."""
        return local_documents.each_local(self._remote)

    def drop_locals(self) -> int:
        """Drop all `_local` documents; returns how many there were."""
        return local_documents.drop_locals(self._remote)

    def forget(self, ids: Sequence[DocId]) -> int:
        """Take documents out with all their revisions; returns how many there were. See `wiping` for other servers."""
        writes.settle(self._remote)
        return wiping.purge(self._remote, self.leaves_of(list(dict.fromkeys(ids))), self._delete)

    def _delete(self, doc_id: DocId, leaf: Leaf) -> None:
        self.put(Put(doc_id, b"{}", leaf.rev, deleted=True))

    def blank(self, ids: Sequence[DocId]) -> None:
        """Leave replaced bodies to compaction, which `wipe` asks for."""

    def wipe(self) -> None:
        """Have the database compacted, so that replaced and purged bodies go; that goes on after this returns."""
        wiping.compact(self._remote)

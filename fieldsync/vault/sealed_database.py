"""A database whose rows are sealed as they are written and opened as they are read; all else is the database's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import msgspec

from fieldsync.documents import DocId, Rev
from fieldsync.stores.base import ChangesQuery, Compacting, Graft, Page, Put, Query, Revision, Store
from fieldsync.vault.shapes import is_plain
from fieldsync.vault.vault import Vault

_BATCH = 200
LAST = "\U0010ffff"


class SealedDatabase:
    """Reads and writes plain rows; `kept` is the database as it is on the disk."""

    def __init__(self, store: Store, name: str, vault: Vault) -> None:
        self.name, self.kept, self._vault = name, store.create(name), vault

    def opened(self, row: str, body: bytes) -> bytes:
        """Return a row as it was before it was sealed."""
        return self._vault.opened(self.name, [(row, body)])[0]

    def get(self, doc_id: DocId, rev: Rev | None = None) -> Revision | None:
        """Return a revision (default: the winner, also when that is deleted), or None."""
        found = self.kept.get(doc_id, rev)
        return self._all([found])[0] if found else None

    def revisions(self, wanted: Sequence[tuple[DocId, Rev | None]], *, latest: bool = True) -> list[list[Revision]]:
        """Return for each request, in order, its revision; with `latest` the leaves that descend from it."""
        found = self.kept.revisions(wanted, latest=latest)
        opened = iter(self._all([one for group in found for one in group]))
        return [list(islice(opened, len(group))) for group in found]

    def documents(
        self, start: str = "", end: str = "\U0010ffff", *, limit: int | None = None, descending: bool = False
    ) -> Iterator[Revision]:
        """Yield the winners that are not deleted with start <= id < end, in order of id."""
        return self._each(self.kept.documents(start, end, limit=limit, descending=descending))

    def below(self, prefixes: Sequence[str]) -> Iterator[Revision]:
        """Yield the live winners whose identifiers begin with one of some texts, a text after the other."""
        return self._each(self.kept.below(prefixes))

    def find(self, query: Query) -> list[Revision]:
        """Return the winners that match; only what is not sealed can be asked for."""
        return self._all(self.kept.find(query))

    def owners(self, query: Query) -> list[tuple[DocId, tuple[str, ...]]]:
        """Return which winners match, and under whose keys each is sealed; nothing is opened."""
        found = self.kept.find(query)
        return [(one.id, self._vault.owners(self.name, one.id, one.body)) for one in found]

    def changes(self, query: ChangesQuery) -> Page:
        """Read a page of changes."""
        return self.kept.changes(query)

    def put(self, put: Put) -> Rev:
        """Write on the present winner. Raises Conflict when `parent` is not it."""
        return self.kept.put(msgspec.structs.replace(put, body=self._sealed([(put.id, put.body)])[0]))

    def add(self, documents: Sequence[tuple[DocId, bytes]]) -> list[bool]:
        """Put each if absent, durably; False for those that exist."""
        sealed = self._sealed(documents)
        return self.kept.add([(doc_id, body) for (doc_id, _), body in zip(documents, sealed, strict=True)])

    def graft(self, grafts: Sequence[Graft]) -> list[bool]:
        """Write revisions with their paths, durably; True for each that was new."""
        sealed = self._sealed([(graft.id, graft.body) for graft in grafts])
        return self.kept.graft([Graft(g.id, g.path, body, g.deleted) for g, body in zip(grafts, sealed, strict=True)])

    def has_plain(self, prefix: str) -> bool:
        """Tell whether a row whose identifier begins with a text was written before there were keys of persons."""
        return any(is_plain(self.name, row.id, row.body) for row in self.kept.documents(prefix, prefix + LAST))

    def local(self, local_id: str) -> bytes | None:
        """Return a `_local` document as it was stored."""
        return self.kept.local(local_id)

    def put_local(self, local_id: str, body: bytes) -> None:
        """Keep a `_local` document, durably."""
        self.kept.put_local(local_id, body)

    def delete_local(self, local_id: str) -> bool:
        """Drop a `_local` document; False if there was none."""
        return self.kept.delete_local(local_id)

    def compact(self) -> int:
        """Drop the bodies of replaced revisions, where the store does not do so by itself; returns how many."""
        return self.kept.compact() if isinstance(self.kept, Compacting) else 0

    def _sealed(self, rows: Sequence[tuple[DocId, bytes]]) -> list[bytes]:
        return self._vault.sealed(self.name, rows)

    def _all(self, found: Sequence[Revision]) -> list[Revision]:
        opened = self._vault.opened(self.name, [(one.id, one.body) for one in found])
        return [
            o if o.body is b else Revision(o.id, o.rev, o.path, o.deleted, b)
            for o, b in zip(found, opened, strict=True)
        ]

    def _each(self, found: Iterable[Revision]) -> Iterator[Revision]:
        """Open rows in batches, whose keys are read at once; a batch begins small, for who takes only the first."""
        left, size = iter(found), 1
        while batch := list(islice(left, size)):
            yield from self._all(batch)
            size = min(_BATCH, size * 8)

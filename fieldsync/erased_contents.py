"""Contents of attachments that only erased documents had: noted before their keys go, dropped once nobody names them.

A content is kept once, by its digest, whoever names it. So all cells are looked through for other documents that have
it, once for all that is noted; what somebody attaches again at this very moment is put back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from fieldsync.attachments import has_attachments, stubs_in
from fieldsync.stores.base import Store

_NOTE, _PREFIX = "contents", "cell-"
_AT_ONCE = 20
"""Contents that are held in memory while they are dropped."""


class ErasedContents:
    """Notes and drops contents; the note is kept in a database, so that a crash loses none."""

    def __init__(self, store: Store, database: str) -> None:
        self._store, self._db = store, store.create(database)

    def note(self, digests: Iterable[str]) -> None:
        """Note contents that are to be dropped unless somebody else has them."""
        if news := set(digests) - (noted := self._noted()):
            self._keep(noted | news)

    def drop(self) -> int:
        """Drop what was noted and no document has; returns how many contents went."""
        noted = self._noted()
        if not noted:
            return 0
        names = [name for name in self._store.names() if name.startswith(_PREFIX)]
        before = self._store.sequences(names)
        loose = sorted(noted - self._held(names, noted))
        gone = sum(self._drop(loose[at : at + _AT_ONCE], before) for at in range(0, len(loose), _AT_ONCE))
        self._keep(set())
        return gone

    def _drop(self, loose: Sequence[str], before: dict[str, str]) -> int:
        """Drop some contents, and put back those that were attached anew meanwhile."""
        blobs = self._store.blobs()
        contents = {digest: content for digest in loose if (content := blobs.get(digest)) is not None}
        blobs.drop(loose)
        names = [name for name in self._store.names() if name.startswith(_PREFIX)]
        present = self._store.sequences(names)
        back = self._held([name for name in names if present.get(name) != before.get(name)], set(contents))
        blobs.put({digest: contents[digest] for digest in back})
        return len(contents) - len(back)

    def _held(self, names: Iterable[str], wanted: set[str]) -> set[str]:
        """Return which of some contents the documents of some cells have."""
        found: set[str] = set()
        for name in names:
            for row in self._store.database(name).documents():
                if has_attachments(row.body):
                    found |= {stub.digest for stub in stubs_in(row.body).values()} & wanted
        return found

    def _noted(self) -> set[str]:
        kept = self._db.local(_NOTE)
        return set(msgspec.json.decode(kept)["digests"]) if kept else set()

    def _keep(self, digests: set[str]) -> None:
        self._db.put_local(_NOTE, msgspec.json.encode({"digests": sorted(digests)}))

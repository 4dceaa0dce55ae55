"""The contents of attachments in the embedded store: a table of bytes by digest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import apsw

from fieldsync.errors import BadInput
from fieldsync.stores.sqlite.connections import Connections, File
from fieldsync.stores.sqlite.rows import listed
from fieldsync.stores.sqlite.wiping import empty_log

_BATCH = 1000
_LENGTHS = "SELECT digest, length(content) FROM blobs WHERE digest IN (SELECT value FROM json_each(?))"


class SqliteBlobs:
    """Contents by digest, each kept once."""

    def __init__(self, file: File, connections: Connections) -> None:
        self._file = file
        self._connections = connections

    def put(self, contents: Mapping[str, bytes]) -> None:
        """Keep contents by their digests, durably. Raises BadInput where other bytes have the same digest."""
        new = {digest: content for digest, content in contents.items() if not self._is_kept(digest, content)}
        if not new:
            return
        sql = "INSERT OR IGNORE INTO blobs VALUES (?, ?)"
        self._connections.write(self._file, lambda connection: connection.executemany(sql, list(new.items())))

    def _is_kept(self, digest: str, content: bytes) -> bool:
        kept = self.get(digest)
        if kept is not None and kept != content:
            raise BadInput(f"Two attachments with different contents have the digest {digest}; the second is refused.")
        return kept is not None

    def get(self, digest: str) -> bytes | None:
        """Return the bytes of a digest, or None."""
        with self._connections.reading(self._file) as connection:
            found = connection.execute("SELECT content FROM blobs WHERE digest = ?", (digest,)).fetchone()
        return found[0] if found else None

    def lengths(self, digests: Iterable[str]) -> dict[str, int]:
        """Return the length in bytes of each digest that is kept."""
        with self._connections.reading(self._file) as connection:
            return {str(row[0]): int(row[1]) for row in connection.execute(_LENGTHS, (listed(digests),))}

    def drop(self, digests: Iterable[str]) -> int:
        """Drop contents, overwritten where they stood; returns how many there were."""
        dropped = list(digests)

        def work(connection: apsw.Connection) -> int:
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("DELETE FROM blobs WHERE digest IN (SELECT value FROM json_each(?))", (listed(dropped),))
            return connection.changes()

        count = self._connections.write(self._file, work)
        self._connections.alter(self._file, lambda connection: empty_log(connection, self._file.name))
        return count

    def digests(self) -> Iterator[str]:
        """Yield all digests that are kept, in order."""
        after = ""
        sql = "SELECT digest FROM blobs WHERE digest > ? ORDER BY digest LIMIT ?"
        while True:
            with self._connections.reading(self._file) as connection:
                batch = [row[0] for row in connection.execute(sql, (after, _BATCH))]
            yield from batch
            if len(batch) < _BATCH:
                return
            after = batch[-1]

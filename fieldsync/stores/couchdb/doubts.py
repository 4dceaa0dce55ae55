"""Writes that reached too few nodes (202): told as not done, and written again before anything else is acknowledged.

CouchDB keeps such a write where it arrived, so its client finds it when it asks again, and would take it for safe.
Remembered per process: another server in front of the same CouchDB knows nothing of it.

Source: CouchDB documentation, "HTTP Status Codes" (202 Accepted), "Cluster: reading and writing".
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from fieldsync.errors import StoreUnavailable


class MissedQuorum(StoreUnavailable):
    """CouchDB kept something on fewer nodes than its quorum."""


class Doubts:
    """The documents of which it is not certain that enough nodes have them, by database."""

    def __init__(self) -> None:
        self._ids: dict[str, set[str]] = {}
        self._lock = threading.Lock()

    @contextmanager
    def of_writing(self, database: str, ids: Iterable[str]) -> Iterator[None]:
        """Remember these documents if what is done meanwhile misses its quorum; forget them if it is done."""
        ids = set(ids)
        try:
            yield
        except MissedQuorum:
            with self._lock:
                self._ids.setdefault(database, set()).update(ids)
            raise
        if self._ids:
            self._forget(database, ids)

    def about(self, database: str) -> frozenset[str]:
        """Return the doubtful documents of a database."""
        return frozenset(self._ids.get(database, ())) if self._ids else frozenset()

    def settle(self, database: str, write_again: Callable[[frozenset[str]], None]) -> None:
        """Have doubtful documents written again. Raises MissedQuorum while there are too few nodes for it."""
        if ids := self.about(database):
            write_again(ids)
            self._forget(database, ids)

    def _forget(self, database: str, ids: Iterable[str]) -> None:
        with self._lock:
            left = self._ids.get(database, set()).difference(ids)
            if left:
                self._ids[database] = left
            else:
                self._ids.pop(database, None)

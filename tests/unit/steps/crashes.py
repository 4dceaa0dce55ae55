"""A store whose process dies at its n-th write: what was written before is durable, what comes after never happens."""

from __future__ import annotations

from typing import Any

from fieldsync.stores.base import Store

WRITES = frozenset({"graft", "put", "add", "put_local", "delete_local"})


class Died(BaseException):
    """The process is gone; no handler of ours can catch it."""


class Fuse:
    """Counts writes and dies at the one it was set to; 0 never dies."""

    def __init__(self) -> None:
        self.left = 0
        self.count = 0

    def burn(self) -> None:
        """Count a write that is about to happen."""
        self.count += 1
        if self.left:
            self.left -= 1
            if self.left == 0:
                raise Died


class FusedDatabase:
    """A database of a store with a fuse."""

    def __init__(self, database: Any, fuse: Fuse) -> None:
        self._database, self._fuse = database, fuse

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._database, name)
        if name not in WRITES:
            return found

        def write(*args: Any, **kwargs: Any) -> Any:
            self._fuse.burn()
            return found(*args, **kwargs)

        return write


class FusedStore:
    """A real store behind a fuse."""

    def __init__(self, store: Store, fuse: Fuse) -> None:
        self._store, self._fuse = store, fuse

    def database(self, name: str) -> Any:
        """Return a database behind the fuse."""
        return FusedDatabase(self._store.database(name), self._fuse)

    def create(self, name: str) -> Any:
        """Return a database behind the fuse, made if it is not there."""
        return FusedDatabase(self._store.create(name), self._fuse)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

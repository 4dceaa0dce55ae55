"""A store whose sealed databases of cells are opened: what the steps work with.

Copies, backups and checks work with the store itself, where they stay sealed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fieldsync.documents import is_sealed_cell
from fieldsync.stores.base import Blobs, Database, Store
from fieldsync.vault.sealed_cell import SealedCell
from fieldsync.vault.vault import Vault


class OpenedStore:
    """Is a store like any other; `kept` is the one on the disk."""

    def __init__(self, kept: Store, vault: Vault) -> None:
        self.kept, self._vault = kept, vault

    def database(self, name: str) -> Database:
        """Return a database. Raises DatabaseMissing, here or where it is first used."""
        return self._opened(self.kept.database(name))

    def create(self, name: str) -> Database:
        """Return a database, made if it is not there."""
        return self._opened(self.kept.create(name))

    def _opened(self, database: Database) -> Database:
        return SealedCell(database, self._vault) if is_sealed_cell(database.name) else database

    def uuid(self) -> str:
        """Return the installation's identifier."""
        return self.kept.uuid()

    def rotate_uuid(self) -> str:
        """Give the installation a new identifier, durably, and return it."""
        return self.kept.rotate_uuid()

    def blobs(self) -> Blobs:
        """Return the contents of the attachments of all databases."""
        return self.kept.blobs()

    def delete(self, name: str) -> bool:
        """Drop a database with all it holds; False if there was none."""
        return self.kept.delete(name)

    def names(self) -> list[str]:
        """Return the names of all databases, sorted."""
        return self.kept.names()

    def sequences(self, names: Sequence[str]) -> dict[str, str]:
        """Return the present sequence of each of these databases that is there and can be read."""
        return self.kept.sequences(names)

    def watch(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """Call `listener` with a database's name soon after it changed; returns the function that ends this."""
        return self.kept.watch(listener)

    def close(self) -> None:
        """Release every file and thread."""
        self.kept.close()

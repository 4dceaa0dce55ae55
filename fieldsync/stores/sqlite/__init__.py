"""The embedded store: a SQLite file per database, in one folder."""

from fieldsync.stores.sqlite.store import SqliteStore

__all__ = ["SqliteStore"]

"""Which store a URL names: the one place that knows concrete stores."""

from __future__ import annotations

from pathlib import Path

from fieldsync.errors import BadInput
from fieldsync.stores.base import Store, StoreOptions
from fieldsync.stores.sqlite import SqliteStore

_SQLITE = "sqlite:///"
_COUCHDB = ("couchdb://", "couchdbs://")


def open_store(url: str, options: StoreOptions | None = None) -> Store:
    """Open the store that a URL names: `sqlite:///folder` (relative), `sqlite:////folder` (absolute), or a CouchDB.

    That is `couchdb://user:password@host:5984/prefix`, or `couchdbs://` for TLS; the prefix may be left out. Raises
    BadInput for any other URL, StoreUnavailable when the folder or the CouchDB cannot be used.
    """
    options = options or StoreOptions()
    folder = url.removeprefix(_SQLITE)
    if url.startswith(_SQLITE) and folder.strip("/"):
        return SqliteStore(Path(folder), options)
    if url.startswith(_COUCHDB):
        from fieldsync.stores.couchdb import CouchStore  # Its client takes a fifth of a command's start.

        return CouchStore(url, options)
    raise BadInput("This names no store: use sqlite:///folder or couchdb://user:password@host:5984/prefix.")

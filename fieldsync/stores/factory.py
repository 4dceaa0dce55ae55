"""Which store a URL names: the one place that knows concrete stores."""

from __future__ import annotations

from pathlib import Path

from fieldsync.errors import BadInput
from fieldsync.stores.base import Store, StoreOptions
from fieldsync.stores.sqlite import SqliteStore

_SQLITE = "sqlite:///"


def open_store(url: str, options: StoreOptions | None = None) -> Store:
    """Open the store that a URL names: `sqlite:///folder` (relative) or `sqlite:////folder` (absolute).

    Raises BadInput for any other URL, StoreUnavailable when the folder cannot be used.
    """
    options = options or StoreOptions()
    folder = url.removeprefix(_SQLITE)
    if url.startswith(_SQLITE) and folder.strip("/"):
        return SqliteStore(Path(folder), options)
    if url.startswith("couchdb://"):
        raise BadInput("couchdb:// is not available yet: use sqlite:///folder, for example sqlite:///store.")
    raise BadInput(f"{url!r:.200} names no store: use sqlite:///folder (couchdb:// comes later).")

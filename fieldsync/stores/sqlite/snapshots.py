"""Copies of databases while others write: SQLite's online backup from read transactions that began together."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import apsw

from fieldsync.stores.sqlite.cipher import unlock
from fieldsync.stores.sqlite.connections import Connections, File

_PAGES = 1024
"""How many pages are copied at a step."""


@contextmanager
def one_moment(connections: Connections, files: Sequence[File]) -> Iterator[list[apsw.Connection]]:
    """Lend a connection to each file, all of which see the same moment.

    Where there are several, their writers stand still while the transactions begin, always locked in the same order.
    """
    with ExitStack() as kept:
        with ExitStack() as still:
            for file in sorted(files, key=lambda file: file.name) if len(files) > 1 else ():
                still.enter_context(connections.still(file))
            lent = [kept.enter_context(connections.reading(file)) for file in files]
            for connection in lent:  # a read transaction begins with what it reads first
                connection.execute("SELECT update_seq FROM figures").fetchall()
        yield lent


def copy_file(source: apsw.Connection, path: Path, key: str) -> None:
    """Copy a database as a connection's transaction sees it into a new file, durably."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    target = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        unlock(target, key)
        target.execute("PRAGMA synchronous = OFF")
        with target.backup("main", source, "main") as backup:
            while not backup.done:
                backup.step(_PAGES)
    finally:
        target.close()

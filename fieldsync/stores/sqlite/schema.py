"""What is in a database's file: its tables, its indexes of values, its version.

A document's row holds its winner and stands at its latest sequence, so the changes are the table in its own order.
What hot reads need is computed when it is written: `path` is the winner's ancestry; `leaves` (winner first, `!` before
a tombstone) and `tree` are NULL for the usual document, whose revisions form one line. Bodies of other leaves and of
inner revisions are in `revisions`. `spans` counts the documents per run of sequences: what is pending needs no scan.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

import apsw

from fieldsync.errors import BadInput, StoreUnavailable
from fieldsync.stores.indexes import indexes_of

Step = Callable[[apsw.Connection, str], None]
STEPS: list[Step] = []
"""What brings a file to the next version: the first step from version 1 to 2. Steps are only ever added; each is given
the name of the database, and runs in the transaction that writes the new version."""
SPAN = 256
"""How many sequences a row of `spans` stands for."""

_TABLES = """
CREATE TABLE figures (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    own TEXT NOT NULL,
    update_seq INTEGER NOT NULL,
    doc_count INTEGER NOT NULL,
    doc_del_count INTEGER NOT NULL
);
CREATE TABLE documents (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    rev TEXT NOT NULL,
    deleted INTEGER NOT NULL,
    leaves TEXT,
    path BLOB NOT NULL,
    tree BLOB,
    body TEXT NOT NULL
);
CREATE TABLE revisions (
    id TEXT NOT NULL,
    rev TEXT NOT NULL,
    deleted INTEGER NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (id, rev)
);
CREATE TABLE spans (span INTEGER PRIMARY KEY, documents INTEGER NOT NULL);
CREATE TABLE locals (id TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
"""

BLOBS = "blobs"
"""The database that holds the contents of attachments, and nothing else."""
_BLOB_TABLE = "CREATE TABLE blobs (digest TEXT PRIMARY KEY, content BLOB NOT NULL);"


def extracted(path: str) -> str:
    """Return the SQL that reads a dotted path out of a body: an index is used for this very text only.

    Raises BadInput for a path that cannot be written as SQL.
    """
    return f"json_extract(body, '{json_path(path)}')"


def json_path(path: str) -> str:
    """Return a dotted path as SQLite spells it. Raises BadInput."""
    if not path or any(mark in path for mark in "\"'\\\0"):
        raise BadInput(f"{path!r} is no path into a body: use member names joined by dots.")
    return "$" + "".join(f'."{name}"' for name in path.split("."))


def write_schema(connection: apsw.Connection, name: str) -> None:
    """Make an empty file a database, in one transaction."""
    connection.execute("PRAGMA journal_mode = WAL")
    with connection:
        connection.execute(_TABLES)
        if name == BLOBS:
            connection.execute(_BLOB_TABLE)
        connection.execute("INSERT INTO figures VALUES (1, ?, 0, 0, 0)", (new_mark(),))
        for statement in _wanted_indexes(name).values():
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {version()}")


def new_mark() -> str:
    """Return what tells the sequences of a database from those of every other."""
    return secrets.token_hex(4)


def version() -> int:
    """Return the version of the files that this program writes."""
    return 1 + len(STEPS)


def migrate(connection: apsw.Connection, name: str) -> None:
    """Bring a file to the version of this program, whole or not at all. Raises StoreUnavailable where it cannot."""
    if _checked_version(connection, name) == version():
        return
    connection.execute("BEGIN IMMEDIATE")
    for step in STEPS[_checked_version(connection, name) - 1 :]:  # another process may have been first
        step(connection, name)
    connection.execute(f"PRAGMA user_version = {version()}")
    connection.execute("COMMIT")


def _checked_version(connection: apsw.Connection, name: str) -> int:
    found = int(connection.pragma("user_version"))
    if found > version():
        raise StoreUnavailable(
            f"Database {name!r} was written by a newer version (schema {found}, this one knows {version()}): "
            "install the newer version."
        )
    if found < 1:
        raise StoreUnavailable(f"The file of database {name!r} is not a database of this store: restore it.")
    return found


def mend_indexes(connection: apsw.Connection, name: str) -> None:
    """Make the indexes of values what this program wants, where an older one wanted others."""
    wanted = _wanted_indexes(name)
    if _present_indexes(connection) == wanted.keys():
        return
    connection.execute("BEGIN IMMEDIATE")
    with_changes = _present_indexes(connection)
    for index in with_changes - wanted.keys():
        connection.execute(f'DROP INDEX "{index}"')
    for index in wanted.keys() - with_changes:
        connection.execute(wanted[index])
    connection.execute("COMMIT")


def _present_indexes(connection: apsw.Connection) -> set[str]:
    rows = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'index' AND name LIKE 'value:%'")
    return {row[0] for row in rows}


def _wanted_indexes(name: str) -> dict[str, str]:
    return {f"value:{path}": _index(path) for path in indexes_of(name)}


def _index(path: str) -> str:
    value = extracted(path)
    return f'CREATE INDEX "value:{path}" ON documents ({value}, id) WHERE deleted = 0 AND {value} IS NOT NULL'

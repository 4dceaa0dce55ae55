"""Files of an older version are brought to this program's when they are opened, whole or not at all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import apsw
import pytest

from fieldsync.documents import DocId
from fieldsync.errors import StoreUnavailable
from fieldsync.stores.base import Put
from fieldsync.stores.sqlite import SqliteStore, schema

A = DocId("a")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a store of version 1 with a document."""
    store = SqliteStore(tmp_path / "store")
    store.create("registry").put(Put(A, b'{"n":1}'))
    store.close()
    return tmp_path / "store"


def note(connection: apsw.Connection, name: str) -> None:
    connection.execute("CREATE TABLE notes (text TEXT)")
    connection.execute("INSERT INTO notes VALUES (?)", (name,))


def more(connection: apsw.Connection, name: str) -> None:
    connection.execute("INSERT INTO notes SELECT id FROM documents")


def fail(connection: apsw.Connection, name: str) -> None:
    raise apsw.FullError("database or disk is full")


def state(folder: Path) -> tuple[int, list[str]]:
    """Return a file's version and its notes."""
    connection = apsw.Connection(str(folder / "registry.sqlite"), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        has_notes = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'notes'").fetchone()
        notes = [row[0] for row in connection.execute("SELECT text FROM notes")] if has_notes else []
        return connection.pragma("user_version"), notes
    finally:
        connection.close()


def test_steps_run_once_and_in_order(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file two versions behind takes both steps at its opening, one behind the last, and then none."""
    monkeypatch.setattr(schema, "STEPS", [note])
    first = SqliteStore(folder)
    assert first.database("registry").get(A).body == b'{"n":1}'
    first.close()
    assert state(folder) == (2, ["registry"])
    monkeypatch.setattr(schema, "STEPS", [note, more])
    for _ in range(2):
        store = SqliteStore(folder)
        assert store.database("registry").get(A) is not None
        store.close()
    assert state(folder) == (3, ["registry", "a"])


def test_a_step_that_fails_changes_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even what the steps before it did; with room again, all run."""
    monkeypatch.setattr(schema, "STEPS", [note, fail])
    store = SqliteStore(folder)
    with pytest.raises(StoreUnavailable, match="disk is full"):
        store.database("registry").get(A)
    store.close()
    assert state(folder) == (1, [])
    monkeypatch.setattr(schema, "STEPS", [note, more])
    SqliteStore(folder).database("registry").get(A)
    assert state(folder) == (3, ["registry", "a"])


def test_a_new_file_has_the_newest_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes no steps: the tables of `schema` are those of the newest version."""
    monkeypatch.setattr(schema, "STEPS", [fail])
    store = SqliteStore(tmp_path / "store")
    store.create("registry").put(Put(A, b"{}"))
    store.close()
    assert state(tmp_path / "store") == (2, [])


THOUSAND = """
import resource, sys
from fieldsync.documents import DocId
from fieldsync.stores.base import Put
from fieldsync.stores.factory import open_store
resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))
store = open_store(sys.argv[1])
names = [f"cell-{n:015}" for n in range(1000)]
for n, name in enumerate(names):
    store.create(name).put(Put(DocId("a"), b'{"n":%d}' % n))
assert store.names() == names
for n, name in enumerate(names):
    assert store.database(name).get(DocId("a")).body == b'{"n":%d}' % n
"""


def test_a_thousand_databases_need_few_open_files(tmp_path: Path) -> None:
    """They are made, written and read by a process that may open a hundred files, however slowly files are closed."""
    program = [sys.executable, "-c", THOUSAND, f"sqlite:///{tmp_path}/store"]
    ended = subprocess.run(program, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr

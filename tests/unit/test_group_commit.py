"""Writers of one database at once: one transaction for many, each with its own fate."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import apsw
import pytest

from fieldsync.documents import DocId
from fieldsync.errors import BadInput, Conflict, StoreUnavailable
from fieldsync.stores.base import ChangesQuery, Put
from fieldsync.stores.sqlite import SqliteStore, connections
from fieldsync.stores.sqlite.connections import Connections, File

THREADS, WRITES = 16, 25


class CountingFile(apsw.VFSFile):
    """A file that counts how often it is brought to the disk."""

    def __init__(self, vfs: CountingDisk, name: Any, flags: list[int]) -> None:
        super().__init__(vfs.base, name, flags)
        self._vfs = vfs

    def xSync(self, flags: int) -> None:
        """Count, and do it."""
        self._vfs.syncs += 1
        super().xSync(flags)


class CountingDisk(apsw.VFS):
    """A disk, made the default, that counts how often something is brought to it."""

    def __init__(self) -> None:
        self.base = apsw.vfs_names()[0]
        self.syncs = 0
        super().__init__("counting", self.base, makedefault=True)

    def xOpen(self, name: Any, flags: list[int]) -> CountingFile:
        """Open a file that counts."""
        return CountingFile(self, name, flags)


@pytest.fixture
def disk() -> Iterator[CountingDisk]:
    """Count what SQLite brings to the disk."""
    counting = CountingDisk()
    yield counting
    counting.unregister()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    """Open an empty store."""
    opened = SqliteStore(tmp_path / "store")
    yield opened
    opened.close()


def together(work: Callable[[int], None]) -> None:
    """Run a work in all threads from the same moment on."""
    ready = threading.Barrier(THREADS)

    def one(number: int) -> None:
        ready.wait()
        work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(one, range(THREADS)))


def test_many_writers_share_the_wait_for_the_disk(disk: CountingDisk, store: SqliteStore) -> None:
    """Fewer syncs than writes, every write is there, and the sequences have no holes."""
    cell = store.create("cell-1")
    before = disk.syncs
    together(lambda k: [cell.add([(DocId(f"{k}-{n}"), b"{}")]) for n in range(WRITES)] and None)
    assert 0 < disk.syncs - before < THREADS * WRITES
    numbers = [int(row.seq.partition("-")[0]) for row in cell.changes(ChangesQuery()).rows]
    assert numbers == list(range(1, THREADS * WRITES + 1))


def test_attachments_share_it_too(disk: CountingDisk, store: SqliteStore) -> None:
    """Many contents at once are fewer syncs than contents."""
    blobs = store.blobs()
    before = disk.syncs
    together(lambda k: [blobs.put({f"md5-{k}-{n}": b"x"}) for n in range(WRITES)] and None)
    assert disk.syncs - before < THREADS * WRITES
    assert len(list(blobs.digests())) == THREADS * WRITES


def test_a_lone_writer_waits_for_the_disk_each_time(disk: CountingDisk, store: SqliteStore) -> None:
    """Nothing is answered before it is durable."""
    cell = store.create("cell-1")
    cell.put(Put(DocId("first"), b"{}"))
    for n in range(5):
        before = disk.syncs
        cell.put(Put(DocId(f"d{n}"), b"{}"))
        assert disk.syncs > before


class Held:
    """Writers that stand in line behind one that has not finished, so that they become one group."""

    def __init__(self, folder: Path, store: SqliteStore) -> None:
        store.create("cell-1")
        self.connections = Connections()
        self.file = File("cell-1", folder / "cell-1.sqlite")
        self.pool = ThreadPoolExecutor(THREADS)

    def group(self, *works: Callable[[apsw.Connection], Any]) -> list[Any]:
        """Run works in one transaction; returns what each returned or raised."""
        entered, go = threading.Event(), threading.Event()

        def hold(_: apsw.Connection) -> None:
            entered.set()
            go.wait()

        first = self.pool.submit(self.connections.write, self.file, hold)
        entered.wait()
        line = self.connections._lines["cell-1"]
        futures = []
        for number, work in enumerate(works, 1):
            futures.append(self.pool.submit(self.connections.write, self.file, work))
            while len(line._waiting) < number:
                pass
        go.set()
        first.result()
        return [future.exception() or future.result() for future in futures]

    def ids(self) -> list[str]:
        """Return the identifiers of the `_local` documents that were written."""
        with self.connections.reading(self.file) as connection:
            return [row[0] for row in connection.execute("SELECT id FROM locals ORDER BY id")]


@pytest.fixture
def held(tmp_path: Path, store: SqliteStore) -> Iterator[Held]:
    """Return a way to make a group."""
    held = Held(tmp_path / "store", store)
    yield held
    held.pool.shutdown()
    held.connections.close()


def writes(name: str, then: BaseException | None = None) -> Callable[[apsw.Connection], str]:
    """Return a work that writes a row, and then fails if it is told to."""

    def work(connection: apsw.Connection) -> str:
        connection.execute("INSERT INTO locals VALUES (?, x'00')", (name,))
        if then:
            raise then
        return name

    return work


def test_one_that_fails_is_undone_alone(held: Held) -> None:
    """Each gets its own result or its own error."""
    conflict, broken = Conflict("changed"), apsw.SQLError("malformed JSON")
    found = held.group(writes("a"), writes("b", conflict), writes("c"), writes("d", broken), writes("e"))
    assert found == ["a", conflict, "c", broken, "e"]
    assert held.ids() == ["a", "c", "e"]


def test_a_full_disk_fails_the_whole_group(held: Held) -> None:
    """Nobody is told that his write is done; the next writer finds all in order."""
    found = held.group(writes("a"), writes("b", apsw.FullError("full")), writes("c"))
    assert [type(error) for error in found] == [StoreUnavailable] * 3
    assert all("disk is full" in error.message for error in found)
    assert held.ids() == []
    assert held.connections.write(held.file, writes("after")) == "after"


def test_what_rolls_the_transaction_back_fails_the_whole_group(held: Held) -> None:
    """Also those whose work had been done before."""

    def rollback(connection: apsw.Connection) -> None:
        connection.execute("ROLLBACK")
        raise BadInput("gone")

    found = held.group(writes("a"), rollback, writes("c"))
    assert [type(error) for error in found] == [BadInput] * 3
    assert held.ids() == []


def test_one_whose_turn_does_not_come_gives_up(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    """It leaves the line, and what it wanted is not written later."""
    monkeypatch.setattr(connections, "BUSY_MS", 30)
    entered, go = threading.Event(), threading.Event()
    first = held.pool.submit(held.connections.write, held.file, lambda _: (entered.set(), go.wait()))
    entered.wait()
    with pytest.raises(StoreUnavailable, match="busy"):
        held.connections.write(held.file, writes("late"))
    go.set()
    first.result()
    assert held.connections.write(held.file, writes("next")) == "next"
    assert held.ids() == ["next"]

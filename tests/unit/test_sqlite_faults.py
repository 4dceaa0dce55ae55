"""Disks that fail: a write that meets the fault is an error, never an acknowledgement, and afterwards all is well."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import apsw
import pytest

from fieldsync.documents import DocId
from fieldsync.errors import StoreUnavailable
from fieldsync.stores.base import ChangesQuery, Database, Put
from fieldsync.stores.sqlite import SqliteStore
from tests.unit.test_group_commit import Held, writes

BODY = b'{"text":"%b"}' % (b"x" * 9000)
"""Several pages, so that a commit writes several times."""
MOST = 200
"""More writes and syncs than a commit here needs."""
THREADS = 8
Fault = tuple[str, Callable[[], Exception], bool]


class FailingFile(apsw.VFSFile):
    """A file of the failing disk."""

    def __init__(self, vfs: FailingDisk, name: Any, flags: list[int]) -> None:
        super().__init__(vfs.base, name, flags)
        self._vfs = vfs

    def xWrite(self, data: bytes, offset: int) -> None:
        """Write, unless this is the call that fails."""
        self._vfs.meet("write")
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:
        """Sync, unless this is the call that fails."""
        self._vfs.meet("sync")
        super().xSync(flags)


class FailingDisk(apsw.VFS):
    """A disk, made the default, whose calls of one kind fail from the n-th on, or just that one."""

    def __init__(self) -> None:
        self.base = apsw.vfs_names()[0]
        self.heal()
        super().__init__("failing", self.base, makedefault=True)

    def xOpen(self, name: Any, flags: list[int]) -> FailingFile:
        """Open a file that may fail."""
        return FailingFile(self, name, flags)

    def fail(self, kind: str, error: Callable[[], Exception], lasts: bool, nth: int) -> None:
        """Let the n-th call of a kind fail, and if the fault lasts all after it."""
        self._kind, self._error, self._lasts, self._left, self.failed = kind, error, lasts, nth, 0

    def heal(self) -> None:
        """Work again."""
        self.fail("", apsw.IOError, True, 0)

    def meet(self, kind: str) -> None:
        """Count a call, and fail when it is time. Raises what it was told."""
        if kind != self._kind:
            return
        self._left -= 1
        if self._left == 0 or (self._left < 0 and self._lasts):
            self.failed += 1
            raise self._error()


def _full() -> Exception:
    return apsw.FullError("no room")


def _broken_write() -> Exception:
    error = apsw.IOError("the disk does not take it")
    error.extendedresult = apsw.SQLITE_IOERR_WRITE
    return error


def _broken_sync() -> Exception:
    error = apsw.IOError("the disk does not confirm it")
    error.extendedresult = apsw.SQLITE_IOERR_FSYNC
    return error


FAULTS = {"full": ("write", _full), "unwritable": ("write", _broken_write), "unsynced": ("sync", _broken_sync)}


@pytest.fixture
def disk() -> Iterator[FailingDisk]:
    """Put all new files on a disk that can fail."""
    failing = FailingDisk()
    yield failing
    failing.unregister()


@pytest.fixture
def store(tmp_path: Path, disk: FailingDisk) -> Iterator[SqliteStore]:
    """Open an empty store on that disk."""
    opened = SqliteStore(tmp_path / "store")
    yield opened
    disk.heal()
    opened.close()


@pytest.fixture(params=[(name, lasts) for name in sorted(FAULTS) for lasts in (True, False)], ids=str)
def fault(request: pytest.FixtureRequest) -> Fault:
    """Return a kind of call, how it fails, and whether it goes on failing."""
    name, lasts = request.param
    return (*FAULTS[name], lasts)


def ids(cell: Database) -> list[str]:
    """Return all documents of a cell, and check each whole."""
    found = [cell.get(row.id) for row in cell.changes(ChangesQuery()).rows]
    assert all(one is not None and one.body == BODY for one in found)
    return sorted(one.id for one in found if one)


def every_call(disk: FailingDisk, fault: Fault, write: Callable[[int], Any]) -> int:
    """Try a write with its first call failing, its second, and so on until it needs no more; returns how many failed.

    A write that met the fault must have raised, and the one after the fault must not.
    """
    for nth in range(1, MOST):
        disk.fail(*fault, nth)
        try:
            write(nth)
        except StoreUnavailable:
            assert disk.failed
        else:
            assert not disk.failed
            disk.heal()
            return nth - 1
        disk.heal()
    raise AssertionError(f"a commit needs more than {MOST} calls")


def test_a_write_that_meets_a_fault_is_never_acknowledged(store: SqliteStore, disk: FailingDisk, fault) -> None:
    """Whichever call fails it raises, what was acknowledged stays, what was refused is not there, and it goes on."""
    cell = store.create("cell-1")
    cell.put(Put(DocId("before"), BODY))
    assert every_call(disk, fault, lambda nth: cell.put(Put(DocId(f"refused-{nth}"), BODY))) > 0
    last = [doc_id for doc_id in ids(cell) if doc_id != "before"]
    assert len(last) == 1
    cell.put(Put(DocId("after"), BODY))
    store.close()
    again = SqliteStore(Path(store._folder))
    assert ids(again.database("cell-1")) == sorted(["before", "after", *last])
    assert list(again.damages("cell-1", quick=False)) == []
    again.close()


def test_a_refused_write_can_be_repeated(store: SqliteStore, disk: FailingDisk, fault) -> None:
    """The very same write succeeds once the disk works, and leaves one revision."""
    cell = store.create("cell-1")
    assert every_call(disk, fault, lambda _: cell.put(Put(DocId("a"), BODY))) > 0
    assert ids(cell) == ["a"]
    assert cell.info().doc_count == 1


def test_one_failing_call_fails_a_whole_group(tmp_path: Path, store: SqliteStore, disk: FailingDisk, fault) -> None:
    """All whose writes shared the commit are told, nothing of theirs is there, and the next write succeeds."""
    held = Held(tmp_path / "store", store)
    disk.fail(*fault, 1)
    found = held.group(writes("a"), writes("b"), writes("c"))
    disk.heal()
    assert [type(error) for error in found] == [StoreUnavailable] * 3
    assert held.ids() == []
    assert held.group(writes("a")) == ["a"]
    assert held.ids() == ["a"]
    held.pool.shutdown()
    held.connections.close()


def test_every_writer_of_many_is_told(store: SqliteStore, disk: FailingDisk, fault) -> None:
    """Of many writers at once whoever returned without an error is there after the fault, and nobody else's is."""
    cell = store.create("cell-1")
    acknowledged: list[str] = []
    for nth in range(1, 12):
        ready = threading.Barrier(THREADS)

        def write(number: int, nth: int = nth, ready: threading.Barrier = ready) -> str | None:
            ready.wait()
            try:
                cell.add([(DocId(f"{nth}-{number}"), BODY)])
            except StoreUnavailable:
                return None
            return f"{nth}-{number}"

        disk.fail(*fault, nth)
        with ThreadPoolExecutor(THREADS) as pool:
            acknowledged += [doc_id for doc_id in pool.map(write, range(THREADS)) if doc_id]
        disk.heal()
        assert ids(cell) == sorted(acknowledged)
    cell.add([(DocId("after"), BODY)])
    assert ids(cell) == sorted([*acknowledged, "after"])


def test_contents_of_attachments_too(store: SqliteStore, disk: FailingDisk, fault) -> None:
    """A content that was refused is not there, and is once it was sent again."""
    blobs = store.blobs()
    blobs.put({"md5-before": BODY})
    assert every_call(disk, fault, lambda _: blobs.put({"md5-x": BODY})) > 0
    assert list(blobs.digests()) == ["md5-before", "md5-x"]
    assert blobs.get("md5-x") == BODY

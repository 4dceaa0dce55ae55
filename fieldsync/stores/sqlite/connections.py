"""Connections to the files of a store: lent to one thread at a time, kept open for the next, never too many.

Writers of one database stand in line and commit together (see `groups`); other processes are kept out by `BEGIN
IMMEDIATE`. Readers never wait for writers (WAL).
"""

from __future__ import annotations

import resource
import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import apsw

from fieldsync.errors import BadInput, DatabaseMissing, StoreUnavailable
from fieldsync.stores.sqlite.cipher import unlock, wrong_key
from fieldsync.stores.sqlite.groups import Job, Line, write_together
from fieldsync.stores.sqlite.schema import mend_indexes, migrate, new_mark

BUSY_MS = 20_000
"""How long a writer waits for others before it gives up."""
IDLE = 128
"""How many connections stay open while nobody uses them, at most."""
AT_ONCE = 32
"""How many of them may be waiting to be closed, beside the request that no longer needs them; half as many as stay open
where that is less."""
LOG_BYTES = 16 * 2**20
"""What a write-ahead log may keep of the disk once it has been copied back."""
CACHE_KIB = 512
"""How much of a database each connection keeps in its own memory; the operating system's cache serves them all."""
_FILES_PER_CONNECTION = 3
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class File:
    """A database's name and where its file is."""

    name: str
    path: Path


@dataclass(slots=True)
class _Lent:
    connection: apsw.Connection
    inode: int


class Connections:
    """The connections of a store."""

    def __init__(self, key: str = "", idle: int | None = None) -> None:
        self._key = key
        self._lines: dict[str, Line] = {}
        self._capacity = min(_affordable(), idle or IDLE)
        self._at_once = min(AT_ONCE, self._capacity // 2)
        self._guard = threading.Lock()
        self._idle: OrderedDict[str, list[_Lent]] = OrderedDict()
        self._kept = 0
        self._write_locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._closed = False
        self._closing = ThreadPoolExecutor(1, "closing")
        self._closing_now = 0

    @contextmanager
    def reading(self, file: File) -> Iterator[apsw.Connection]:
        """Lend a connection within a read transaction: one snapshot. Raises DatabaseMissing, StoreUnavailable."""
        with self._lent(file) as connection:
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                with suppress(apsw.Error):
                    connection.execute("ROLLBACK")

    def write(self, file: File, work: Callable[[apsw.Connection], T]) -> T:
        """Do a work within a write transaction that others may share; durable when this returns.

        The work may run in another thread. It is undone if it raises. Raises DatabaseMissing, StoreUnavailable.
        """
        with self._guard:
            line = self._lines.get(file.name) or self._lines.setdefault(file.name, Line(file.name))
        with translated(f"Database {file.name!r}"):
            return line.run(work, lambda group: self._commit(file, group), BUSY_MS / 1000)

    def _commit(self, file: File, group: Sequence[Job]) -> None:
        with self.alone(file.name), self._lent(file) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                write_together(connection, group)
                connection.execute("COMMIT")
            except BaseException:
                with suppress(apsw.Error):
                    connection.execute("ROLLBACK")
                raise

    def alter(self, file: File, work: Callable[[apsw.Connection], None]) -> None:
        """Work on a whole file outside of a transaction, while this process's writers wait. Raises as `write`."""
        with self.alone(file.name), self._lent(file) as connection:
            work(connection)

    @contextmanager
    def still(self, file: File) -> Iterator[None]:
        """Keep every writer of a database waiting, of other processes too. Raises as `write` does."""
        with self.alone(file.name), self._lent(file) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            finally:
                connection.execute("ROLLBACK")

    @contextmanager
    def alone(self, name: str) -> Iterator[None]:
        """Keep this process's other writers of a database waiting. Raises StoreUnavailable when it takes too long."""
        with self._guard:
            lock = self._write_locks[name]
        if not lock.acquire(timeout=BUSY_MS / 1000):
            raise StoreUnavailable(f"Database {name!r} is busy with other writes; try again.")
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def _lent(self, file: File) -> Iterator[apsw.Connection]:
        with translated(f"Database {file.name!r}"):
            lent = self._take(file)
            try:
                yield lent.connection
            finally:
                self._give_back(file, lent)

    def _take(self, file: File) -> _Lent:
        """Return a connection to the file that has the name now, which may not be the one that had it before."""
        inode = _inode(file)
        while lent := self._take_idle(file.name):
            if lent.inode == inode:
                return lent
            lent.connection.close()
        return _Lent(_open(file, inode, self._key), inode)

    def _take_idle(self, name: str) -> _Lent | None:
        with self._guard:
            if self._closed:
                raise StoreUnavailable("The store is closed: open it again.")
            kept = self._idle.get(name)
            if not kept:
                return None
            self._kept -= 1
            return kept.pop()

    def _give_back(self, file: File, lent: _Lent) -> None:
        surplus = [lent]
        with self._guard:
            if not self._closed and not lent.connection.in_transaction:
                self._idle.setdefault(file.name, []).append(lent)
                self._idle.move_to_end(file.name)
                self._kept += 1
                surplus = self._surplus()
            later = not self._closed and self._closing_now + len(surplus) <= self._at_once
            if later and surplus:
                self._closing_now += len(surplus)
                self._closing.submit(self._close_later, surplus)
        if not later:
            _close(surplus)

    def _close_later(self, surplus: Sequence[_Lent]) -> None:
        try:
            _close(surplus)
        finally:
            with self._guard:
                self._closing_now -= len(surplus)

    def _surplus(self) -> list[_Lent]:
        surplus = []
        while self._kept > self._capacity:
            name, kept = next(iter(self._idle.items()))
            if kept:
                surplus.append(kept.pop(0))
                self._kept -= 1
            if not kept:
                del self._idle[name]
        return surplus

    def forget(self, name: str) -> None:
        """Close the idle connections of a database, whose file is about to go.

        Those that are just being closed are waited for: the last one to close takes the log of whatever has the name.
        """
        with self._guard:
            kept = self._idle.pop(name, [])
            self._kept -= len(kept)
        _close(kept)
        with suppress(RuntimeError):  # The store is closed, so that nothing is being closed any more.
            self._closing.submit(_close, ()).result()

    def close(self) -> None:
        """Close all connections; those in use when they come back."""
        with self._guard:
            self._closed = True
            names = list(self._idle)
        self._closing.shutdown()
        for name in names:
            self.forget(name)


def _close(surplus: Sequence[_Lent]) -> None:
    """Close connections; the last one to a file copies its log back, which takes a moment."""
    for lent in surplus:
        lent.connection.close()


def _affordable() -> int:
    """Return how many idle connections this process may hold: half of its open files at most."""
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return IDLE if allowed == resource.RLIM_INFINITY else min(IDLE, max(1, allowed // 2 // _FILES_PER_CONNECTION))


def _inode(file: File) -> int:
    try:
        return file.path.stat().st_ino
    except FileNotFoundError:
        raise DatabaseMissing(f"There is no database {file.name!r}.") from None


def _open(file: File, inode: int, key: str) -> apsw.Connection:
    connection = apsw.Connection(str(file.path), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        unlock(connection, key)
        connection.set_busy_timeout(BUSY_MS)
        connection.execute(f"PRAGMA synchronous = FULL; PRAGMA journal_size_limit = {LOG_BYTES}")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        migrate(connection, file.name)
        if _inode(file) != inode:  # Replaced meanwhile: this connection could have read the new file's log.
            raise StoreUnavailable(f"Database {file.name!r} was dropped and made anew just now; try again.")
        mend_indexes(connection, file.name)
    except apsw.NotADBError as error:
        connection.close()
        raise wrong_key(str(file.path), file.name, key) from error
    except BaseException:
        connection.close()
        raise
    return connection


def renew(file: File, key: str) -> None:
    """Make a copy of a database a new one for clients: without `_local` documents, and with a mark of its own."""
    connection = _open(file, _inode(file), key)
    try:
        connection.execute("PRAGMA synchronous = OFF")
        with connection:
            connection.execute("DELETE FROM locals")
            connection.execute("UPDATE figures SET own = ?", (new_mark(),))
    finally:
        connection.close()


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Turn the driver's errors, and the system's, into ours; but not those that only a mistake in this code makes."""
    try:
        yield
    except (apsw.SQLError, apsw.MisuseError):
        raise
    except apsw.FullError as error:
        raise StoreUnavailable(f"{what}: the disk is full ({error}); free some space.") from error
    except (apsw.BusyError, apsw.LockedError) as error:
        raise StoreUnavailable(f"{what} is busy with another write ({error}); try again.") from error
    except (apsw.CorruptError, apsw.NotADBError) as error:
        raise StoreUnavailable(f"{what} is damaged ({error}); restore it from a backup.") from error
    except (apsw.Error, OSError) as error:
        raise StoreUnavailable(f"{what} cannot be used now ({error}); look at the disk and try again.") from error
    except (UnicodeEncodeError, OverflowError) as error:
        raise BadInput(f"{what} cannot hold this text or number: {error}.") from error

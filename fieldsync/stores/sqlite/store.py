"""The embedded store: a folder with a file per database and one that identifies the installation."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from urllib.parse import unquote

import apsw

from fieldsync.errors import BadInput, Conflict, DatabaseMissing, FieldsyncError, StoreUnavailable
from fieldsync.stores.base import Blobs, Damage, Database, StoreOptions
from fieldsync.stores.listeners import Listeners
from fieldsync.stores.sqlite.blobs import SqliteBlobs
from fieldsync.stores.sqlite.checking import RESTORE, damages
from fieldsync.stores.sqlite.cipher import WrongKey, rekey, unlock
from fieldsync.stores.sqlite.connections import Connections, File, renew, translated
from fieldsync.stores.sqlite.database import SqliteDatabase
from fieldsync.stores.sqlite.schema import BLOBS, write_schema
from fieldsync.stores.sqlite.snapshots import copy_file, one_moment

_SUFFIX = ".sqlite"
_LONGEST = 200
_TRIED = 3
"""How many files are tried when a store is opened: one alone may be damaged."""
_SAFE = re.compile(rb"[^a-z0-9_-]")


class SqliteStore:
    """All databases of a folder. Several processes may use the same folder at once."""

    def __init__(self, folder: Path, options: StoreOptions | None = None) -> None:
        self._options = options or StoreOptions()
        self._folder = folder.absolute()
        self._connections = Connections(self._options.key, self._options.idle)
        self._listeners = Listeners()
        with self._usable():
            if self._folder.exists() and not self._folder.is_dir():
                raise StoreUnavailable(f"{self._folder} is a file, and a store is a folder: name another.")
            if not self._folder.is_dir():
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                _sync(self._folder.parent)
        self.uuid()
        self._check_key()

    def uuid(self) -> str:
        """Return the installation's identifier: stable across restarts and processes."""
        path = self._folder / "installation"
        with self._usable():
            if not path.exists():
                with self._alone():
                    if not path.exists():
                        _write_whole(path, uuid.uuid4().hex.encode())
            return path.read_text("ascii").strip()

    def _check_key(self) -> None:
        """Raise StoreUnavailable where the key does not open the first files: new ones would be of another kind."""
        wrong: list[WrongKey] = []
        for name in self.names()[:_TRIED]:
            try:
                with self._connections.reading(self._file(name)):
                    return
            except WrongKey as error:
                wrong.append(error)
            except FieldsyncError:
                return
        if wrong:
            self.close()
            raise wrong[0]

    def rotate_uuid(self) -> str:
        """Give the installation a new identifier, durably, and return it."""
        with self._usable(), self._alone():
            _write_whole(self._folder / "installation", uuid.uuid4().hex.encode())
        return self.uuid()

    def blobs(self) -> Blobs:
        """Return the contents of the attachments of all databases."""
        self.create(BLOBS)
        return SqliteBlobs(self._file(BLOBS), self._connections)

    def database(self, name: str) -> Database:
        """Return a database. Raises DatabaseMissing."""
        file = self._file(name)
        if not file.path.exists():
            raise DatabaseMissing(f"There is no database {name!r}.")
        return SqliteDatabase(file, self._connections, self._listeners.tell, self._options.revs_limit)

    def create(self, name: str) -> Database:
        """Return a database, made if it is not there."""
        file = self._file(name)
        if not file.path.exists():
            with self._usable(), self._alone():
                if not file.path.exists():
                    _make(file, self._options.key)
        return self.database(name)

    def delete(self, name: str) -> bool:
        """Drop a database with all it holds; False if there was none."""
        file = self._file(name)
        with self._connections.alone(name), self._usable(), self._alone():
            if not file.path.exists():
                return False
            self._connections.forget(name)
            _remove(file.path)
        self._listeners.tell(name)
        return True

    def names(self) -> list[str]:
        """Return the names of all databases, sorted."""
        with self._usable():
            return sorted(unquote(path.stem) for path in self._folder.iterdir() if path.suffix == _SUFFIX)

    def sequences(self, names: Sequence[str]) -> dict[str, str]:
        """Return the present sequence of each of these databases that is there and can be read."""
        found: dict[str, str] = {}
        for name in names:
            with suppress(DatabaseMissing, StoreUnavailable):
                found[name] = self.database(name).info().update_seq
        return found

    def watch(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """Call `listener` with a database's name soon after it changed; returns the function that ends this."""
        return self._listeners.add(listener)

    def snapshot(self, names: Sequence[str], folder: Path) -> list[Path]:
        """Copy databases into files of a folder, all as they are at one moment; writers go on meanwhile."""
        files = [self._file(name) for name in names]
        targets = [folder / file.path.name for file in files]
        with self._usable(), one_moment(self._connections, files) as lent:
            for connection, target in zip(lent, targets, strict=True):
                copy_file(connection, target, self._options.key)
                _sync(target)
        return targets

    def adopt(self, file: Path) -> str:
        """Take in a copy of a database that is not there, without its `_local` documents; returns its name."""
        target = self._file(unquote(file.stem))
        with self._usable(), self._alone():
            if target.path.exists():
                raise Conflict(f"There is a database {target.name!r} already: nothing was put over it.")
            _remove(target.path)
            draft = target.path.with_suffix(".draft")
            _remove(draft)
            shutil.copyfile(file, draft)
            draft.chmod(0o600)
            renew(File(target.name, draft), self._options.key)
            _move_durably(draft, target.path)
        return target.name

    def reencrypt(self, file: Path, key: str) -> None:
        """Encrypt a copy of one of the store's databases with another key; empty for none."""
        with translated(f"The copy {file}"):
            connection = apsw.Connection(str(file), flags=apsw.SQLITE_OPEN_READWRITE)
            try:
                unlock(connection, self._options.key)
                rekey(connection, key)
            finally:
                connection.close()
            _sync(file)

    def damages(self, name: str, *, quick: bool) -> Iterator[Damage]:
        """Look for what is wrong within a database's file; what keeps it from being read is a damage, too."""
        try:
            with self._connections.reading(self._file(name)) as connection:
                found = list(damages(connection, name, quick))
        except StoreUnavailable as error:
            found = [Damage(name, "", error.message.removesuffix("."), RESTORE)]
        yield from found

    def close(self) -> None:
        """Release every file."""
        self._listeners.clear()
        self._connections.close()

    def _file(self, name: str) -> File:
        encoded = _SAFE.sub(lambda found: b"%%%02x" % found[0][0], name.encode("utf-8", "replace")).decode()
        if not encoded or len(encoded) > _LONGEST or not name.isprintable():
            raise BadInput(f"{name!r:.80} cannot name a database: use 1 to {_LONGEST} letters, digits, '-' and '_'.")
        return File(name, self._folder / (encoded + _SUFFIX))

    def _usable(self) -> AbstractContextManager[None]:
        return translated(f"The store's folder {self._folder}")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep every other thread and process from making or dropping databases."""
        lock = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


def _make(file: File, key: str) -> None:
    """Write a database beside its place and move it there: it exists whole or not at all."""
    _remove(file.path)
    draft = file.path.with_suffix(".draft")
    _remove(draft)
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    connection = apsw.Connection(str(draft), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        unlock(connection, key)
        connection.execute("PRAGMA synchronous = OFF")
        write_schema(connection, file.name)
    finally:
        connection.close()
    _move_durably(draft, file.path)


def _write_whole(path: Path, content: bytes) -> None:
    draft = path.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_bytes(content)
    _move_durably(draft, path)


def _move_durably(draft: Path, path: Path) -> None:
    _sync(draft)
    draft.rename(path)
    _sync(path.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove(path: Path) -> None:
    """Remove a database's files durably: the main one first, since the others mean nothing without it."""
    removed = False
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm", f"{path.name}-journal"):
        with suppress(FileNotFoundError):
            path.with_name(name).unlink()
            removed = True
    if removed:
        _sync(path.parent)

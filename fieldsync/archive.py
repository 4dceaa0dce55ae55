"""The archive of the ledger: files of JSON lines, compressed in small parts, and a manifest that chains them.

A file holds rows of one month and one district, each line `{"id": …, "row": …}` as the ledger kept it. It is gzip
throughout, so any tool reads it; since it is made of parts that stand alone, one entry is read without the rest. A file
is written under a hidden name, renamed when it is whole and on the disk, and counts once the manifest names it. The
manifest has of each file its counts, its SHA-256, and a digest over that and the file before: none can be exchanged or
left out unseen.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import msgspec

from fieldsync.errors import BadInput, StoreUnavailable

MANIFEST = "manifest.json"
PART_BYTES = 64 * 1024
_KEPT_PARTS = 32


class Row(msgspec.Struct, frozen=True):
    """A document of the ledger's database."""

    id: str
    row: msgspec.Raw


class ArchiveFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file as the manifest names it: what is in it, and its place in the chain."""

    name: str
    area: str
    month: str
    entries: int
    outcomes: int
    size: int
    sha256: str
    chain: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row is: the part of a file that has it. Written `name:offset:length`."""

    name: str
    offset: int
    length: int

    @classmethod
    def read(cls, text: str) -> Place:
        """Read a place as an entry of the ledger has it."""
        name, offset, length = text.rsplit(":", 2)
        return cls(name, int(offset), int(length))

    def __str__(self) -> str:
        """Return the place as an entry of the ledger has it."""
        return f"{self.name}:{self.offset}:{self.length}"


class Archive:
    """Reads the archive in a folder, and takes new files into it."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._parts: OrderedDict[str, dict[str, bytes]] = OrderedDict()

    @property
    def folder(self) -> Path:
        """Return the folder. Raises BadInput where none is set."""
        if self._folder is None:
            raise BadInput("Say where the archive of the ledger is: set FIELDSYNC_ARCHIVE to a folder.")
        return self._folder

    def files(self) -> list[ArchiveFile]:
        """Return the files that the manifest names, oldest first. Raises StoreUnavailable where it cannot be read."""
        path = self._folder / MANIFEST if self._folder else None
        if path is None or not path.exists():
            return []
        try:
            return msgspec.json.decode(path.read_bytes(), type=list[ArchiveFile])
        except (OSError, msgspec.MsgspecError) as error:
            raise StoreUnavailable(f"{path} cannot be read ({error}): put it back from a copy.") from error

    def present(self) -> frozenset[str]:
        """Return the names of the files that are there and that the manifest names."""
        return frozenset(held.name for held in self.files() if (self.folder / held.name).is_file())

    def row(self, place: str, row_id: str) -> bytes | None:
        """Return one row as the ledger had it; None where its file is not there."""
        if self._folder is None or not (self._folder / Place.read(place).name).exists():
            return None
        if place not in self._parts:
            self._parts[place] = {row.id: bytes(row.row) for row in self._part(Place.read(place))}
            while len(self._parts) > _KEPT_PARTS:
                self._parts.popitem(last=False)
        return self._parts[place].get(row_id)

    def rows(self, name: str) -> Iterator[tuple[Place, Row]]:
        """Yield all rows of a file with their places, checked against the manifest. Raises StoreUnavailable."""
        held = next((one for one in self.files() if one.name == name), None)
        if held is None:
            raise BadInput(f"The manifest of {self.folder} names no file {name!r}.")
        offset = 0
        self._verify(held)
        for length in _part_lengths(self.folder / name):
            place = Place(name, offset, length)
            yield from ((place, row) for row in self._part(place))
            offset += length

    def verify(self) -> int:
        """Check every file and the chain; returns how many files there are. Raises StoreUnavailable."""
        before = ""
        for held in self.files():
            if chained(before, held.name, held.sha256) != held.chain:
                raise StoreUnavailable(f"The manifest of {self.folder} was changed at {held.name}: put it back.")
            self._verify(held)
            before = held.chain
        return len(self.files())

    def add(self, draft: Path, made: ArchiveFile) -> None:
        """Take in a file that is whole and on the disk: rename it, then name it in the manifest."""
        draft.rename(self.folder / made.name)
        sync_folder(self.folder)
        files = [*self.files(), made]
        written = self.folder / f".{MANIFEST}.draft"
        write_durably(written, msgspec.json.format(msgspec.json.encode(files), indent=1))
        written.rename(self.folder / MANIFEST)
        sync_folder(self.folder)

    def _part(self, place: Place) -> list[Row]:
        with (self.folder / place.name).open("rb") as file:
            file.seek(place.offset)
            try:
                lines = gzip.decompress(file.read(place.length)).splitlines()
            except (OSError, EOFError) as error:
                raise StoreUnavailable(f"{place.name} of {self.folder} is damaged: put it back from a copy.") from error
        return [msgspec.json.decode(line, type=Row) for line in lines]

    def _verify(self, held: ArchiveFile) -> None:
        path = self.folder / held.name
        if not path.is_file() or path.stat().st_size != held.size or _sha256(path) != held.sha256:
            raise StoreUnavailable(f"{held.name} of {self.folder} is not what was written: put it back from a copy.")


class Draft:
    """A file in the making: rows go in, parts come out."""

    def __init__(self, path: Path) -> None:
        self._path, self._file = path, _made(path)
        self._lines: list[bytes] = []
        self._size, self.entries, self.outcomes = 0, 0, 0

    def write(self, rows: Iterable[tuple[str, bytes]]) -> None:
        """Write rows that belong together: they come into one part."""
        for row_id, row in rows:
            line = msgspec.json.encode(Row(row_id, msgspec.Raw(row)))
            self._lines.append(line)
            self._size += len(line)
            self.outcomes += "#" in row_id
            self.entries += "#" not in row_id
        if self._size >= PART_BYTES:
            self._close_part()

    def close(self, name: str, area: str, month: str, before: str) -> ArchiveFile:
        """Bring the file to the disk; returns what the manifest will say of it."""
        self._close_part()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        digest, size = _sha256(self._path), self._path.stat().st_size
        return ArchiveFile(
            name=name,
            area=area,
            month=month,
            entries=self.entries,
            outcomes=self.outcomes,
            size=size,
            sha256=digest,
            chain=chained(before, name, digest),
        )

    def _close_part(self) -> None:
        if self._lines:
            self._file.write(gzip.compress(b"\n".join(self._lines) + b"\n", 6, mtime=0))
        self._lines, self._size = [], 0


def chained(before: str, name: str, digest: str) -> str:
    """Return the link of a file: a digest over the link before, its name and its content's digest."""
    return hashlib.sha256(f"{before}\n{name}\n{digest}".encode()).hexdigest()


def write_durably(path: Path, content: bytes) -> None:
    """Write a small file for its owner alone, and bring it to the disk."""
    with _made(path) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _made(path: Path) -> BinaryIO:
    """Open a file for writing, for its owner alone, empty."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _part_lengths(path: Path) -> Iterator[int]:
    """Yield the length of each part of a file: each is a gzip member of its own."""
    with path.open("rb") as file:
        start, size = 0, path.stat().st_size
        while start < size:
            length = _part_length(file, start)
            yield length
            start += length


def _part_length(file: BinaryIO, start: int) -> int:
    file.seek(start)
    member, read = zlib.decompressobj(wbits=31), 0
    while not member.eof:
        content = file.read(PART_BYTES)
        if not content:
            raise StoreUnavailable("A file of the archive ends in the middle of a part: put it back from a copy.")
        read += len(content)
        member.decompress(content)
    return read - len(member.unused_data)

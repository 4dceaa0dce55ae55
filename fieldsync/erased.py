"""The list of who was erased: in the store, and in a file beside the keys, which a restore does not replace.

Neither says anything of a person but the identifier, when, by whom and why.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from fieldsync.errors import BadInput
from fieldsync.shelf import Shelf
from fieldsync.stores.base import Store

NAME = "erasures"
FILE = "erased.jsonl"
RETENTION = "retention"
"""The reason of what ran out."""


class Erasure(msgspec.Struct, frozen=True, kw_only=True):
    """Who was erased, with which other records, when, by whom and why.

    `cells` are those that had it, of a record that ran out; of a person or a household all cells are looked at.
    """

    record: str
    at: str
    by: str
    reason: str
    others: list[str] = []
    cells: list[str] = []

    @property
    def ran_out(self) -> bool:
        """Tell whether it went because its form's retention was over."""
        return self.reason == RETENTION


class Erasures:
    """Reads and writes the list."""

    def __init__(self, store: Store, file: Path | None) -> None:
        self._shelf, self._file = Shelf(store.create(NAME), "erasure:", Erasure), file

    def get(self, record: str) -> Erasure | None:
        """Return what is known of the erasure of a record, or None."""
        found = self._shelf.get(record)
        return found.value if found else None

    def all(self) -> Iterator[Erasure]:
        """Yield all erasures, in order of record."""
        return self._shelf.all()

    def note(self, erasure: Erasure) -> Erasure:
        """Enter an erasure durably, in both places; returns the first one of its record."""
        return self.note_all([erasure])[erasure.record]

    def note_all(self, erasures: Sequence[Erasure]) -> dict[str, Erasure]:
        """Enter erasures durably, in both places; returns by record the first one of each."""
        wanted = {one.record: one for one in erasures}
        known = set(self._shelf.add_all(wanted))
        if self._file and (news := [one for one in wanted.values() if one.record not in known]):
            _append(self._file, news)
        return wanted | self._shelf.many(known)


def read_list(file: Path) -> list[Erasure]:
    """Return the erasures in a file, none where it is not there. Raises BadInput, naming the line."""
    if not file.exists():
        return []
    found = []
    for number, line in enumerate(file.read_bytes().splitlines(), start=1):
        try:
            found.append(msgspec.json.decode(line, type=Erasure))
        except msgspec.MsgspecError as error:
            raise BadInput(
                f"Line {number} of {file} is no erasure ({error}): put the file back from a copy.",
                zh=f"{file} 第 {number} 行不是删除记录：请用副本恢复该文件。",
            ) from error
    return found


def _append(file: Path, erasures: Iterable[Erasure]) -> None:
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(handle, b"".join(msgspec.json.encode(one) + b"\n" for one in erasures))
        os.fsync(handle)
    finally:
        os.close(handle)

"""The vault: seals rows before they are written, and opens them as they are read."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from fieldsync.errors import StoreUnavailable
from fieldsync.stores.base import Store
from fieldsync.vault.person_keys import DataKeys, PersonKeys
from fieldsync.vault.sealing import Key, joined
from fieldsync.vault.shapes import SEALED, SPLITS, Box, Members, Part, boxes_of, put_back, stand_in

Row = tuple[str, bytes]
"""A row's identifier and its body."""
_MARK = b'"sealed"'


class Vault:
    """Seals and opens rows of ledger, cases and registry, many at once."""

    def __init__(self, store: Store, data_keys: DataKeys) -> None:
        self.keys = PersonKeys(store, data_keys)

    def sealed(self, database: str, rows: Sequence[Row]) -> list[bytes]:
        """Return rows as they are kept; what is about somebody who was erased is left out for good."""
        split = SPLITS[database]
        taken: list[tuple[str, Members, list[Part]]] = []
        for row, body in rows:
            members: Members = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
            taken.append((row, members, split(row, members)))
        keys = self.keys.needed(owner for _, _, parts in taken for part in parts for owner in part.of)
        for row, members, parts in taken:
            if parts:
                place = f"{database}/{row}"
                members[SEALED] = [_boxed(part, n, place, keys) for n, part in enumerate(parts)]
        return [msgspec.json.encode(members) for _, members, _ in taken]

    def opened(self, database: str, rows: Sequence[Row]) -> list[bytes]:
        """Return rows as they were before they were sealed; older ones, which never were, as they are.

        Raises StoreUnavailable where a box was changed or moved, or a key cannot be had.
        """
        read: list[tuple[Members, list[Box]] | None] = [_read(body) for _, body in rows]
        keys = self.keys.known(owner for one in read if one for box in one[1] for owner in box.of)
        opened = []
        for (row, body), one in zip(rows, read, strict=True):
            opened.append(_opened(database, row, *one, keys) if one else body)
        return opened


def _read(body: bytes) -> tuple[Members, list[Box]] | None:
    if _MARK not in body:
        return None
    members: Members = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    if SEALED not in members:
        return None
    boxes = list(boxes_of(members))
    del members[SEALED]
    return members, boxes


def _boxed(part: Part, number: int, place: str, keys: dict[str, Key | None]) -> Box:
    held = [key for owner in part.of if (key := keys[owner])]
    if len(held) < len(part.of):
        return Box(list(part.of), "")
    return Box(list(part.of), joined(held).seal(msgspec.json.encode(part.content), f"{place}#{number}".encode()))


def _opened(database: str, row: str, members: Members, boxes: Sequence[Box], keys: dict[str, Key | None]) -> bytes:
    is_whole = True
    for number, box in enumerate(boxes):
        content = _unboxed(box, f"{database}/{row}#{number}", keys)
        if content is None:
            is_whole = False
        else:
            put_back(members, content)
    if not is_whole:
        stand_in(database, members)
    return msgspec.json.encode(members)


def _unboxed(box: Box, place: str, keys: dict[str, Key | None]) -> Members | None:
    """Return what is in a box; None where somebody it is about was erased. Raises StoreUnavailable."""
    held = [key for owner in box.of if (key := keys.get(owner))]
    if not box.box or any(owner in keys and keys[owner] is None for owner in box.of):
        return None
    content = joined(held).open(box.box, place.encode()) if len(held) == len(box.of) else None
    if content is None:
        raise StoreUnavailable(
            f"{place} cannot be opened: it was changed, or the keys of {' and '.join(box.of)} are not those of this"
            " store. Restore the databases together, from one backup."
        )
    return msgspec.json.decode(content, type=dict[str, msgspec.Raw])

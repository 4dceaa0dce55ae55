"""The vault: seals rows before they are written, and opens them as they are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from fieldsync.errors import StoreUnavailable
from fieldsync.stores.base import Store
from fieldsync.vault.person_keys import DataKeys, PersonKeys
from fieldsync.vault.sealing import Key, joined
from fieldsync.vault.shapes import FLAT, SEALED, Box, Members, Part, put_back, split_of, stand_in

Row = tuple[str, bytes]
"""A row's identifier and its body."""
_MARK, _LAST = b'"sealed"', b',"sealed":'
_BOXES = msgspec.json.Decoder(list[Box])


class Vault:
    """Seals and opens rows of ledger, cases and registry, many at once."""

    def __init__(self, store: Store, data_keys: DataKeys) -> None:
        self.keys = PersonKeys(store, data_keys)

    def sealed(self, database: str, rows: Sequence[Row]) -> list[bytes]:
        """Return rows as they are kept; what is about somebody who was erased is left out for good."""
        split = split_of(database)
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

    def owners(self, database: str, row: str, body: bytes) -> tuple[str, ...]:
        """Return under whose keys what was told in a row is sealed, or would be; nothing is opened."""
        if boxes := _read(database, row, body).boxes:
            return tuple(owner for box in boxes for owner in box.of)
        members: Members = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        return tuple(owner for part in split_of(database)(row, members) for owner in part.of)

    def opened(self, database: str, rows: Sequence[Row]) -> list[bytes]:
        """Return rows as they were before they were sealed; older ones, which never were, as they are.

        Raises StoreUnavailable where a box was changed or moved, or a key cannot be had.
        """
        read = [_read(database, row, body) for row, body in rows]
        keys = self.keys.known({owner for one in read for box in one.boxes for owner in box.of})
        return [_opened(database, one, keys) if one.boxes else one.body for one in read]


class _Sealed(msgspec.Struct, frozen=True, gc=False):
    """A row with its sealed parts, and where they begin if they are its last member, as we write them; else -1."""

    row: str
    body: bytes
    boxes: Sequence[Box]
    begins: int


def _read(database: str, row: str, body: bytes) -> _Sealed:
    if _MARK not in body:
        return _Sealed(row, body, (), -1)
    begins = body.rfind(_LAST)
    try:
        return _Sealed(row, body, _BOXES.decode(body[begins + len(_LAST) : -1]), begins)
    except msgspec.MsgspecError:  # by its names a row may look as if it were; another store may have put it in order
        members = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    try:
        return _Sealed(row, body, _BOXES.decode(members.get(SEALED, b"[]")), -1)
    except msgspec.MsgspecError:
        raise _changed(f"{database}/{row}", ()) from None


def _boxed(part: Part, number: int, place: str, keys: dict[str, Key | None]) -> Box:
    held = [key for owner in part.of if (key := keys[owner])]
    if len(held) < len(part.of):
        return Box(list(part.of), b"")
    return Box(list(part.of), joined(held).seal(msgspec.json.encode(part.content), f"{place}#{number}".encode()))


def _opened(database: str, kept: _Sealed, keys: Mapping[str, Key | None]) -> bytes:
    place = f"{database}/{kept.row}#"
    contents = [_unboxed(box, f"{place}{number}", keys) for number, box in enumerate(kept.boxes)]
    if database in FLAT and len(contents) == 1 and contents[0] and kept.begins > 0:
        return b"%b,%b" % (kept.body[: kept.begins], contents[0][1:])
    members: Members = msgspec.json.decode(kept.body, type=dict[str, msgspec.Raw])
    del members[SEALED]
    for content in contents:
        if content is not None:
            put_back(members, msgspec.json.decode(content, type=dict[str, msgspec.Raw]))
    if None in contents:
        stand_in(database, members)
    return msgspec.json.encode(members)


def _unboxed(box: Box, place: str, keys: Mapping[str, Key | None]) -> bytes | None:
    """Return what is in a box, a JSON object; None where somebody it is about was erased. Raises StoreUnavailable."""
    held = [key for owner in box.of if (key := keys.get(owner))]
    if not box.box or (len(held) < len(box.of) and any(keys.get(owner, True) is None for owner in box.of)):
        return None
    content = joined(held).open(box.box, place.encode()) if len(held) == len(box.of) else None
    if content is None:
        raise _changed(place, box.of)
    return content


def _changed(place: str, owners: Sequence[str]) -> StoreUnavailable:
    keys = f", or the keys of {' and '.join(owners)} are not those of this store" if owners else ""
    return StoreUnavailable(
        f"{place} cannot be opened: it was changed{keys}. Restore the databases together, from one backup."
    )

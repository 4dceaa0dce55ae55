"""The keys of persons: one for each, random, kept wrapped under the installation's data key in a database of its own.

A key that was destroyed leaves a mark, so that none is made again. Keys are kept unwrapped in this process for a while;
that another process destroyed one is noticed within a second.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import msgspec

from fieldsync.documents import DocId
from fieldsync.errors import StoreUnavailable
from fieldsync.stores.base import Database, Put, Store, Wiping
from fieldsync.vault.sealing import KEY_BYTES, Key, unwrapped, wrapped

NAME = "person_keys"
MOST_KEPT = 8_000
FRESH_S = 1.0
DESTROYED = "destroyed"
"""The `_local` document that tells other processes how many keys were destroyed."""


@dataclass(frozen=True, slots=True)
class DataKeys:
    """The keys that wrap those of persons, by their identifiers, and the one that wraps now."""

    keys: Mapping[str, bytes]
    current: str


class Kept(msgspec.Struct, frozen=True, omit_defaults=True):
    """A person's key as it is kept: wrapped (base64 in JSON), and under which data key; or when it was destroyed."""

    by: str = ""
    key: bytes = b""
    destroyed: str = ""


_KEPT = msgspec.json.Decoder(Kept)


class PersonKeys:
    """Makes and reads the keys of persons, many at once."""

    def __init__(self, store: Store, data_keys: DataKeys, clock: Callable[[], float] = time.monotonic) -> None:
        self.database: Database = store.create(NAME)
        self.data_keys, self._clock = data_keys, clock
        self._kept: OrderedDict[str, Key | None] = OrderedDict()
        self._most = MOST_KEPT
        self._guard = threading.Lock()
        self._looked, self._mark = clock(), self.database.local(DESTROYED)

    def known(self, owners: Iterable[str]) -> dict[str, Key | None]:
        """Return the keys of owners; None for one that was destroyed, nothing for one that never was."""
        wanted = set(owners)
        held = self._remembered(wanted)
        if asked := sorted(wanted - held.keys()):
            found = self.database.revisions([(key_id(owner), None) for owner in asked], latest=False)
            read = {o: self._opened(o, one[0].body) for o, one in zip(asked, found, strict=True) if one}
            self._remember(read)
            held |= read
        return held

    def needed(self, owners: Iterable[str]) -> dict[str, Key | None]:
        """Return the keys of owners, made durably where there was none; None for one that was destroyed."""
        wanted = set(owners)
        held = self.known(wanted)
        if lacking := sorted(wanted - held.keys()):
            fresh = {owner: secrets.token_bytes(KEY_BYTES) for owner in lacking}
            added = self.database.add([(key_id(o), msgspec.json.encode(self.wrap(o, raw))) for o, raw in fresh.items()])
            made = {o: Key(raw) for (o, raw), is_new in zip(fresh.items(), added, strict=True) if is_new}
            self._remember(made)
            held |= made
            held |= self.known(wanted - held.keys())  # another process made them first
        return held

    def destroy(self, owners: Iterable[str], at: str) -> None:
        """Destroy keys for good, also of owners who never had one; a mark stays. Wiping the file is another step."""
        for owner in owners:
            self._overwrite(owner, msgspec.json.encode(Kept(destroyed=at)))
        self.database.put_local(DESTROYED, msgspec.json.encode({"mark": secrets.token_hex(8)}))
        self.forget()

    def _overwrite(self, owner: str, mark: bytes) -> None:
        found = self.database.get(key_id(owner))
        if found is None:
            self.database.add([(key_id(owner), mark)])
        elif not _KEPT.decode(found.body).destroyed:
            self.database.put(Put(key_id(owner), mark, found.rev))
        if isinstance(self.database, Wiping):
            self.database.blank([key_id(owner)])

    def wrap(self, owner: str, raw: bytes) -> Kept:
        """Return a key as it is kept, under the present data key."""
        current = self.data_keys.current
        return Kept(by=current, key=wrapped(raw, owner, self.data_keys.keys[current], secrets.token_bytes(12)))

    def unwrap(self, owner: str, kept: Kept) -> bytes:
        """Return a key that is not destroyed. Raises StoreUnavailable where its data key is not there or is another."""
        data_key = self.data_keys.keys.get(kept.by)
        raw = unwrapped(kept.key, owner, data_key) if data_key else None
        if raw is None:
            raise StoreUnavailable(
                f"The key of {owner} is under the data key {kept.by}, which keys.json does not have, or not as it was:"
                " put the keys.json back that belongs to this store (a backup has it)."
            )
        return raw

    def keep(self, most: int) -> None:
        """Keep at most so many keys in this process's memory from now on: each takes 3 KB there."""
        self._most = most

    def forget(self) -> None:
        """Drop all keys from this process's memory."""
        with self._guard:
            self._kept.clear()

    def _opened(self, owner: str, body: bytes) -> Key | None:
        try:
            kept = _KEPT.decode(body)
        except msgspec.MsgspecError:
            raise StoreUnavailable(
                f"The key of {owner} is not as it was written: restore the databases together, from one backup."
            ) from None
        return None if kept.destroyed else Key(self.unwrap(owner, kept))

    def _remembered(self, wanted: set[str]) -> dict[str, Key | None]:
        now = self._clock()
        if now - self._looked >= FRESH_S:
            mark, self._looked = self.database.local(DESTROYED), now
            if mark != self._mark:
                self._mark = mark
                self.forget()
        with self._guard:
            held = {owner: self._kept[owner] for owner in wanted if owner in self._kept}
            for owner in held:
                self._kept.move_to_end(owner)
        return held

    def _remember(self, keys: Mapping[str, Key | None]) -> None:
        with self._guard:
            self._kept |= keys
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)


def key_id(owner: str) -> DocId:
    """Return under which identifier an owner's key is kept."""
    return DocId(f"key:{owner}")

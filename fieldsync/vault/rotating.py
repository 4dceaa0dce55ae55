"""Rotating the data key, and sealing what was written before there were keys of persons. Both may be repeated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import msgspec

from fieldsync.keys import Keys, change_keys, with_new_data_key, with_new_signing_key
from fieldsync.stores.base import Put, Revision, Store, Wiping
from fieldsync.vault.person_keys import Kept, PersonKeys
from fieldsync.vault.sealed_database import SealedDatabase
from fieldsync.vault.shapes import SPLITS, is_plain, lacks_own_key
from fieldsync.vault.vault import Vault

_BATCH = 500
Advance = Callable[[int], None]


def rotate(store: Store, path: Path, advance: Advance = lambda _: None, *, drop: bool = True) -> int:
    """Make a new data key, wrap all keys of persons under it, and drop the former ones; returns how many were wrapped.

    An interrupted run is ended by the next one. No server may run meanwhile: it would not know the new key.
    """
    keys = change_keys(path, with_new_data_key)
    count = rewrap(PersonKeys(store, keys.data_keys), advance)
    if drop:
        change_keys(path, _without_former)
    return count


def rotate_signing(path: Path) -> Keys:
    """Make a new key that signs access tokens; tokens of the former ones are good until they end."""
    return change_keys(path, with_new_signing_key)


def rewrap(keys: PersonKeys, advance: Advance) -> int:
    """Wrap all keys under the present data key that are under another; returns how many."""
    count = 0
    for batch in _batches(keys.database.documents("key:", "key;")):
        for row in batch:
            kept, owner = msgspec.json.decode(row.body, type=Kept), row.id.removeprefix("key:")
            if not kept.destroyed and kept.by != keys.data_keys.current:
                wrapped = keys.wrap(owner, keys.unwrap(owner, kept))
                keys.database.put(Put(row.id, msgspec.json.encode(wrapped), row.rev))
                count += 1
        advance(len(batch))
    if isinstance(keys.database, Wiping):
        keys.database.wipe()
    return count


def seal(store: Store, vault: Vault, advance: Advance = lambda _: None) -> dict[str, int]:
    """Seal the rows of ledger, registry and cases that are plain; returns how many in each."""
    return {name: _seal(SealedDatabase(store, name, vault), advance) for name in sorted(SPLITS)}


def _seal(database: SealedDatabase, advance: Advance) -> int:
    count = 0
    for batch in _batches(database.kept.documents()):
        for row in batch:
            if (body := _to_seal(database, row)) is not None:
                database.put(Put(row.id, body, row.rev))
                count += 1
        advance(len(batch))
    if count:
        database.compact()
        if isinstance(database.kept, Wiping):
            database.kept.wipe()
    return count


def _to_seal(database: SealedDatabase, row: Revision) -> bytes | None:
    """Return a row as it is to be sealed; None where it is as it should be, or was erased meanwhile."""
    if is_plain(database.name, row.id, row.body):
        return row.body
    if not lacks_own_key(database.name, row.id, row.body):
        return None
    opened = database.opened(row.id, row.body)
    return None if msgspec.json.decode(opened, type=dict[str, msgspec.Raw]).get("erased") else opened


def _without_former(keys: Keys) -> Keys:
    return replace(keys, data={keys.data_current: keys.data[keys.data_current]})


def _batches(rows: Iterator[Revision]) -> Iterator[list[Revision]]:
    while batch := list(islice(rows, _BATCH)):
        yield batch

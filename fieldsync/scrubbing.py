"""Scrubbing a backup of whoever was erased since: in a copy beside it, which takes its place once it is whole.

The former folder is removed then. Disks that keep what was deleted, and copies elsewhere, still have it.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec

from fieldsync.backups import KEYS, MANIFEST, STORE, Manifest, OpenFolder, held_files, sync_folders, write_file
from fieldsync.stores.base import Store

Erase = Callable[[Store, Path], int]
"""Takes out of a store, in a folder, who is to be erased; returns how many that were."""


def scrub(folder: Path, manifest: Manifest, erase: Erase, open_folder: OpenFolder) -> int:
    """Erase from a backup, whose files were verified, what `erase` takes out of its store; returns how many that were.

    Nothing is changed where that is none, or where anything fails; needs as much disk again for a while.
    """
    place = folder.absolute()
    draft = place.with_name(f".{place.name}.draft-{secrets.token_hex(4)}")
    draft.mkdir(mode=0o700)
    try:
        count = _scrubbed(place, draft, manifest, erase, open_folder)
        if count:
            _take_over(place, draft)
        return count
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _scrubbed(place: Path, draft: Path, manifest: Manifest, erase: Erase, opens: OpenFolder) -> int:
    shutil.copytree(place / STORE, draft / STORE)
    if (place / KEYS).exists():
        shutil.copy2(place / KEYS, draft / KEYS)
    store = opens(draft / STORE)
    try:
        count = erase(store, draft / STORE)
    finally:
        store.close()
    (draft / STORE / "lock").unlink(missing_ok=True)
    made = msgspec.structs.replace(manifest, files=held_files(draft))
    write_file(draft / MANIFEST, msgspec.json.format(msgspec.json.encode(made), indent=1))
    return count


def _take_over(place: Path, draft: Path) -> None:
    """Put the draft in the backup's place, durably, and remove what was there."""
    sync_folders(draft)
    former = place.with_name(f".{place.name}.former-{secrets.token_hex(4)}")
    place.rename(former)
    draft.rename(place)
    sync_folders(place.parent, deep=False)
    shutil.rmtree(former)

"""`fieldsync backup` and `fieldsync restore`."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from fieldsync.backups import (
    KEYS,
    Manifest,
    Wish,
    back_up,
    database_files,
    drafted,
    fill,
    read_manifest,
    restore_cell,
    verify,
)
from fieldsync.cli.context import JsonOption, StoreOption, say, settings_with
from fieldsync.copying import BLOBS
from fieldsync.documents import cell_database
from fieldsync.erased import Erasure, read_list
from fieldsync.errors import BadInput
from fieldsync.keys import Keys, installation_keys, key_file, load_keys
from fieldsync.pipeline import Pipeline
from fieldsync.services import Services
from fieldsync.settings import Settings
from fieldsync.stores.base import Store
from fieldsync.stores.factory import open_store
from fieldsync.vault.person_keys import DataKeys
from fieldsync.vault.rotating import seal

_SQLITE = "sqlite:///"
_NO_LIST = "No list of erased persons was found: whoever was erased since is there again unless --erased names one."


def register(app: typer.Typer) -> None:
    """Add the commands `backup` and `restore`."""
    app.command("backup")(backup)
    app.command("restore")(restore)


@contextmanager
def bar(title: str, total: int | None, hidden: bool) -> Iterator[Callable[[str], None]]:
    """Draw a bar while something goes on; what is lent advances it by one."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=hidden or not console.is_terminal) as shown:
        task = shown.add_task(title, total=total)
        yield lambda _: shown.advance(task)


@contextmanager
def opened_store(settings: Settings) -> Iterator[Store]:
    """Open the store alone, without keys or use cases."""
    store = open_store(settings.store, settings.store_options())
    try:
        yield store
    finally:
        store.close()


def folder_of(settings: Settings) -> Path | None:
    """Return the folder of an embedded store, or None for another."""
    return Path(settings.store.removeprefix(_SQLITE)) if settings.store.startswith(_SQLITE) else None


def embedded(settings: Settings) -> Callable[[Path], Store]:
    """Return what opens a folder as an embedded store with the same options."""
    return lambda folder: open_store(f"{_SQLITE}{folder.absolute()}", settings.store_options())


def backup(
    folder: Annotated[Path, typer.Argument(help="The backup: a folder that is not there yet.", show_default=False)],
    store: StoreOption = None,
    without_keys: Annotated[bool, typer.Option(help="Leave the installation's keys out.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Copy a whole store into one folder, while the server runs.

    Example: fieldsync backup --store sqlite:///store backups/2026-11-24
    """
    settings = settings_with(store=store)
    if (there := folder_of(settings)) and not there.is_dir():
        raise BadInput(f"There is no store in {there}: name it with --store.")
    keys = None if without_keys else key_file(settings)
    with opened_store(settings) as kept, bar("databases", len(kept.names()), as_json) as advance:
        wish = Wish(folder, version("fieldsync"), datetime.now(UTC), keys, bool(settings.store_options().key))
        manifest = back_up(kept, wish, embedded(settings), advance)
    said = [f"{len(manifest.files)} files, {_bytes(manifest):,} bytes, are in {folder}."]
    archive = settings.archive_folder()
    if archive and archive.is_dir():
        said.append(f"The archive of the ledger is not among them: copy {archive}, whose files never change.")
    say(as_json, _row(manifest) | {"archive": str(archive) if archive and archive.is_dir() else None}, *said)


def restore(
    folder: Annotated[Path, typer.Argument(help="The backup.", show_default=False)],
    store: StoreOption = None,
    replace: Annotated[bool, typer.Option(help="Where a store is: move it aside, then restore.")] = False,
    cell: Annotated[str | None, typer.Option(help="Put back this cell only, into the store that is there.")] = None,
    erased: Annotated[
        Path | None, typer.Option(help="Another list of who was erased, erased.jsonl, beside those that are found.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a store of a backup; the server must be stopped.

    Whoever was erased since the backup is erased again: by the lists in the backup, beside the keys, and in the store
    that is replaced.

    Example: fieldsync restore --store sqlite:///store backups/2026-11-24
    """
    settings = settings_with(store=store)
    manifest = read_manifest(folder)
    if manifest.encrypted and not settings.store_options().key:
        raise BadInput("This backup is encrypted: set FIELDSYNC_STORE_KEY_FILE to the file with its key.")
    with bar("verified", len(manifest.files), as_json) as advance:
        verify(folder, manifest, advance)
    if cell:
        entered, aside = _restore_cell(folder, manifest, settings, cell)
        again = _erase_again(settings, [])
        told = []
    else:
        erasures = list(lists_of_erased(settings, erased))
        entered, aside = _restore_all(folder, manifest, settings, replace, as_json)
        again = _erase_again(settings, erasures)
        told = [f"{again} of {len(erasures)} persons on the list were erased again."] if erasures else [_NO_LIST]
    moved = [f"What was there is in {aside}."] if aside else []
    row = {**_row(manifest), "entered": entered, "aside": str(aside) if aside else None, "erased": again}
    said = f"Restored the backup of {manifest.time}; {entered} revisions came from the ledger."
    say(as_json, row, said, *told, *moved)


def lists_of_erased(settings: Settings, more: Path | None) -> Iterator[Erasure]:
    """Yield who is on the list beside the keys, and on one that was named. Raises BadInput where that is missing."""
    if more is not None and not more.exists():
        raise BadInput(f"There is no list {more}: name the erased.jsonl that lay beside keys.json.")
    for file in (settings.erased_file(), more):
        yield from read_list(file) if file else ()


def _erase_again(settings: Settings, listed: Sequence[Erasure]) -> int:
    """Erase in a restored store whom a list, or the store's own, names; returns how many of them it had."""
    with opened_store(settings) as kept:
        return erase_again(kept, installation_keys(settings, kept), settings, listed)


def erase_again(kept: Store, keys: Keys, settings: Settings, listed: Sequence[Erasure]) -> int:
    """Erase in a store of before whom a list, or the store's own, names; returns how many of them it had."""
    services = Services.of(kept, keys, settings, lambda: datetime.now(UTC))
    erasing = Pipeline.of(services).erasing
    known = {one.record: one for one in (*erasing.erasures.all(), *listed)}
    if known:
        seal(kept, services.vault)
    again = sum(erasing.erase_again(one) for one in known.values())
    if again:
        erasing.wipe()
    return again


def _restore_all(
    backup: Path, manifest: Manifest, settings: Settings, replace: bool, quiet: bool
) -> tuple[int, Path | None]:
    files, place = database_files(backup, manifest), folder_of(settings)
    with bar("databases", len(files), quiet) as advance:
        if place is not None:
            return _restore_folder(backup, files, settings, replace, advance)
        with opened_store(settings) as kept:
            if [name for name in kept.names() if name != BLOBS]:
                raise BadInput("The store holds databases: restore into an empty one.")
            keys = _put_keys(backup, key_file(settings))
            return fill(kept, keys, files, embedded(settings), advance), None


def _restore_folder(
    backup: Path, files: list[Path], settings: Settings, replace: bool, advance: Callable[[str], None]
) -> tuple[int, Path | None]:
    place = Path(settings.store.removeprefix(_SQLITE)).absolute()
    if not replace and place.is_dir() and any(place.glob("*.sqlite")):
        raise BadInput(f"{place} holds a store: give --replace, which moves it aside, or restore to another place.")
    aside: Path | None = None
    with drafted(place) as draft:
        keys = _put_keys(backup, Path(settings.key_file) if settings.key_file else draft / KEYS, place / KEYS)
        kept = embedded(settings)(draft)
        try:
            entered = fill(kept, keys, files, embedded(settings), advance)
        finally:
            kept.close()
        if place.exists():
            aside = _moved_aside(place)
    return entered, aside


def _moved_aside(place: Path) -> Path:
    aside = place.with_name(f"{place.name}.replaced-{datetime.now(UTC):%Y%m%dT%H%M%S%f}")
    place.rename(aside)
    return aside


def _put_keys(backup: Path, place: Path, former: Path | None = None) -> DataKeys:
    """Put the installation's keys in their place: those there stay, else the backup's, else the former store's.

    Raises BadInput without any: with new keys the server would not know its own revisions that tablets hand back.
    """
    if place.exists():
        return load_keys(place).data_keys
    found = next((path for path in (backup / KEYS, former) if path and path.exists()), None)
    if found is None:
        raise BadInput("The backup is without keys: set FIELDSYNC_KEY_FILE to where the installation's keys are.")
    place.touch(mode=0o600)
    shutil.copyfile(found, place)
    return load_keys(place).data_keys


def _restore_cell(backup: Path, manifest: Manifest, settings: Settings, cell: str) -> tuple[int, Path | None]:
    name = f"{cell_database(cell)}.sqlite"
    file = next((path for path in database_files(backup, manifest) if path.name == name), None)
    place = folder_of(settings)
    if file is None:
        raise BadInput(f"The backup {backup} has no cell {cell}.")
    if place is None or not place.is_dir():
        raise BadInput("There is no embedded store to put the cell into: name it with --store.")
    aside = place.absolute().with_name(f"{place.name}.{cell}-{datetime.now(UTC):%Y%m%dT%H%M%S%f}")
    with opened_store(settings) as kept:
        keys = installation_keys(settings, kept).data_keys
        entered = restore_cell(kept, keys, file, cell, aside)
    return entered, aside if aside.exists() else None


def _bytes(manifest: Manifest) -> int:
    return sum(held.size for held in manifest.files)


def _row(manifest: Manifest) -> dict[str, object]:
    return {
        "time": manifest.time,
        "uuid": manifest.uuid,
        "encrypted": manifest.encrypted,
        "files": len(manifest.files),
        "bytes": _bytes(manifest),
    }

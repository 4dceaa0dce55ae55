"""`fieldsync scrub`: a backup without whoever was erased since it was made."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fieldsync.backups import KEYS, read_manifest, verify
from fieldsync.cli.backup import bar, embedded, erase_again, lists_of_erased
from fieldsync.cli.context import JsonOption, StoreOption, say, settings_with
from fieldsync.errors import BadInput
from fieldsync.keys import key_file, load_keys
from fieldsync.scrubbing import scrub
from fieldsync.stores.base import Store


def register(app: typer.Typer) -> None:
    """Add the command `scrub`."""
    app.command("scrub")(scrub_backup)


def scrub_backup(
    folder: Annotated[Path, typer.Argument(help="The backup.", show_default=False)],
    store: StoreOption = None,
    erased: Annotated[
        Path | None, typer.Option(help="Another list of who was erased, erased.jsonl, beside those that are found.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Erase in a backup whoever was erased since it was made: their keys, and what its cells have of them in plain.

    By the lists in the backup and beside the installation's keys. The backup is written anew and checked like any
    other; the former files are removed. Copies of it elsewhere must be scrubbed, or replaced, too.

    Example: fieldsync scrub --store sqlite:///store backups/2026-11-24
    """
    settings = settings_with(store=store)
    manifest = read_manifest(folder)
    if manifest.encrypted and not settings.store_options().key:
        raise BadInput("This backup is encrypted: set FIELDSYNC_STORE_KEY_FILE to the file with its key.")
    own = folder / KEYS
    keys = load_keys(own if own.exists() else key_file(settings))
    listed = list(lists_of_erased(settings, erased))
    with bar("verified", len(manifest.files), as_json) as advance:
        verify(folder, manifest, advance)

    def erase(kept: Store, place: Path) -> int:
        inside = settings.model_copy(update={"store": f"sqlite:///{place}", "key_file": ""})
        return erase_again(kept, keys, inside, listed)

    count = scrub(folder, manifest, erase, embedded(settings))
    said = f"{count} of those on the lists were in {folder}, and are gone from it." if count else _NOBODY.format(folder)
    say(as_json, {"erased": count, "folder": str(folder)}, said)


_NOBODY = "Nobody on the lists is in {}: it stays as it was."

"""`fieldsync store`: check a store, encrypt it, copy it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from fieldsync.backups import drafted
from fieldsync.cli.backup import bar, folder_of, opened_store
from fieldsync.cli.context import JsonOption, StoreOption, say, settings_with
from fieldsync.copying import BLOBS, copy_store
from fieldsync.errors import BadInput
from fieldsync.store_check import damages
from fieldsync.store_key import read_store_key
from fieldsync.stores.base import Damage, FileStore, Store

SHOWN = 50
_BESIDE = ("installation", "keys.json")


def register(app: typer.Typer) -> None:
    """Add the commands `check`, `encrypt` and `copy` to the group `store`."""
    app.command("check")(check)
    app.command("encrypt")(encrypt)
    app.command("copy")(copy)


def check(
    store: StoreOption = None,
    quick: Annotated[bool, typer.Option(help="Leave out indexes and the contents of attachments.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Look for damage in a store, while the server runs; ends with 1 if there is any.

    Whether the books balance is told by `fieldsync audit`.

    Example: fieldsync store check --store sqlite:///store --quick
    """
    settings = settings_with(store=store)
    with opened_store(settings) as kept, bar("databases", len(kept.names()), as_json) as advance:
        count, found = len(kept.names()), list(damages(kept, quick=quick, advance=advance))
    more = [f"and {len(found) - SHOWN} more; --json lists all"] if len(found) > SHOWN else []
    end = f"{count} databases, {len(found)} damages." if found else f"{count} databases are whole."
    say(as_json, {"databases": count, "damages": found}, *map(_line, found[:SHOWN]), *more, end)
    raise typer.Exit(1 if found else 0)


def _line(damage: Damage) -> str:
    place = f"{damage.database}/{damage.document}" if damage.document else damage.database
    return f"{place}: {damage.fault}; {damage.remedy}"


def encrypt(
    new_key_file: Annotated[Path, typer.Argument(help="The file with the new key.", show_default=False)],
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Encrypt an embedded store, or encrypt it anew with another key; the server must be stopped.

    The present key is that of FIELDSYNC_STORE_KEY_FILE; unset, the store is plain. The former files are moved aside.

    Example: fieldsync store encrypt --store sqlite:///store /etc/fieldsync/store.key
    """
    settings, key = settings_with(store=store), read_store_key(str(new_key_file))
    place = folder_of(settings)
    if place is None or not place.is_dir():
        raise BadInput("Only an embedded store that is there can be encrypted: name it with --store sqlite:///folder.")
    place = place.absolute()
    aside = place.with_name(f"{place.name}.replaced-{datetime.now(UTC):%Y%m%dT%H%M%S%f}")
    with drafted(place) as draft:
        with opened_store(settings) as kept, bar("databases", len(kept.names()), as_json) as advance:
            count = _encrypted(kept, draft, key, advance)
        for beside in _BESIDE:
            if (place / beside).exists():
                shutil.copy2(place / beside, draft / beside)
        place.rename(aside)
    said = f"{count} databases are encrypted: set FIELDSYNC_STORE_KEY_FILE={new_key_file}."
    say(
        as_json, {"databases": count, "aside": str(aside)}, said, f"Destroy the former files in {aside} once all works."
    )


def _encrypted(store: Store, folder: Path, key: str, advance: Callable[[str], None]) -> int:
    """Copy the databases of an embedded store into a folder, encrypted with a key; returns how many there are."""
    names = store.names()
    if isinstance(store, FileStore):
        for name in names:
            for file in store.snapshot([name], folder):
                store.reencrypt(file, key)
            advance(name)
    return len(names)


def copy(
    target: Annotated[str, typer.Argument(help="The URL of an empty store.", show_default=False)],
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Copy a store into another, of any kind; the server must be stopped.

    Clients begin anew at the copy. Keys stay where they are: set FIELDSYNC_KEY_FILE for the server on the copy.

    Example: fieldsync store copy --store sqlite:///store sqlite:///other
    """
    with opened_store(settings_with(store=store)) as source, opened_store(settings_with(store=target)) as copied:
        if [name for name in copied.names() if name != BLOBS]:
            raise BadInput(f"{target} holds databases: copy into an empty store.")
        with bar("databases", len(source.names()), as_json) as advance:
            copy_store(source, copied, advance)
        count = len(copied.names())
    say(as_json, {"databases": count}, f"{count} databases were copied.")

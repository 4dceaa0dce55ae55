"""`fieldsync keys`: new keys in the place of old ones, and sealing what is still plain."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from fieldsync.cli.context import OPERATOR, JsonOption, StoreOption, opened, say
from fieldsync.errors import BadInput
from fieldsync.keys import key_file
from fieldsync.leases import must_be_unused
from fieldsync.pipeline import Pipeline
from fieldsync.services import Services
from fieldsync.vault.rotating import rotate, rotate_signing, seal


def register(app: typer.Typer) -> None:
    """Add the commands of the group `keys`."""
    app.command("rotate")(rotate_keys)
    app.command("seal")(seal_rows)


def rotate_keys(
    signing: Annotated[bool, typer.Option("--signing", help="Also a new key that signs access tokens.")] = False,
    keep_old: Annotated[
        bool, typer.Option("--keep-old", help="Keep the former data key: backups without keys need it.")
    ] = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a new data key and wrap the keys of all persons under it; refused while a server uses the store.

    Repeat it if it was interrupted. Backups made before open with the keys.json of their time alone.

    Example: fieldsync keys rotate --store sqlite:///store
    """
    with opened(store) as services, _bar("keys", as_json) as advance:
        path = _key_file(services)
        must_be_unused(services.store, services.now())
        services.trail.note(OPERATOR, "keys.rotate", "keys", "data and signing" if signing else "data")
        count = rotate(services.store, path, advance, drop=not keep_old)
        if signing:
            rotate_signing(path)
    said = f"{count} keys are under a new data key. Keep a copy of {path}, apart from backups; start the server."
    say(as_json, {"wrapped": count, "file": str(path), "signing": signing}, said)


def seal_rows(store: StoreOption = None, as_json: JsonOption = False) -> None:
    """Seal the rows of ledger, registry and cases that were written before persons had keys; may be repeated.

    Example: fieldsync keys seal --store sqlite:///store
    """
    with opened(store) as services, _bar("rows", as_json) as advance:
        services.trail.note(OPERATOR, "keys.seal", "ledger registry cases")
        counts = seal(services.store, services.vault, advance)
        if counts["ledger"]:
            Pipeline.of(services).tallies.forget()
    say(as_json, counts, *(f"{name}: {count} rows sealed" for name, count in counts.items()))


def _key_file(services: Services) -> Path:
    path = key_file(services.settings)
    if not path.exists():
        raise BadInput(f"There is no {path}: name it with FIELDSYNC_KEY_FILE.")
    return path


@contextmanager
def _bar(title: str, hidden: bool) -> Iterator[Callable[[int], None]]:
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=hidden or not console.is_terminal) as shown:
        task = shown.add_task(title, total=None)
        yield lambda count: shown.advance(task, count)

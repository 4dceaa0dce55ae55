"""What commands share: the option that names the store, the use cases behind it, and how they answer."""

from __future__ import annotations

import gc
import os
import pwd
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from pydantic import ValidationError

from fieldsync.errors import BadInput
from fieldsync.keys import installation_keys
from fieldsync.services import Services
from fieldsync.settings import Settings
from fieldsync.stores.factory import open_store

_FEW_FILES, _FEW_KEYS = 8, 1_000


def _at_the_console() -> str:
    """Return the user of the operating system, as it knows them, whatever the environment says."""
    with suppress(KeyError):
        return f"cli:{pwd.getpwuid(os.getuid()).pw_name}"
    return f"cli:{os.getuid()}"


OPERATOR = _at_the_console()
"""Who acts where somebody at the server's own console does; no account's name has a colon."""

StoreOption = Annotated[
    str | None,
    typer.Option(
        "--store",
        help="Where the databases are; default: FIELDSYNC_STORE, or sqlite:///store. A URL with a password belongs into"
        " FIELDSYNC_STORE: others can read command lines.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Write one JSON object for programs.")]


def settings_with(**given: Any) -> Settings:
    """Return the settings of the environment, with those that were given as options. Raises BadInput."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise BadInput(f"The setting {name} (FIELDSYNC_{name.upper()}) cannot be used: {first['msg']}.") from error


@contextmanager
def opened(store: str | None, *, once: bool = False) -> Iterator[Services]:
    """Open a store for the length of a command. Raises BadInput or StoreUnavailable.

    `once`: for a command that goes through the cells one after the other; little is kept in memory of those before.
    """
    settings = settings_with(store=store)
    options = settings.store_options()
    kept = open_store(settings.store, replace(options, idle=_FEW_FILES) if once else options)
    try:
        services = Services.of(kept, installation_keys(settings, kept), settings, lambda: datetime.now(UTC))
        if once:
            services.vault.keys.keep(_FEW_KEYS)
        yield services
    finally:
        kept.close()


@contextmanager
def few_collections(after: tuple[int, int, int] = (200_000, 20, 100)) -> Iterator[None]:
    """Let Python look for cycles rarely, for a command that makes millions of short-lived objects and few cycles.

    What is there already is never looked at again: modules, forms, routes.
    """
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*after)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def say(as_json: bool, value: Any, *lines: str) -> None:
    """Write a value as one line of JSON, or else lines for people."""
    if as_json:
        typer.echo(msgspec.json.encode(value).decode())
        return
    for line in lines:
        typer.echo(line)


def read_file(path: Path) -> bytes:
    """Return the bytes of a file. Raises BadInput."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}. / 无法读取文件。") from error


def write_file(path: Path, content: bytes) -> None:
    """Write a file. Raises BadInput."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror}. / 无法写入文件。") from error


def read_password(given: str | None, from_stdin: bool) -> str:
    """Return a password from an option, from standard input, or from the one who sits there. Raises BadInput."""
    if given is not None and from_stdin:
        raise BadInput("Give --password or --password-stdin, not both.")
    if given is not None:
        return given
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise BadInput("Give --password-stdin (or --password): nobody is there to be asked for a password.")
    answer: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return answer

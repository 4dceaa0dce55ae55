"""`fieldsync init`: the first administrator, and with him the installation's keys, or new ones where they are lost."""

from __future__ import annotations

from typing import Annotated

import typer

from fieldsync.accounts import Role, User
from fieldsync.cli.context import JsonOption, StoreOption, opened, read_password, say, settings_with
from fieldsync.cli.staff import EnglishOption, PasswordOption, StdinOption, ZhOption, display_of
from fieldsync.errors import BadInput
from fieldsync.keys import key_file, load_keys


def register(app: typer.Typer) -> None:
    """Add the command `init`."""
    app.command("init")(init)


def init(
    name: Annotated[str | None, typer.Option(help="The name to log in with.")] = None,
    store: StoreOption = None,
    zh: ZhOption = None,
    en: EnglishOption = None,
    password: PasswordOption = None,
    password_stdin: StdinOption = False,
    new_keys: Annotated[
        bool, typer.Option("--new-keys", help="Only make new keys, where those of an installation are lost for good.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Create the first administrator; refused where there is one.

    With --new-keys: in place of keys that are lost, and that no backup has. Everybody logs in again, tablets are
    enrolled again; the ledger still knows what the server wrote.

    Example: fieldsync init --store sqlite:///store --name admin
    """
    if new_keys:
        _replace_keys(store, as_json)
        return
    if name is None:
        raise BadInput("Give --name: what the first administrator logs in with.")
    with opened(store) as services:
        user = User(name=name, display=display_of(zh, en), roles=(Role.ADMINISTRATOR,))
        made = services.accounts.create_first_administrator(user, read_password(password, password_stdin))
    say(as_json, {"name": made.name, "roles": made.roles}, f"Administrator {made.name} can log in now.")


def _replace_keys(store: str | None, as_json: bool) -> None:
    path = key_file(settings_with(store=store))
    if path.exists():
        raise BadInput(f"{path} is there: nothing is lost, and it was left as it is.")
    keys = load_keys(path)
    say(
        as_json,
        {"file": str(path), "key": keys.current},
        f"New keys are in {path}. Keep a copy of it: fieldsync backup.",
    )

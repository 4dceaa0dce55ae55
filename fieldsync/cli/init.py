"""`fieldsync init`: the first administrator, and with him the installation's keys."""

from __future__ import annotations

from typing import Annotated

import typer

from fieldsync.accounts import Role, User
from fieldsync.cli.context import JsonOption, StoreOption, opened, read_password, say
from fieldsync.cli.staff import EnglishOption, PasswordOption, StdinOption, ZhOption, display_of


def register(app: typer.Typer) -> None:
    """Add the command `init`."""
    app.command("init")(init)


def init(
    name: Annotated[str, typer.Option(help="The name to log in with.")],
    store: StoreOption = None,
    zh: ZhOption = None,
    en: EnglishOption = None,
    password: PasswordOption = None,
    password_stdin: StdinOption = False,
    as_json: JsonOption = False,
) -> None:
    """Create the first administrator; refused where there is one.

    Example: fieldsync init --store sqlite:///store --name admin
    """
    with opened(store) as services:
        user = User(name=name, display=display_of(zh, en), roles=(Role.ADMINISTRATOR,))
        made = services.accounts.create_first_administrator(user, read_password(password, password_stdin))
    say(as_json, {"name": made.name, "roles": made.roles}, f"Administrator {made.name} can log in now.")

"""`fieldsync staff`: accounts."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import typer

from fieldsync.accounts import Role, User, UserChanges
from fieldsync.cli.context import OPERATOR, JsonOption, StoreOption, opened, read_password, say

ZhOption = Annotated[str | None, typer.Option("--zh", help="Name shown in Chinese.")]
EnglishOption = Annotated[str | None, typer.Option("--en", help="Name shown in English.")]
PasswordOption = Annotated[
    str | None, typer.Option(help="The password; others on this machine may see it, so rather use --password-stdin.")
]
StdinOption = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]
NameArgument = Annotated[str, typer.Argument(help="The name to log in with.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the commands of the group `staff`."""
    app.command("add")(add)
    app.command("list")(list_staff)
    app.command("deactivate")(deactivate)
    app.command("password")(set_password)


def display_of(zh: str | None, en: str | None) -> dict[str, str]:
    """Return a display name from the options that were given."""
    return {language: text for language, text in (("zh", zh), ("en", en)) if text is not None}


def add(
    name: NameArgument,
    role: Annotated[list[Role], typer.Option(help="What the user is here to do; may be repeated.")],
    area: Annotated[list[str] | None, typer.Option(help="An area, such as 510107; may be repeated.")] = None,
    zh: ZhOption = None,
    en: EnglishOption = None,
    language: Annotated[str, typer.Option(help="zh or en.")] = "zh",
    password: PasswordOption = None,
    password_stdin: StdinOption = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Create an account; without a password its user can work on an enrolled tablet only.

    Example: fieldsync staff add li.na --role collector --area 510107001 --zh 李娜 --en "Li Na"
    """
    wants_password = password is not None or password_stdin
    user = User(name=name, display=display_of(zh, en), roles=tuple(role), areas=tuple(area or ()), language=language)
    with opened(store) as services:
        secret = read_password(password, password_stdin) if wants_password else None
        made = services.accounts.create(user, secret)
        if Role.SEALED_READER in made.roles:
            services.trail.note(OPERATOR, "staff.sealed_reader", made.name)
    say(as_json, _row(made), f"Created {_line(made)}")


def list_staff(store: StoreOption = None, as_json: JsonOption = False) -> None:
    """List the accounts.

    Example: fieldsync staff list --json
    """
    with opened(store) as services:
        users = list(services.accounts.all())
    say(as_json, {"staff": [_row(user) for user in users]}, *map(_line, users))


def deactivate(name: NameArgument, store: StoreOption = None, as_json: JsonOption = False) -> None:
    """Deactivate an account: its user and his tablets are out at once.

    Example: fieldsync staff deactivate li.na
    """
    with opened(store) as services:
        user = services.staffing.change(name, UserChanges(active=False))
    say(as_json, _row(user), f"Deactivated {user.name}.")


def set_password(
    name: NameArgument,
    password: PasswordOption = None,
    password_stdin: StdinOption = False,
    store: StoreOption = None,
) -> None:
    """Set a user's password.

    Example: fieldsync staff password li.na
    """
    with opened(store) as services:
        services.accounts.need(name)
        services.staffing.change(name, UserChanges(), read_password(password, password_stdin))
    typer.echo(f"The password of {name} is changed.")


def _row(user: User) -> dict[str, Any]:
    row: dict[str, Any] = msgspec.to_builtins(user)
    return {key: value for key, value in row.items() if key not in ("type", "password")}


def _line(user: User) -> str:
    state = "" if user.active else " (deactivated)"
    areas = ", ".join(user.areas) or "no area"
    return f"{user.name}: {', '.join(user.roles)}; {areas}{state}"

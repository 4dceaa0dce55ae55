"""`fieldsync round`: campaigns in an area."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
import typer

from fieldsync.cli.context import JsonOption, StoreOption, opened, say
from fieldsync.rounds import Round

_DAY = ["%Y-%m-%d"]
_MOMENT = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d"]


def register(app: typer.Typer) -> None:
    """Add the commands of the group `round`."""
    app.command("open")(open_round)
    app.command("list")(list_rounds)


def open_round(
    key: Annotated[str, typer.Argument(metavar="ID", help="Its identifier.", show_default=False)],
    zh: Annotated[str, typer.Option(help="Title in Chinese.")],
    en: Annotated[str, typer.Option(help="Title in English.")],
    area: Annotated[str, typer.Option(help="The area, such as 510107.")],
    since: Annotated[datetime, typer.Option("--from", formats=_DAY, help="First day.")],
    until: Annotated[datetime, typer.Option(formats=_DAY, help="Last day.")],
    reference: Annotated[datetime, typer.Option(formats=_MOMENT, help="The moment that answers refer to, local time.")],
    form: Annotated[list[str] | None, typer.Option(help="A published form; may be repeated.")] = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Open a round: every cell of its area gets it and its forms.

    Example: fieldsync round open 2026-11 --zh 十一月核查 --en "November check" --area 510107
    --from 2026-11-01 --until 2026-11-30 --reference 2026-11-01T00:00 --form person --form household
    """
    with opened(store) as services:
        wanted = Round(
            id=key,
            title={"zh": zh, "en": en},
            area=area,
            since=since.date(),
            until=until.date(),
            reference=reference.replace(tzinfo=services.settings.zone),
            forms=tuple(form or ()),
        )
        made = services.rounds.open(wanted)
    say(as_json, _row(made), f"Opened {_line(made)}")


def list_rounds(store: StoreOption = None, as_json: JsonOption = False) -> None:
    """List the rounds.

    Example: fieldsync round list
    """
    with opened(store) as services:
        rounds = list(services.rounds.all())
    say(as_json, {"rounds": [_row(each) for each in rounds]}, *map(_line, rounds))


def _row(kept: Round) -> dict[str, Any]:
    row: dict[str, Any] = msgspec.to_builtins(kept)
    return {key: value for key, value in row.items() if key != "type"}


def _line(kept: Round) -> str:
    forms = ", ".join(kept.forms) or "no form"
    return f"{kept.id}: {kept.title['en']} ({kept.title['zh']}), {kept.area}, {kept.since} to {kept.until}; {forms}"

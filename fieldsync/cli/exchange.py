"""`fieldsync exchange add`, `list`, `change`, `renew`, `end`: which systems are told of changes, and what."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import typer

from fieldsync.cli.context import OPERATOR, JsonOption, StoreOption, opened, say
from fieldsync.errors import BadInput
from fieldsync.exchange.systems import Agreement, System
from fieldsync.pipeline import Pipeline

NameArgument = Annotated[str, typer.Argument(help="The system's name.", show_default=False)]
PurposeOption = Annotated[str, typer.Option(help="What the data are for.")]
FieldOption = Annotated[list[str], typer.Option("--field", help="kind.field that it is told; repeatable.")]
AreaOption = Annotated[list[str] | None, typer.Option("--area", help="Only records here; repeatable.")]


def register(app: typer.Typer) -> None:
    """Add the commands `add`, `list`, `change`, `renew` and `end`."""
    for command, name in ((add, "add"), (list_, "list"), (change, "change"), (renew, "renew"), (end, "end")):
        app.command(name)(command)


def add(
    name: NameArgument,
    purpose: PurposeOption,
    field: FieldOption,
    area: AreaOption = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Register a system and print its token, which is shown this once.

    Example: fieldsync exchange add school-office --purpose "School places" --field person.birth_date --area 510107
    """
    with opened(store) as services:
        systems = Pipeline.of(services).systems
        system, token = systems.register(name, _agreement(purpose, field, area), OPERATOR)
        services.trail.note(OPERATOR, "exchange.register", name, purpose)
    say(as_json, {**_shown(system), "token": token}, _line(system), f"Its token: {token}")


def list_(store: StoreOption = None, as_json: JsonOption = False) -> None:
    """List the systems that are told of changes.

    Example: fieldsync exchange list
    """
    with opened(store) as services:
        found = list(Pipeline.of(services).systems.all())
    say(as_json, {"systems": [_shown(s) for s in found]}, *(map(_line, found) if found else ["No systems."]))


def change(
    name: NameArgument,
    purpose: PurposeOption,
    field: FieldOption,
    area: AreaOption = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Agree anew with a system; its token and its cursors stay good.

    Example: fieldsync exchange change school-office --purpose "School places" --field person.name --field person.sex
    """
    with opened(store) as services:
        system = Pipeline.of(services).systems.change(name, _agreement(purpose, field, area))
        services.trail.note(OPERATOR, "exchange.change", name, purpose)
    say(as_json, _shown(system), _line(system))


def renew(name: NameArgument, store: StoreOption = None, as_json: JsonOption = False) -> None:
    """Give a system another token; the one before is good no more.

    Example: fieldsync exchange renew school-office
    """
    with opened(store) as services:
        token = Pipeline.of(services).systems.renew(name)
        services.trail.note(OPERATOR, "exchange.renew", name)
    say(as_json, {"name": name, "token": token}, f"Its token: {token}")


def end(name: NameArgument, store: StoreOption = None, as_json: JsonOption = False) -> None:
    """End the exchange with a system: its token is good no more.

    Example: fieldsync exchange end school-office
    """
    with opened(store) as services:
        system = Pipeline.of(services).systems.end(name)
        services.trail.note(OPERATOR, "exchange.end", name)
    say(as_json, _shown(system), _line(system))


def _agreement(purpose: str, fields: list[str], areas: list[str] | None) -> Agreement:
    agreed: dict[str, list[str]] = {}
    for one in fields:
        kind, dot, field = one.partition(".")
        if not dot or not field:
            raise BadInput(
                f"--field is kind.field, such as person.birth_date, not {one!r:.60}.",
                zh=f"--field 应为 类型.项目，例如 person.birth_date，而不是 {one:.60}。",
            )
        agreed.setdefault(kind, []).append(field)
    return Agreement(purpose=purpose, fields=agreed, areas=areas or [])


def _shown(system: System) -> dict[str, Any]:
    return {name: value for name, value in msgspec.to_builtins(system).items() if name != "token"}


def _line(system: System) -> str:
    fields = ", ".join(f"{kind}.{field}" for kind, fields in system.agreement.fields.items() for field in fields)
    where = " ".join(system.agreement.areas) or "the whole city"
    return f"{system.name}  {'active' if system.active else 'ended'}  {fields}; {where}; {system.agreement.purpose}"

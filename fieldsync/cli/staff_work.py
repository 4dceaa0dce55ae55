"""`fieldsync staff working`, `absent`, `return` and `absences`: who works when, and who is away."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

import msgspec
import typer

from fieldsync.cli.context import JsonOption, StoreOption, opened, say
from fieldsync.cli.staff import NameArgument
from fieldsync.errors import BadInput
from fieldsync.working_lives import WorkingLife

_DAYS = ("", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_FORMATS = ["%Y-%m-%d"]


def register(app: typer.Typer) -> None:
    """Add the commands `working`, `absent`, `return` and `absences` to the group `staff`."""
    app.command("working")(working)
    app.command("absent")(absent)
    app.command("return")(return_)
    app.command("absences")(absences)


def working(
    name: NameArgument,
    days: Annotated[str | None, typer.Option(help="Working days, 1 is Monday: 1,2,3,4,5.")] = None,
    language: Annotated[list[str] | None, typer.Option(help="A language spoken; may be repeated.")] = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show somebody's working life, or change working days and languages.

    Example: fieldsync staff working li.na --days 1,2,3,4,6 --language zh --language sichuanese
    """
    with opened(store) as services:
        life = services.working_lives.of(name)
        if days is not None or language:
            chosen = _days(days) if days is not None else None
            life = services.working_lives.change(name, chosen, tuple(language) if language else None)
    say(as_json, _row(life), *_lines(life))


def absent(
    name: NameArgument,
    since: Annotated[datetime, typer.Option("--from", formats=_FORMATS, help="The first day.")],
    until: Annotated[datetime, typer.Option("--until", formats=_FORMATS, help="The last day.")],
    reason: Annotated[str, typer.Option(help="leave, illness, training or other; nothing else is kept.")] = "leave",
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Note that somebody is away from one day to another, both included.

    Example: fieldsync staff absent li.na --from 2026-12-01 --until 2026-12-11 --reason leave
    """
    with opened(store) as services:
        life = services.working_lives.be_absent(name, since.date(), until.date(), reason)
    say(as_json, _row(life), *_lines(life))


def return_(
    name: NameArgument,
    day: Annotated[datetime, typer.Option("--on", formats=_FORMATS, help="The first day back at work.")],
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """End the absence of somebody who is back earlier.

    Example: fieldsync staff return li.na --on 2026-12-07
    """
    back = day.date()
    with opened(store) as services:
        found = [one for one in services.working_lives.of(name).absences if one.has(back)]
        if not found:
            raise BadInput(f"{name} is not away on {back}.")
        before = date.fromordinal(back.toordinal() - 1)
        last = before if before >= found[0].since else None
        life = services.working_lives.end_absence(name, found[0].id, last)
    say(as_json, _row(life), *_lines(life))


def absences(
    on: Annotated[datetime | None, typer.Option(formats=_FORMATS, help="The day; default: today.")] = None,
    area: Annotated[str, typer.Option(help="Only those with an area that begins so.")] = "",
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """List who is away on a day.

    Example: fieldsync staff absences --on 2026-12-01 --area 510107
    """
    with opened(store) as services:
        day = on.date() if on else services.today()
        rows = [
            {"name": name, "from": absence.since, "until": absence.until, "reason": absence.reason}
            for name, absence in services.working_lives.away_on(day)
            if not area or any(own.startswith(area) for own in services.accounts.need(name).areas)
        ]
    told = [f"{row['name']}: {row['from']} to {row['until']} ({row['reason']})" for row in rows]
    say(as_json, {"day": day, "absences": rows}, *(told or [f"Nobody is away on {day}."]))


def _days(text: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() for part in parts):
        raise BadInput(f"--days is numbers from 1 (Monday) to 7 with commas between them, not {text!r:.40}.")
    return tuple(int(part) for part in parts)


def _row(life: WorkingLife) -> dict[str, Any]:
    row: dict[str, Any] = msgspec.to_builtins(life)
    return {key: value for key, value in row.items() if key != "type"}


def _lines(life: WorkingLife) -> list[str]:
    languages = f"; speaks {', '.join(life.languages)}" if life.languages else ""
    first = f"{life.name}: works {', '.join(_DAYS[day] for day in life.days)}{languages}"
    return [first, *(f"  away {one.since} to {one.until} ({one.reason})" for one in life.absences)]

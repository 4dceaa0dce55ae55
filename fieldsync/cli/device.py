"""`fieldsync device`: tablets."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import typer

from fieldsync.cli.context import OPERATOR, JsonOption, StoreOption, opened, say
from fieldsync.cli.grid_handover import told_of
from fieldsync.devices import Tablet
from fieldsync.handovers.impact import TabletLeft


def register(app: typer.Typer) -> None:
    """Add the commands of the group `device`."""
    app.command("code")(code)
    app.command("list")(list_tablets)
    app.command("revoke")(revoke)


def code(
    collector: Annotated[str, typer.Argument(help="Whose tablet it will be.", show_default=False)],
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a one-time code that enrols a tablet.

    Example: fieldsync device code li.na
    """
    with opened(store) as services:
        made = services.devices.issue_code(collector, OPERATOR)
    row = {"code": made.code, "collector": made.collector, "expires": made.expires}
    say(as_json, row, f"{made.code} enrols one tablet of {collector} until {made.expires:%Y-%m-%d %H:%M} UTC.")


def list_tablets(
    collector: Annotated[str | None, typer.Option(help="Only the tablets of one collector.")] = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """List tablets.

    Example: fieldsync device list --collector li.na
    """
    with opened(store) as services:
        tablets = services.devices.of(collector) if collector else list(services.devices.all())
    say(as_json, {"devices": [_row(tablet) for tablet in tablets]}, *map(_line, tablets))


def revoke(
    tablet: Annotated[str, typer.Argument(help="The tablet's identifier.", show_default=False)],
    reason: Annotated[str, typer.Option(help="lost, stolen, replaced or retired.")],
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Cut a tablet off at once; it is told to wipe itself. Names what is known to be on it and nowhere else.

    Example: fieldsync device revoke 6f1c7a52-53d1-5c3e-9a51-0f1d5f1f6a10 --reason lost
    """
    with opened(store) as services:
        revoked = services.devices.revoke(tablet, OPERATOR, reason)
        unsent = services.tablets.of(revoked)
    row = {**_row(revoked), "unsent": {cell: msgspec.to_builtins(left) for cell, left in unsent.items()}}
    say(
        as_json,
        row,
        f"Cut off {_line(revoked)}",
        *(line for cell, left in unsent.items() for line in _unsent(cell, left)),
    )


def _unsent(cell: str, left: TabletLeft) -> list[str]:
    """Return what the tablet did not send of a cell: how much, and the names that are known."""
    more = left.missing_in_all - len(left.missing)
    return [
        f"  {cell}: {told_of(left)}",
        *(f"    {name}" for name in left.missing),
        *([f"    and {more} more"] if more else []),
    ]


def _row(tablet: Tablet) -> dict[str, Any]:
    row: dict[str, Any] = msgspec.to_builtins(tablet)
    return {key: value for key, value in row.items() if key != "type"}


def _line(tablet: Tablet) -> str:
    state = f" ({tablet.revoked.reason})" if tablet.revoked else ""
    return f"{tablet.id}: {tablet.label}, of {tablet.collector}, enrolled {tablet.enrolled:%Y-%m-%d}{state}"

"""`fieldsync grid`: plans, cells and who works them."""

from __future__ import annotations

from typing import Annotated

import typer

from fieldsync.assignments import Wish
from fieldsync.cli.context import JsonOption, StoreOption, opened, say
from fieldsync.cli.grid_propose import (
    AllowedOption,
    AreaOption,
    FixOption,
    Proposed,
    SinceOption,
    TeamOption,
    UntilOption,
    tell_proposal,
)
from fieldsync.errors import BadInput


def register(app: typer.Typer) -> None:
    """Add the command `assign` to the group `grid`."""
    app.command("assign")(assign)


def assign(
    cell: Annotated[str | None, typer.Argument(metavar="CELL", help="Its code.", show_default=False)] = None,
    name: Annotated[str | None, typer.Argument(metavar="COLLECTOR", help="Who works it.", show_default=False)] = None,
    role: Annotated[str | None, typer.Option(help="holder (the default), helper or stand_in.")] = None,
    area: AreaOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    collector: TeamOption = None,
    fix: FixOption = None,
    allowed: AllowedOption = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Assign a collector to a cell; a new holder begins a handover. Without a cell, propose who works an area's cells.

    A proposal is balanced, each share in one piece, with few changes; it assigns nothing until grid accept. The
    options from --area to --allowed are for proposals, --role is for one cell.

    Example: fieldsync grid assign 510107001004001 li.na --role helper

    Example: fieldsync grid assign --area 510107001 --until 2026-12-31 --fix 510107001004001=li.na
    """
    asked = Proposed(area, since, until, collector, fix, allowed)
    if cell and name and not asked.is_given:
        _assign_one(Wish(cell, name, role or "holder"), store, as_json)
    elif cell or name or role:
        raise BadInput(
            "Give a cell and a collector, or neither and --area for a proposal"
            " / 请同时给出网格代码和采集员；如需分配方案，两者都不写，只写 --area"
        )
    else:
        tell_proposal(asked, store, as_json)


def _assign_one(wish: Wish, store: str | None, as_json: bool) -> None:
    with opened(store) as services:
        before = services.assignments.active(wish.cell)
        made = services.assignments.assign(wish)
        has_tablet = made.collector in services.devices.enrolled()
    others = {one.collector for one in before if one.role == "holder"} - {made.collector}
    drains = sorted(others) if made.role == "holder" else []
    row = {"id": made.id, "cell": made.cell, "collector": made.collector, "role": made.role, "epoch": made.epoch}
    already = " already" if made.id in {one.id for one in before} else ""
    lines = [f"{made.collector} is {made.role} of {made.cell}{already} (epoch {made.epoch})."]
    lines += [f"{one}, who held it until now, drains: may send what is left, and fetch nothing more." for one in drains]
    say(as_json, row | {"drains": drains}, *lines)
    if not has_tablet:
        typer.echo(f"Note: {made.collector} has no tablet yet: fieldsync device code {made.collector}", err=True)

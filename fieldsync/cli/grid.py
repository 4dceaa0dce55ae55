"""`fieldsync grid`: plans, cells and who works them."""

from __future__ import annotations

from typing import Annotated

import typer

from fieldsync.assignments import Wish
from fieldsync.cli.context import JsonOption, StoreOption, opened, say


def register(app: typer.Typer) -> None:
    """Add the command `assign` to the group `grid`."""
    app.command("assign")(assign)


def assign(
    cell: Annotated[str, typer.Argument(help="The cell's code.", show_default=False)],
    collector: Annotated[str, typer.Argument(help="Who works it.", show_default=False)],
    role: Annotated[str, typer.Option(help="holder, helper or stand_in.")] = "holder",
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Assign a collector to a cell; a new holder begins a handover.

    Example: fieldsync grid assign 510107001004001 li.na --role helper
    """
    with opened(store) as services:
        made = services.assignments.assign(Wish(cell, collector, role))
        has_tablet = collector in services.devices.enrolled()
    row = {"id": made.id, "cell": cell, "collector": collector, "role": made.role, "epoch": made.epoch}
    say(as_json, row, f"{collector} is {made.role} of {cell} (epoch {made.epoch}).")
    if not has_tablet:
        typer.echo(f"Note: {collector} has no tablet yet: fieldsync device code {collector}", err=True)

"""`fieldsync grid`: plans, cells and who works them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from fieldsync.assignments import Wish
from fieldsync.cells import Imported, PlanFile
from fieldsync.cli.context import JsonOption, StoreOption, opened, read_file, say
from fieldsync.services import Services


def register(app: typer.Typer) -> None:
    """Add the commands `import` and `assign` to the group `grid`."""
    app.command("import")(import_plan)
    app.command("assign")(assign)


def import_plan(
    file: Annotated[Path, typer.Argument(help="Cells as GeoJSON (WGS 84).", show_default=False)],
    name: Annotated[str, typer.Option(help="The plan's name.")],
    date: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The day from which it holds.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be done.")] = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import a plan: a database for each of its cells. The same plan again changes nothing.

    Example: fieldsync grid import cells.geojson --name "Wuhou 2026" --date 2026-11-01
    """
    plan = PlanFile(read_file(file), name, date.date())
    with opened(store) as services:
        if dry_run:
            imported = services.cells.import_plan(plan, dry_run=True)
        else:
            imported = _import_showing_progress(services, plan)
            services.rounds.deliver(imported.plan.cells)
            services.delivery.bring_to(imported.plan.cells)
    say(as_json, _row(imported, dry_run), _line(imported, dry_run))


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
    row = {"id": made.id, "cell": cell, "collector": collector, "role": made.role, "epoch": made.epoch}
    say(as_json, row, f"{collector} is {made.role} of {cell} (epoch {made.epoch}).")


def _import_showing_progress(services: Services, plan: PlanFile) -> Imported:
    planned = services.cells.import_plan(plan, dry_run=True)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Cells", total=len(planned.plan.cells))
        return services.cells.import_plan(plan, written=lambda _: progress.advance(task))


def _row(imported: Imported, dry_run: bool) -> dict[str, Any]:
    plan = imported.plan
    return {
        "plan": plan.id,
        "name": plan.name,
        "date": plan.date,
        "cells": len(plan.cells),
        "new": imported.new,
        "renamed": imported.renamed,
        "unchanged": len(imported.unchanged),
        "dry_run": dry_run,
    }


def _line(imported: Imported, dry_run: bool) -> str:
    begun = "Would import" if dry_run else "Imported"
    counts = f"{len(imported.new)} new, {len(imported.renamed)} renamed, {len(imported.unchanged)} unchanged"
    return f"{begun} {imported.plan.name} of {imported.plan.date}: {len(imported.plan.cells)} cells ({counts})."

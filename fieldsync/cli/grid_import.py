"""`fieldsync grid import`: a plan of cells enters the installation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from fieldsync.cells import Imported
from fieldsync.cli.context import JsonOption, StoreOption, opened, say
from fieldsync.cli.grid_files import (
    AreasOption,
    CodeFieldOption,
    CrsOption,
    EncodingOption,
    GridFile,
    LayerOption,
    NameFieldOption,
    one_line,
    read_areas,
)
from fieldsync.geofiles import FileChoice, open_geofile
from fieldsync.plan_files import PlanFile, named_areas
from fieldsync.services import Services
from grid import Fields

_CODES_SHOWN = 5


def register(app: typer.Typer) -> None:
    """Add the command `import` to the group `grid`."""
    app.command("import")(import_plan)


def import_plan(
    file: GridFile,
    name: Annotated[str, typer.Option(help="The plan's name.")],
    date: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The day from which it holds.")],
    crs: CrsOption = "",
    code_field: CodeFieldOption = "",
    name_field: NameFieldOption = "",
    areas: AreasOption = None,
    layer: LayerOption = "",
    encoding: EncodingOption = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would change.")] = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import a plan: a database for each of its cells. The same plan again changes nothing.

    A file with one unusable cell, a cell of another city, or a known cell drawn elsewhere is refused whole.

    Example: fieldsync grid import cells.geojson --name "Wuhou 2026" --date 2026-11-01 --dry-run

    Example: fieldsync grid import cells.zip --crs EPSG:4527 --code-field WGBM --name "Wuhou 2026" --date 2026-11-01
    """
    with one_line():
        content = open_geofile(file).content
        known = read_areas(areas)
    fields = Fields(code_field or "code", name_field or "name")
    plan = PlanFile(content, name, date.date(), FileChoice(crs, layer, encoding), fields, known)
    with opened(store) as services:
        plan = plan if known else replace(plan, areas=named_areas(services.areas.names()))
        if dry_run:
            imported = services.cells.import_plan(plan, dry_run=True)
        else:
            imported = _import_showing_progress(services, plan)
            services.rounds.deliver(imported.plan.cells)
            services.delivery.bring_to(imported.plan.cells)
    for note in imported.notes:
        typer.echo(f"{file}: {note}", err=True)
    say(as_json, _row(imported, dry_run), *_lines(imported, dry_run))


def _import_showing_progress(services: Services, plan: PlanFile) -> Imported:
    with Console(stderr=True).status("reading"):
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
        "absent": imported.absent,
        "faults": imported.faults,
        "dry_run": dry_run,
    }


def _lines(imported: Imported, dry_run: bool) -> list[str]:
    begun = "Would import" if dry_run else "Imported"
    counts = f"{len(imported.new)} new, {len(imported.renamed)} renamed, {len(imported.unchanged)} unchanged"
    lines = [f"{begun} {imported.plan.name} of {imported.plan.date}: {len(imported.plan.cells)} cells ({counts})."]
    if dry_run:
        lines += [f"  {what}: {_listed(codes)}" for what, codes in _changes(imported) if codes]
    if imported.absent:
        lines.append(f"Known cells of its districts that the plan does not have stay: {_listed(imported.absent)}.")
    if imported.faults:
        told = ", ".join(f"{count} {kind}" for kind, count in sorted(imported.faults.items()))
        lines.append(f"The check finds {told}: see fieldsync grid check.")
    return lines


def _changes(imported: Imported) -> list[tuple[str, Sequence[str]]]:
    return [("new", imported.new), ("renamed", imported.renamed)]


def _listed(codes: Sequence[str]) -> str:
    more = f" and {len(codes) - _CODES_SHOWN} more" if codes[_CODES_SHOWN:] else ""
    return ", ".join(codes[:_CODES_SHOWN]) + more

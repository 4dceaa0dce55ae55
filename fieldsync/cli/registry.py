"""`fieldsync registry import`: a city's files enter the registry and the cells."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress as Bar

from fieldsync.cli.context import JsonOption, StoreOption, opened, say
from fieldsync.pipeline import Pipeline
from fieldsync.registry_import import Progress, Tally


def register(app: typer.Typer) -> None:
    """Add the command `import` to the group `registry`."""
    app.command("import")(import_folder)


class _Shown(Progress):
    """Draws a bar for each stage of an import."""

    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._tasks = {stage: bar.add_task(stage, total=None) for stage in ("registry", "cells")}

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Advance a bar."""
        self._bar.update(self._tasks[stage], total=total, advance=done)


def import_folder(
    folder: Annotated[Path, typer.Argument(help="Folder with buildings.csv, dwellings.csv, …", show_default=False)],
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import buildings, dwellings, households, persons and stays, and preload the cells.

    Nothing is written if any row is faulty. What the registry has already stays as it is.

    Example: fieldsync registry import handed-over/
    """
    with opened(store) as services:
        importer = Pipeline.of(services).importer(frozenset(cell.code for cell in services.cells.within()))
        with Bar(console=Console(stderr=True), transient=True, disable=as_json) as bar:
            tally = importer.run(folder, services.now(), _Shown(bar))
    say(as_json, _row(tally), *_lines(tally))


def _row(tally: Tally) -> dict[str, object]:
    return {"read": tally.read, "new": tally.new, "preloaded": tally.preloaded}


def _lines(tally: Tally) -> list[str]:
    counts = [f"{kind}: {tally.read[kind]} read, {tally.new[kind]} new" for kind in tally.read]
    return [*counts, f"{tally.preloaded} documents preloaded into their cells"]

"""`fieldsync bench grid`: how fast the grid is worked with, in this process."""

from __future__ import annotations

from typing import Annotated

import typer

from fieldsync.bench import process
from fieldsync.bench.assigning import measure_proposals
from fieldsync.cli.context import JsonOption, say


def register(app: typer.Typer) -> None:
    """Add the command `grid`."""
    app.command("grid")(grid)


def grid(
    cells: Annotated[int, typer.Option(min=4, help="Cells of the city, about.")] = 10_000,
    collectors: Annotated[int, typer.Option(min=1, help="Collectors among whom they are shared.")] = 2_500,
    as_json: JsonOption = False,
) -> None:
    """Measure proposals of who works which cells: from nothing, and after some collectors have left.

    Example: fieldsync bench grid --cells 10000 --collectors 2500
    """
    works = measure_proposals(cells, collectors)
    report = {"machine": process.machine(), "results": [work.report() for work in works]}
    say(as_json, report, *(work.told() for work in works))

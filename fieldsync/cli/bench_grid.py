"""`fieldsync bench grid`: how fast the grid is worked with, in this process."""

from __future__ import annotations

from typing import Annotated

import typer

from fieldsync.bench import process
from fieldsync.bench.assigning import measure_proposals
from fieldsync.bench.grids import measure_coverage, measure_points, measure_repair
from fieldsync.cli.context import JsonOption, say


def register(app: typer.Typer) -> None:
    """Add the command `grid`."""
    app.command("grid")(grid)


def grid(
    cells: Annotated[int, typer.Option(min=4, help="Cells of the city, about.")] = 10_000,
    collectors: Annotated[int, typer.Option(min=1, help="Collectors among whom they are shared.")] = 2_500,
    points: Annotated[int, typer.Option(min=1, help="Points located among as many cells.")] = 1_000_000,
    coverage: Annotated[int, typer.Option(min=4, help="Cells whose coverage is checked, and mended.")] = 20_000,
    as_json: JsonOption = False,
) -> None:
    """Measure points located among cells, a coverage checked and one mended, and proposals of who works which cells.

    In the coverage to be mended every tenth cell is shifted. Proposals are made from nothing, and after some collectors
    have left.

    Example: fieldsync bench grid --cells 10000 --collectors 2500 --points 1000000 --coverage 20000
    """
    geometry = [measure_points(points, cells), measure_coverage(coverage), measure_repair(coverage)]
    works = [*geometry, *measure_proposals(cells, collectors)]
    report = {"machine": process.machine(), "results": [work.report() for work in works]}
    say(as_json, report, *(work.told() for work in works))

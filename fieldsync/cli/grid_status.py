"""`fieldsync grid status`: who holds the cells, and how far the work is."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress as Bar
from rich.table import Table

from fieldsync.assignments import Assignment, State
from fieldsync.cli.context import JsonOption, StoreOption, opened, say, write_file
from fieldsync.errors import BadInput
from fieldsync.pipeline import Pipeline
from fieldsync.progress.following import Asked, Report
from fieldsync.progress.map import progress_map
from fieldsync.progress.report import Day
from fieldsync.progress.table import as_csv, figures_of
from fieldsync.services import Services

_STEP = 20
"""Cells that are counted between two looks at the progress bar."""
_COLUMNS = ("dwellings", "visited", "submitted", "verified", "returned", "closed", "open_cases", "days_since", "finish")


def register(app: typer.Typer) -> None:
    """Add the command `status` to the group `grid`."""
    app.command("status")(status)


def status(
    area: Annotated[str, typer.Option(help="Only the cells of an area.")] = "",
    by: Annotated[str, typer.Option(help="Rows by cell, community, street, district or collector.")] = "street",
    round_: Annotated[str | None, typer.Option("--round", help="Default: the last one that has begun.")] = None,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write the rows to a file for spreadsheets.")] = None,
    svg: Annotated[Path | None, typer.Option("--svg", help="Write a map of the cells.")] = None,
    language: Annotated[str, typer.Option(help="Of the file's headings and the map's legend: zh or en.")] = "zh",
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell who holds the cells, and how far the work is: dwellings visited, submitted, verified, and when all is done.

    Example: fieldsync grid status --area 510107 --by collector --svg progress.svg
    """
    if language not in ("zh", "en"):
        raise BadInput("--language is zh or en. / 语言请填 zh 或 en。")
    with opened(store) as services:
        plans = [{"name": plan.name, "date": plan.date, "cells": len(plan.cells)} for plan in services.cells.plans()]
        pipeline, day = Pipeline.of(services), Day(services.today(), services.settings.zone)
        _count(pipeline, area)
        report = pipeline.progress.report(Asked([area], by, round_), day)
        held = _held(services, [cell.code for cell in pipeline.progress.cells([area])], area)
        names = _names(services, report)
        if csv:
            write_file(csv, as_csv(report, names, language))
        if svg:
            write_file(svg, _map(services, pipeline, report, Asked([area], "cell", report.round), language))
    rows = [figures_of(row, report, names) for row in report.rows]
    total = figures_of(report.total, report, {})
    told = {"plans": plans, **held, "round": report.round, "by": by, "total": total, "rows": rows}
    say(as_json, told, *_lines(plans, held, report))
    if not as_json and report.total.cells:
        console = Console()
        console.width = console.width if console.is_terminal else 160
        console.print(_table(by, rows, total))


def _count(pipeline: Pipeline, area: str) -> None:
    """Count what has changed, however much that is, and show how far it is."""
    codes = [cell.code for cell in pipeline.progress.cells([area])]
    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Counting", total=len(codes))
        for start in range(0, len(codes), _STEP):
            pipeline.progress.counts.refresh(codes[start : start + _STEP], budget=10**12)
            bar.advance(task, _STEP)


def _held(services: Services, codes: list[str], area: str) -> dict[str, int]:
    assignments = services.assignments.by_cell(area)
    figures = Counter({"cells": 0, "held": 0, "draining": 0, "without_holder": 0})
    for code in codes:
        figures.update(_standing(assignments.get(code, []), services.now()))
    return dict(figures)


def _standing(assignments: list[Assignment], now: datetime) -> list[str]:
    """Return what a cell counts as."""
    is_held = any(a.role == "holder" and a.is_active(now) for a in assignments)
    is_draining = any(a.state is State.DRAINING for a in assignments)
    return ["cells", "held" if is_held else "without_holder", *(["draining"] if is_draining else [])]


def _names(services: Services, report: Report) -> dict[str, str]:
    if report.by == "collector":
        shown = {row.key: dict(services.display_of(row.key) or {}) for row in report.rows if row.key}
        return {key: texts.get("zh", "") for key, texts in shown.items()}
    return {code: texts.get("zh", "") for code, texts in services.areas.names().items()}


def _map(services: Services, pipeline: Pipeline, report: Report, asked: Asked, language: str) -> bytes:
    rows = report.rows if report.by == "cell" else pipeline.progress.report(asked, report.day).rows
    geometries = {cell.code: cell.geometry for area in asked.areas for cell in services.cells.within(area)}
    title = " ".join(filter(None, (report.round, str(report.day.today))))
    return progress_map(geometries, rows, title, language).encode()


def _lines(plans: list[dict[str, Any]], held: dict[str, int], report: Report) -> list[str]:
    counts = f"{held['cells']} cells: {held['held']} held, {held['without_holder']} without a holder"
    round_ = f"Round {report.round}." if report.round else "No round has begun here."
    return [
        *(f"Plan {plan['name']} of {plan['date']}: {plan['cells']} cells" for plan in plans),
        f"{counts}; {held['draining']} draining.",
        *([round_] if held["cells"] else []),
    ]


def _table(by: str, rows: list[dict[str, Any]], total: dict[str, Any]) -> Table:
    table = Table(by, "name", "cells", *(column.replace("_", " ") for column in _COLUMNS), "between")
    for column in table.columns[2:]:
        column.justify = "right"
    for row in rows:
        table.add_row(row["key"] or "nobody", row["name"], *_figures(row))
    table.add_section()
    table.add_row("all", "", *_figures(total))
    return table


def _figures(row: dict[str, Any]) -> list[str]:
    between = f"{row['earliest']} – {row['latest'] or 'far'}" if row["finish"] and row["left"] else ""
    shown = ["" if row[name] is None else str(row[name]) for name in ("cells", *_COLUMNS)]
    return [*shown, between]

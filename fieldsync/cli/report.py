"""`fieldsync report progress`, `completeness`, `collectors`, `cases`, `month`, `sealed`: what managers ask for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress as Bar
from rich.table import Table as Drawn

from fieldsync.cli.context import JsonOption, StoreOption, opened, say, write_file
from fieldsync.codes import checked_area
from fieldsync.pipeline import Pipeline
from fieldsync.progress.report import Day
from fieldsync.reporting.files import as_csv, cells, total_cells
from fieldsync.reporting.reports import Question
from fieldsync.reporting.table import Table

AreaOption = Annotated[str, typer.Option(help="Only a district, street, community or cell.")]
CsvOption = Annotated[Path | None, typer.Option("--csv", help="Write it to a file for spreadsheets.")]
LanguageOption = Annotated[str, typer.Option(help="Of headings and names: zh or en.")]
SuppressOption = Annotated[
    bool, typer.Option("--suppress", help="Suppress small counts and round the others: to hand the report on.")
]
RoundOption = Annotated[str | None, typer.Option("--round", help="Default: the last one that has begun.")]


@dataclass(frozen=True, slots=True)
class Way:
    """How a report is given, and of which area."""

    area: AreaOption = ""
    csv: CsvOption = None
    language: LanguageOption = "zh"
    suppress: SuppressOption = False
    store: StoreOption = None
    as_json: JsonOption = False


def given(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that every report has, as its `way`; its own come first in its help."""

    @wraps(command)
    def taken(**options: Any) -> None:
        way = {name: options.pop(name) for name in _WAYS}
        command(**options, way=Way(**way))

    own = [one for one in signature(command, eval_str=True).parameters.values() if one.name != "way"]
    every = [one.replace(kind=Parameter.KEYWORD_ONLY) for one in (*own, *_WAYS.values())]
    vars(taken)["__signature__"] = Signature(every)  # where typer looks for options
    return taken


_WAYS = signature(Way, eval_str=True).parameters


def register(app: typer.Typer) -> None:
    """Add the commands, one for each report."""
    for command in (progress, completeness, collectors, cases, month, sealed):
        app.command(command.__name__)(given(command))


def progress(
    way: Way,
    by: Annotated[str, typer.Option(help="Rows by cell, community, street, district or collector.")] = "street",
    round_: RoundOption = None,
) -> None:
    """Tell where households stand: not started, in progress, submitted, held, contested, waiting, returned, admitted.

    Example: fieldsync report progress --area 510107 --by collector --csv progress.csv
    """
    _give("progress", {"by": by, "round": round_}, way)


def completeness(
    way: Way,
    by: Annotated[str, typer.Option(help="Rows by item, cell, community, street or district.")] = "item",
) -> None:
    """Tell how many documents have an answer to each item, and why the others have none.

    Example: fieldsync report completeness --area 510107001 --language en
    """
    _give("completeness", {"by": by}, way)


def collectors(way: Way, round_: RoundOption = None) -> None:
    """Tell what comes back of each collector's work: findings, contests and returns, as numbers and shares.

    Example: fieldsync report collectors --area 510107 --csv collectors.csv
    """
    _give("collectors", {"round": round_}, way)


def cases(
    way: Way,
    by: Annotated[str, typer.Option(help="Rows by kind, level, cell, community, street or district.")] = "kind",
) -> None:
    """Tell for how many days open cases have been waiting for a person.

    Example: fieldsync report cases --by street
    """
    _give("cases", {"by": by}, way)


def month(
    way: Way,
    month: Annotated[str | None, typer.Argument(help="As 2026-11; default: the present one.")] = None,
    by: Annotated[str, typer.Option(help="Rows by cell, community, street or district.")] = "street",
) -> None:
    """Tell a month's births, arrivals, deaths and departures with the balance of its persons.

    Example: fieldsync report month 2026-11 --area 510107 --csv november.csv
    """
    _give("month", {"by": by, "month": month}, way)


def sealed(
    way: Way,
    by: Annotated[str, typer.Option(help="Rows by form, cell, community, street or district.")] = "form",
) -> None:
    """Tell how many answers to sealed forms there are: agreed, did not, withdrawn; nothing of what they say.

    Example: fieldsync report sealed --area 510107 --suppress
    """
    _give("sealed", {"by": by}, way)


def _give(report: str, wish: dict[str, Any], way: Way) -> None:
    with opened(way.store) as services:
        checked = checked_area(way.area, services.settings.code_pattern) if way.area else ""
        day = Day(services.today(), services.settings.zone)
        question = Question(report, [checked], day, services.now(), language=way.language, **wish)
        reports = Pipeline.of(services).reports
        console = Console(stderr=True)
        with Bar(console=console, transient=True, disable=not console.is_terminal) as bar:
            task = bar.add_task("Reading cells", total=None)
            reports.catch_up(question, lambda done, total: bar.update(task, completed=done, total=total))
        table = reports.table(question, sees_persons=not way.suppress)
    if way.csv:
        write_file(way.csv, as_csv(table, way.language))
    say(way.as_json, table.whole(), *([f"{len(table.rows)} rows are in {way.csv}."] if way.csv else []))
    if not way.as_json and not way.csv:
        _draw(table, way.language)


def _draw(table: Table, language: str) -> None:
    console = Console()
    console.width = console.width if console.is_terminal else 220
    drawn = Drawn(
        title=", ".join(f"{name} {value}" for name, value in table.asked.items() if value and name != "areas")
    )
    for column in table.columns:
        drawn.add_column(column.heading(language), justify="left" if column.measure == "text" else "right")
    for line in table.rows:
        drawn.add_row(*cells(line, table))
    drawn.add_section()
    drawn.add_row(*total_cells(table, language))
    console.print(drawn, markup=False)

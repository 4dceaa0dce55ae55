"""`fieldsync audit`: the books, and the stories behind them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console

from fieldsync.accounting.balance import Month
from fieldsync.accounting.balances import Source
from fieldsync.audit import OUTCOMES, Accounts, Selection
from fieldsync.cli.backup import bar
from fieldsync.cli.balance_table import print_balances
from fieldsync.cli.context import OPERATOR, JsonOption, StoreOption, opened, say
from fieldsync.cli.figure_table import console_for_tables, figure_table
from fieldsync.cli.sharing import shared_audit
from fieldsync.errors import NotFound
from fieldsync.pipeline import Pipeline
from fieldsync.services import Services
from fieldsync.stories import OUTCOME_WORDS

SHOWN = 20
DAY = ["%Y-%m-%d"]
AreaOption = Annotated[str, typer.Option(help="Only the cells of an area: a prefix of their codes.")]
FromOption = Annotated[
    datetime | None, typer.Option("--from", formats=DAY, help="Only what arrived on this day of the city, or later.")
]
ToOption = Annotated[
    datetime | None, typer.Option("--to", formats=DAY, help="Only what arrived on this day of the city, or before.")
]


def register(app: typer.Typer) -> None:
    """Add the command `audit`."""
    app.command("audit")(audit)


def audit(
    store: StoreOption = None,
    area: AreaOption = "",
    collector: Annotated[str | None, typer.Option(help="Only the changes of a collector.")] = None,
    first: FromOption = None,
    last: ToOption = None,
    edit: Annotated[str | None, typer.Option(help="Tell one edit: CELL/DOCUMENT@REVISION.")] = None,
    document: Annotated[str | None, typer.Option(help="Tell one document: CELL/DOCUMENT.")] = None,
    balance: Annotated[bool, typer.Option("--balance", help="Balance the persons of each cell over a month.")] = False,
    month: Annotated[str | None, typer.Option(help="The month, as 2026-11; default: the present one.")] = None,
    of_registry: Annotated[
        bool, typer.Option("--registry", help="Balance what the registry holds, not the cells.")
    ] = False,
    processes: Annotated[int, typer.Option(help="How many processes share the work; 0: as many as help.", min=0)] = 0,
    as_json: JsonOption = False,
) -> None:
    """Account for every change: each has exactly one outcome or visibly waits, or this fails with exit status 1.

    Faults are those of the whole area, whoever wrote and whenever.

    Example: fieldsync audit --area 510107001 --from 2026-11-23 --to 2026-11-24
    """
    chosen = Selection(area, collector, first.date() if first else None, last.date() if last else None)
    with opened(store, once=True) as services:
        _check_there(services, area)
        pipeline = Pipeline.of(services)
        if edit or document:
            _tell(services, pipeline, edit or document or "", as_json)
            return
        if balance:
            source: Source = "registry" if of_registry else "cells"
            raise typer.Exit(0 if _balanced(pipeline, month, area, source, as_json) else 1)
        with bar("batches", None, as_json) as advance:
            accounts = shared_audit(pipeline, store, chosen, processes, lambda _: advance(""))
    if as_json:
        say(True, accounts.report())
    else:
        _print(accounts)
    raise typer.Exit(0 if accounts.adds_up else 1)


def _check_there(services: Services, area: str) -> None:
    """See that there are books: those of a store that nobody meant would balance. Raises NotFound."""
    if not any(name.startswith(f"cell-{area}") for name in services.store.names()):
        where = f"no cell of {area}" if area else "no cell"
        raise NotFound(
            f"There is {where} in this store. Name the right one: --store, FIELDSYNC_STORE, --area."
            " / 该数据库中没有此网格，请指定正确的数据库或区域。"
        )


def _tell(services: Services, pipeline: Pipeline, name: str, as_json: bool) -> None:
    """Tell the story of a document or an edit, and note that. Raises NotFound."""
    steps = _story(pipeline, name)
    services.trail.note(OPERATOR, "document.story", name.partition("@")[0].partition("/")[2])
    say(as_json, {"steps": steps}, *(f"{s['arrived']}  {s['en']}\n{'':26}{s['zh']}" for s in steps))


def _story(pipeline: Pipeline, name: str) -> list[dict[str, Any]]:
    place, _, rev = name.partition("@")
    cell, _, document = place.partition("/")
    steps = pipeline.teller.edit(cell, document, rev) if rev else pipeline.teller.document(cell, document)
    if not steps:
        raise NotFound(
            f"The ledger has nothing about {name}; name it CELL/DOCUMENT or CELL/DOCUMENT@REVISION.",
            zh=f"账簿中没有 {name}；应写作 网格/文档 或 网格/文档@版本。",
        )
    return steps


def _balanced(pipeline: Pipeline, month: str | None, area: str, source: Source, as_json: bool) -> bool:
    """Tell the balance of each cell in a month, of the cells or the registry; returns whether all are balanced."""
    chosen = Month.read(month or pipeline.steps.today()[:7])
    found = []
    with bar("cells", None, as_json) as advance:
        for balance in pipeline.balances.of(chosen, [area], source=source):
            found.append(balance)
            advance("")
    is_balanced = all(one.is_balanced for one in found)
    if as_json:
        say(True, {"balances": [one.report() for one in found], "is_balanced": is_balanced})
        return is_balanced
    print_balances(found)
    return is_balanced


def _print(accounts: Accounts) -> None:
    console = console_for_tables()
    table = figure_table(f"{accounts.edits:,} edits, {accounts.changes:,} changes", "Outcome", ("Changes",))
    for name in OUTCOMES:
        if accounts.outcomes[name]:
            table.add_row(f"{name.replace('_', ' ')} {OUTCOME_WORDS[name][1]}", f"{accounts.outcomes[name]:,}")
    table.add_row("unaccounted 未入账", f"{accounts.unaccounted:,}", style="bold")
    console.print(table)
    for title, grouping in (("Collector", accounts.collectors), ("Cell", accounts.cells), ("Day", accounts.days)):
        _print_grouping(console, title, grouping)
    for fault in accounts.faults[:SHOWN]:
        console.print(fault.told(), style="red", markup=False, soft_wrap=True)
    if len(accounts.faults) > SHOWN:
        console.print(f"and {len(accounts.faults) - SHOWN} more faults; --json lists all")
    console.print("The books balance." if accounts.adds_up else "[bold red]The books do not balance.[/bold red]")


def _print_grouping(console: Console, title: str, grouping: dict[str, Any]) -> None:
    used = [name for name in OUTCOMES if any(counts[name] for counts in grouping.values())]
    table = figure_table(f"By {title.lower()}", title, (*used, "total"))
    for key, counts in sorted(grouping.items()):
        table.add_row(key, *(str(counts[name]) for name in used), str(sum(counts.values())))
    console.print(table)

"""All commands in one program."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import typer

from fieldsync.cli import (
    audit,
    backup,
    bench,
    bench_grid,
    bench_registry,
    bench_work,
    case,
    case_work,
    couch,
    demo,
    device,
    exchange,
    form,
    form_check,
    form_export,
    form_validate,
    grid,
    grid_areas,
    grid_check,
    grid_handover,
    grid_import,
    grid_propose,
    grid_status,
    init,
    keys,
    ledger,
    lot,
    merge,
    registry,
    registry_erase,
    registry_export,
    registry_find,
    registry_history,
    registry_moves,
    registry_revert,
    report,
    retention,
    round_,
    scrub,
    sealed,
    serve,
    staff,
    staff_work,
    store,
    trail,
)
from fieldsync.cli.language import spoken
from fieldsync.errors import BadInput, FieldsyncError

app = typer.Typer(
    name="fieldsync",
    help="Offline-first sync for city field data.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _group(name: str, purpose: str, *parts: Any) -> None:
    group = typer.Typer(help=purpose, no_args_is_help=True)
    for part in parts:
        part.register(group)
    app.add_typer(group, name=name)


for command in (demo, serve, couch, init, audit, merge, backup, scrub):
    command.register(app)
_group("bench", "How fast this is.", bench, bench_registry, bench_grid, bench_work)
_group(
    "grid",
    "Plans, cells and who works them.",
    grid,
    grid_import,
    grid_areas,
    grid_check,
    grid_handover,
    grid_propose,
    grid_status,
)
_group("form", "Forms.", form, form_check, form_validate, form_export)
_group("staff", "Accounts.", staff, staff_work)
_group("device", "Tablets.", device)
_group("round", "Rounds.", round_)
_group("case", "What waits for a person.", case, case_work)
_group("lot", "Many cases at once, by a sample of them.", lot)
_group("ledger", "What came and what became of it.", ledger)
_group("keys", "The installation's keys.", keys)
_group("retention", "What is kept no longer than its form says.", retention)
_group("sealed", "Answers to sealed forms.", sealed)
_group("trail", "Who saw or did what to whom.", trail)
_group("store", "Where everything is kept.", store)
_group("exchange", "Other systems, and what they are told.", exchange)
_group("report", "What managers ask for every day.", report)
_group(
    "registry",
    "The master registry.",
    registry,
    registry_erase,
    registry_export,
    registry_find,
    registry_history,
    registry_moves,
    registry_revert,
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; what fails says so in one line and ends with status 2 for bad input, 1 for all else."""
    try:
        app(args=arguments)
    except FieldsyncError as error:
        typer.echo(f"fieldsync: {error.sentence(spoken())}", err=True)
        sys.exit(2 if isinstance(error, BadInput) else 1)

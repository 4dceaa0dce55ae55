"""`fieldsync bench registry`: import, search, duplicates of one new person and export, on an invented city."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from fieldsync.cli.bench_work import FolderOption, place_for, tell
from fieldsync.cli.context import JsonOption, few_collections, opened
from fieldsync.errors import BadInput


def register(app: typer.Typer) -> None:
    """Add the command `registry`."""
    app.command("registry")(registry)


def registry(
    persons: Annotated[int, typer.Option(min=100, max=2_000_000, help="How many persons.")] = 20_000,
    search_only: Annotated[
        bool, typer.Option("--search-only", help="Put the records straight into the registry: no import, no export.")
    ] = False,
    folder: FolderOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure the registry in this process, on a fresh embedded store: import, search, duplicates, export.

    A person makes 2.7 records.

    Example: fieldsync bench registry --persons 370371 --search-only
    """
    from fieldsync.bench.registry import measure_registry, measure_search

    with place_for(folder) as place:
        if place.exists() and any(place.iterdir()):
            raise BadInput(f"{place} is not empty: name a fresh folder with --folder.")
        quiet = Console(stderr=True).status("making the city")
        with opened(f"sqlite:///{place}") as services, few_collections(), quiet as status:
            measure = measure_search if search_only else measure_registry
            works = list(measure(services, persons, status.update))
    tell(as_json, works)

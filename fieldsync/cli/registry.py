"""`fieldsync registry import`: a city's files enter the registry and the cells."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress as Bar

from fieldsync.cli.context import OPERATOR, JsonOption, StoreOption, few_collections, opened, read_file, say
from fieldsync.errors import BadInput
from fieldsync.importing.mapping import ImportMapping, read_mapping
from fieldsync.pipeline import Pipeline
from fieldsync.registry_import import FILES, Order, Progress, Tally, plain_order

FolderArgument = Annotated[
    Path | None, typer.Argument(help="Folder with the files: buildings.csv, …, or those of the mapping.")
]
MappingOption = Annotated[Path | None, typer.Option("--mapping", help="TOML file: which column is which field.")]
RejectsOption = Annotated[
    Path | None, typer.Option("--rejects", help="Write rows that cannot enter to this CSV file, with the reasons.")
]
SkipOption = Annotated[bool, typer.Option("--skip-rejects", help="Import the other rows; needs --rejects.")]


def register(app: typer.Typer) -> None:
    """Add the command `import` to the group `registry`."""
    app.command("import")(import_folder)


class _Shown(Progress):
    """Draws a bar for each stage of an import."""

    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._tasks = {stage: bar.add_task(stage, total=None) for stage in ("rows", "registry", "cells")}

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Advance a bar."""
        self._bar.update(self._tasks[stage], total=total or None, advance=done)


def import_folder(
    folder: FolderArgument = None,
    mapping: MappingOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything, write nothing.")] = False,
    rejects: RejectsOption = None,
    skip_rejects: SkipOption = False,
    abandon: Annotated[bool, typer.Option("--abandon", help="Give up an import that was interrupted.")] = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import buildings, dwellings, households, persons, stays and events, and preload the cells.

    From CSV, XLSX or Parquet. Nothing is written if any row is faulty, unless --skip-rejects. What the registry has
    already stays as it is. An import that was interrupted goes on where it was when it is run again.

    Example: fieldsync registry import handed-over/ --mapping handed-over/mapping.toml --dry-run --rejects rejects.csv
    """
    if skip_rejects and rejects is None:
        raise BadInput(
            "--skip-rejects needs --rejects FILE: what is left out must be somewhere. / 请用 --rejects 指定问题行文件。"
        )
    with opened(store) as services:
        importer = Pipeline.of(services).importer(frozenset(services.areas.codes()))
        if abandon:
            given_up = importer.abandon()
            say(as_json, {"abandoned": given_up}, "Given up." if given_up else "No import had been interrupted.")
            return
        order = Order(*_mapped(folder, mapping), rejects, skip_rejects, dry_run)
        services.trail.note(OPERATOR, "registry.import", "registry", f"dry_run={dry_run}, skip_rejects={skip_rejects}")
        with Bar(console=Console(stderr=True), transient=True, disable=as_json) as bar, few_collections():
            tally = importer.run(order, services.now(), _Shown(bar))
    say(as_json, _row(tally), *_lines(tally, rejects))


def _mapped(folder: Path | None, mapping: Path | None) -> tuple[ImportMapping, Path]:
    if folder is None and mapping is None:
        raise BadInput(
            "Name the folder with the files, or a --mapping beside them. / 请指定文件夹，或用 --mapping 指定映射文件。"
        )
    place = folder or (mapping.parent if mapping else Path())
    if mapping is None:
        return plain_order(place, FILES), place
    return read_mapping(read_file(mapping), str(mapping)), place


def _row(tally: Tally) -> dict[str, object]:
    told = {"read": tally.read, "new": tally.new, "preloaded": tally.preloaded, "rejected": tally.rejected}
    return {**told, "dry_run": tally.is_dry}


def _lines(tally: Tally, rejects: Path | None) -> list[str]:
    left = [f"{tally.rejected} rows rejected, in {rejects}"] if tally.rejected else []
    if tally.is_dry:
        return [*(f"{kind}: {count} can enter" for kind, count in tally.read.items()), *left, "Nothing was written."]
    counts = [f"{kind}: {tally.read[kind]} read, {tally.new.get(kind, 0)} new" for kind in tally.read]
    return [*counts, *left, f"{tally.preloaded} documents preloaded into their cells"]

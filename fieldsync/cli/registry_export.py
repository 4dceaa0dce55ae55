"""`fieldsync registry export`: records into files for spreadsheets, maps and other programs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress as Bar

from fieldsync.cli.context import OPERATOR, JsonOption, StoreOption, few_collections, opened, say
from fieldsync.codes import checked_area
from fieldsync.errors import BadInput
from fieldsync.exporting.columns import Sensitive
from fieldsync.exporting.walking import Extent
from fieldsync.kinds import Kinds
from fieldsync.moments import read_moment
from fieldsync.pipeline import Pipeline
from fieldsync.registry_export import Wish
from fieldsync.registry_import import FILES, OPTIONAL

_SENSITIVE: tuple[Sensitive, ...] = ("masked", "omitted", "revealed")


def register(app: typer.Typer) -> None:
    """Add the command `export` to the group `registry`."""
    app.command("export")(export)


def export(
    out: Annotated[Path, typer.Argument(help=".csv, .xlsx, .parquet or .geojson; a folder: all kinds as CSV.")],
    kind: Annotated[str | None, typer.Option(help="building, dwelling, household, person, stay or event.")] = None,
    area: Annotated[list[str] | None, typer.Option(help="A district, street, community or cell; repeatable.")] = None,
    at: Annotated[str | None, typer.Option(help="As it was known on a day, or at a time with its zone.")] = None,
    sensitive: Annotated[str, typer.Option(help="Sensitive values: masked, omitted or revealed.")] = "masked",
    reason: Annotated[str, typer.Option(help="Why they are revealed; it stays in the audit trail.")] = "",
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Export records of a kind and an area; cells that a spreadsheet would take for formulas are made texts.

    Example: fieldsync registry export persons.csv --kind person --area 510107001
    """
    shown = next((one for one in _SENSITIVE if one == sensitive), None)
    if shown is None:
        raise BadInput(
            f"--sensitive is one of {', '.join(_SENSITIVE)}, not {sensitive!r}. / --sensitive 应为其中之一。"
        )
    if shown == "revealed" and not reason.strip():
        raise BadInput("Revealing sensitive values needs a reason: --reason. / 显示敏感项须用 --reason 写明理由。")
    with opened(store) as services:
        areas = tuple(checked_area(one, services.settings.code_pattern) for one in area or ())
        moment = read_moment(at, services.settings.zone, "--at")
        flow = Pipeline.of(services)
        wishes = [(file, Wish(Extent(k, areas, moment), f, shown)) for file, k, f in _files(out, kind, flow.kinds)]
        services.trail.note(
            OPERATOR, "registry.export", " ".join(areas) or "registry", f"{sensitive}: {reason or out.name}"
        )
        counts = _write(flow, wishes, quiet=as_json)
    say(as_json, {"exported": counts}, *(f"{count} records in {file}" for file, count in counts.items()))


def _files(out: Path, kind: str | None, kinds: Kinds) -> list[tuple[Path, str, str]]:
    """Return the files to write, each with its kind and format. Raises BadInput."""
    if kind is None:
        if out.suffix:
            raise BadInput("Give --kind, or a folder for all kinds. / 请用 --kind 指定类型，或指定文件夹。")
        shown = [one for one in FILES if one not in OPTIONAL or kinds.lineage(one)]
        return [(out / FILES[one], one, "csv") for one in shown]
    if kind not in FILES:
        raise BadInput(f"--kind is one of {', '.join(FILES)}, not {kind!r:.40}. / --kind 应为其中之一。")
    return [(out, kind, out.suffix.removeprefix(".").lower())]


def _write(flow: Pipeline, wishes: Iterable[tuple[Path, Wish]], *, quiet: bool) -> dict[str, int]:
    counts = {}
    with Bar(console=Console(stderr=True), transient=True, disable=quiet) as bar, few_collections():
        for file, wish in wishes:
            task = bar.add_task(file.name, total=None)
            counts[str(file)] = _write_one(flow, file, wish, partial(bar.advance, task))
    return counts


def _write_one(flow: Pipeline, file: Path, wish: Wish, progress: Callable[[int], None]) -> int:
    """Write a file under another name first, so that a half one is never taken for whole; for its owner alone."""
    draft = file.with_name(f".{file.name}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        draft.touch(mode=0o600)
        with draft.open("wb") as out:
            count = flow.exporter.write(wish, out, progress)
        draft.replace(file)
        return count
    except OSError as error:
        raise BadInput(f"{file} cannot be written: {error.strerror}.", zh=f"无法写入 {file}。") from None
    finally:
        draft.unlink(missing_ok=True)

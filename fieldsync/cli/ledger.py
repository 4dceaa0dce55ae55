"""`fieldsync ledger`: what came when and from whom; archiving what is old and concluded, and reading the archive."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

import msgspec
import typer

from fieldsync.archiving import Archiving
from fieldsync.cli.backup import bar
from fieldsync.cli.context import OPERATOR, JsonOption, StoreOption, opened, say
from fieldsync.documents import home_cell, is_sealed_cell
from fieldsync.errors import BadInput, NotFound
from fieldsync.ledger import Ledger
from fieldsync.pipeline import Pipeline
from fieldsync.services import Services

DAY = ["%Y-%m-%d"]
PlainOption = Annotated[bool, typer.Option("--plain", help="Archive an encrypted store all the same; files are plain.")]


def register(app: typer.Typer) -> None:
    """Add the commands `archive`, `list` and `show` to the group `ledger`."""
    app.command("archive")(archive)
    app.command("list")(list_)
    app.command("show")(show)


def archive(
    before: Annotated[datetime, typer.Argument(formats=DAY, help="Archive what arrived before this day of the city.")],
    area: Annotated[str, typer.Option(help="Only the cells of an area: a prefix of their codes.")] = "",
    plain: PlainOption = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Move what is old and concluded from the ledger to compressed files; may run beside the server, and be repeated.

    Leaves, open changes and what they were made on stay whole; of all else a short form stays. Nothing is lost by an
    interruption: run it again.

    Example: fieldsync ledger archive 2026-01-01
    """
    with opened(store) as services:
        if services.settings.store_key_file and not plain:
            raise BadInput(
                "The archive's files are not encrypted as the store is: keep them so, then use --plain.",
                zh="归档文件不像数据库那样加密：请另行加密保管，然后使用 --plain。",
            )
        pipeline = Pipeline.of(services)
        run = Archiving(services.store, services.ledger, pipeline.cases, pipeline.tallies, services.settings.zone)
        with bar("documents", None, as_json) as advance:
            done = run.run(before.date(), area, lambda _: advance(""))
        folder = str(services.ledger.archive.folder)
    figures = {"files": done.files, "entries": done.entries, "shortened": done.shortened, "dropped": done.dropped}
    told = f"{done.entries} entries went to {done.files} new files in {folder}; {done.shortened} are short now."
    say(as_json, {**figures, "folder": folder}, told, f"Copy {folder} with your backups: fieldsync backup does not.")


def list_(
    tablet: Annotated[str | None, typer.Option(help="What came from a tablet.")] = None,
    day: Annotated[datetime | None, typer.Option(formats=DAY, help="What came on a day of the city.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 1000,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """List what came from a tablet, or on a day, or both: edits in the order of their cells and documents.

    Example: fieldsync ledger list --day 2026-11-23
    """
    if tablet is None and day is None:
        raise BadInput(
            "Name a tablet with --tablet, a day with --day, or both.",
            zh="请用 --tablet 指定平板，或用 --day 指定日期。",
        )
    with opened(store) as services:
        zone = services.settings.zone
        found = services.ledger.arrivals(tablet=tablet, day=day.date() if day else None, zone=zone, limit=limit)
    rows = [{**one, "edit": f"{one['cell']}/{one['document']}@{one['rev']}"} for one in map(msgspec.to_builtins, found)]
    say(as_json, {"edits": rows}, *(f"{r['arrived']}  {r.get('author') or '?'}  {r['edit']}" for r in rows))


def show(
    file: Annotated[str | None, typer.Argument(help="A file of the archive, by its name.")] = None,
    document: Annotated[str | None, typer.Option(help="CELL/DOCUMENT: from the ledger and the archive.")] = None,
    store: StoreOption = None,
) -> None:
    """Write rows of the ledger, one JSON object a line: of a file of the archive, checked first, or of a document.

    Without either, check the whole archive and list its files.

    Example: fieldsync ledger show ledger-2026-11-510107-1.jsonl.gz
    """
    with opened(store) as services:
        if document:
            lines = list(_of_document(services.ledger, document))
            services.trail.note(OPERATOR, "ledger.show", document.partition("/")[2])
            for line in lines:
                typer.echo(line)
        elif file:
            services.trail.note(OPERATOR, "ledger.show", file)
            for _, row in services.ledger.archive.rows(file):
                typer.echo(msgspec.json.encode(row).decode())
        else:
            _list_files(services)


def _of_document(ledger: Ledger, name: str) -> Iterator[str]:
    cell, _, document = name.partition("/")
    if is_sealed_cell(cell):
        raise BadInput(
            f"What is under seal is opened with a reason: fieldsync sealed show {document} --cell {home_cell(cell)}.",
            zh=f"保密内容须说明理由后查看：fieldsync sealed show {document} --cell {home_cell(cell)}。",
        )
    log = ledger.document(cell, document)
    if not log.entries:
        raise NotFound(
            f"The ledger has nothing about {name}; name it CELL/DOCUMENT.", zh=f"账簿中没有 {name}；应写作 网格/文档。"
        )
    rows: list[Any] = [*log.entries.values(), *log.outcomes.values()]
    for row in rows:
        yield msgspec.json.encode(row).decode()


def _list_files(services: Services) -> None:
    held = services.ledger.archive
    count = held.verify()
    for one in held.files():
        typer.echo(msgspec.json.encode(one).decode())
    typer.echo(f"{count} files, all as they were written.", err=True)

"""`fieldsync registry erase` and `file`: what is held about somebody, handed out or destroyed."""

from __future__ import annotations

import sys
from typing import Annotated

import msgspec
import typer

from fieldsync.cli.context import OPERATOR, JsonOption, StoreOption, opened, say
from fieldsync.erasing import Reach
from fieldsync.errors import BadInput
from fieldsync.pipeline import Pipeline
from fieldsync.telling.person_files import file_lines

_Record = Annotated[str, typer.Argument(help="The record's id, as registry find tells it.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the commands `erase` and `file` to the group `registry`."""
    app.command("erase")(erase)
    app.command("file")(file)


def erase(
    record: _Record,
    reason: Annotated[str, typer.Option(help="Why; it stays in the audit trail. Name nobody in it.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Erase now; without it, only tell what would be erased.")] = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Erase all that is known of a person, or what a household told of itself, for good; first tell what that is.

    The key under which it is encrypted is destroyed, also for the archive. Backups made before still hold it: see
    docs/privacy.md. Repeat the command if it was interrupted.

    Example: fieldsync registry erase person:8f01b9e8-78b1-580f-bccb-1e146c0e0337 --reason "request 2026-114" --yes
    """
    with opened(store) as services:
        flow = Pipeline.of(services)
        if not yes:
            reach = flow.erasing.reach(record)
            services.trail.note(OPERATOR, "registry.erasure", record)
            say(
                as_json,
                {"erased": None, "reach": _row(reach)},
                *_lines(reach),
                "Nothing was erased: add --yes for that.",
            )
            return
        if not reason.strip():
            raise BadInput("Erasing needs --reason; it stays in the audit trail.")
        reach = flow.erasing.reach(record)
        erasure = flow.erasing.erase(record, OPERATOR, reason)
        flow.steps.look_for_duplicates()
    done = f"{record} was erased. Tablets let go of it when they sync."
    say(as_json, {"erased": msgspec.to_builtins(erasure), "reach": _row(reach)}, *_lines(reach), done)


def file(
    record: _Record,
    reason: Annotated[str, typer.Option(help="Why it is read; it stays in the audit trail.")] = "",
    language: Annotated[str, typer.Option(help="zh or en.")] = "zh",
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell all that is held about a person or a household, where each value is from, and who saw it.

    Example: fieldsync registry file person:8f01b9e8-78b1-580f-bccb-1e146c0e0337 --reason "request 2026-114"
    """
    if not reason.strip():
        raise BadInput("A person's file shows everything: give --reason; it stays in the audit trail.")
    if language not in ("zh", "en"):
        raise BadInput(f"There is no language {language!r}: give zh or en.")
    with opened(store) as services:
        flow = Pipeline.of(services)
        held = flow.files.of(record)
        services.trail.note(OPERATOR, "registry.file", record, reason)
    say(as_json, held, *file_lines(held, language))
    if not as_json and not sys.stdout.isatty():
        typer.echo("This is personal: keep it for the person it is about.", err=True)


def _row(reach: Reach) -> dict[str, object]:
    return {"records": list(reach.records), "documents": {cell: list(held) for cell, held in reach.documents.items()}}


def _lines(reach: Reach) -> list[str]:
    told = [f"record {record}" for record in reach.records]
    return told + [f"cell {cell}: {document}" for cell, document in reach.all()]

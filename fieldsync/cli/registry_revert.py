"""`fieldsync registry revert`: take back what a form's rule let into a record."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from fieldsync.cli.case_work import areas_of
from fieldsync.cli.context import JsonOption, StoreOption, opened, say
from fieldsync.cli.noting import note_for
from fieldsync.decisions import Verdict
from fieldsync.pipeline import Pipeline


def register(app: typer.Typer) -> None:
    """Add the command `revert` to the group `registry`."""
    app.command("revert")(revert)


def revert(
    record: Annotated[str, typer.Argument(help="The record's id.")],
    items: Annotated[list[str], typer.Argument(help="The items whose values are taken back.")],
    by: Annotated[str, typer.Option(help="The reviewer or supervisor who takes them back.")],
    reason: Annotated[str, typer.Option(help="What the collector will read.")],
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take back values that went in by the form's rule; what a case admitted is for `fieldsync case revert`.

    Example: fieldsync registry revert person:8f01… phone --reason "It is the neighbour's" --by wu.min
    """
    with opened(store) as services:
        verdict = Verdict(by, areas_of(services, by), "revert", reason, [{"item": item} for item in items])
        reversal = Pipeline.of(services).steps.revert_record(record, verdict)
        note_for(services, by, "registry.revert", record)
    named = ", ".join(item["item"] for item in reversal.items)
    say(as_json, msgspec.to_builtins(reversal), f"{reversal.id}  {record}: {named} taken back")

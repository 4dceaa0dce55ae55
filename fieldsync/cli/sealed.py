"""`fieldsync sealed`: answers to sealed forms, listed, and opened one at a time with a reason."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from fieldsync.cli.context import OPERATOR, JsonOption, StoreOption, opened, say
from fieldsync.cli.language import spoken
from fieldsync.codes import checked_area
from fieldsync.documents import home_cell
from fieldsync.pipeline import Pipeline


def register(app: typer.Typer) -> None:
    """Add the commands of the group `sealed`."""
    app.command("list")(list_)
    app.command("show")(show)


def list_(
    area: Annotated[str, typer.Option(help="Only the cells of an area, such as 510107001.")] = "",
    after: Annotated[str, typer.Option(help="Go on after this key, the last one of the list before.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 1000,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the answers to sealed forms without what they say: of which form, about whom, and whether they agreed.

    Whom the list showed is in the audit trail.

    Example: fieldsync sealed list --area 510107001
    """
    with opened(store) as services:
        checked = checked_area(area, services.settings.code_pattern) if area else ""
        rows = Pipeline.of(services).sealed_answers.listed([checked], OPERATOR, after, limit)
    lines = [f"{r['cell']}  {r['answer']}  {r['form']}  {r['about']}  {r['consent']}  {r['at']}" for r in rows]
    say(as_json, {"answers": rows}, *(lines or ["There are none."]))


def show(
    answer: Annotated[str, typer.Argument(help="The answer's id, as the list tells it.", show_default=False)],
    cell: Annotated[str, typer.Option(help="The code of its cell.")],
    reason: Annotated[str, typer.Option(help="Why it is opened; it stays in the audit trail. Name nobody in it.")] = "",
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Open one answer to a sealed form; who did, and why, is in the audit trail.

    Example: fieldsync sealed show answer:8f01b9e8-78b1-580f-bccb-1e146c0e0337 --cell 510107001004001 --reason "visit"
    """
    with opened(store) as services:
        shown = Pipeline.of(services).sealed_answers.read(home_cell(cell), answer, OPERATOR, reason)
    say(as_json, shown, *_lines(shown, spoken()))
    if not as_json and not sys.stdout.isatty():
        typer.echo("This was told in confidence: hand it to nobody.", err=True)


def _lines(shown: dict[str, Any], language: str) -> list[str]:
    head = f"{shown['form']} {shown['version']}, about {shown['about']}, {shown['at']}, by {shown['by']}"
    return [head, *(f"  {one['question'][language]}: {one['answer'][language]}" for one in shown["told"])]

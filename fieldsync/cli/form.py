"""`fieldsync form publish`: forms enter the installation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from fieldsync.cli.context import OPERATOR, JsonOption, StoreOption, opened, read_file, say
from fieldsync.forms import Published


def register(app: typer.Typer) -> None:
    """Add the command `publish` to the group `form`."""
    app.command("publish")(publish)


def publish(
    files: Annotated[list[Path], typer.Argument(help="Workbooks (XLSForm).", show_default=False)],
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Publish forms and put them in use; the same version with the same content again is fine.

    Example: fieldsync form publish person.xlsx household.xlsx
    """
    workbooks = [(path.name, read_file(path)) for path in files]
    with opened(store) as services:
        published: list[Published] = []
        for filename, workbook in workbooks:
            published.append(services.forms.publish(workbook, filename, OPERATOR))
            services.rounds.deliver_form(published[-1].spec.id)
    say(as_json, {"forms": [_row(each) for each in published]}, *(line for each in published for line in _lines(each)))


def _row(published: Published) -> dict[str, Any]:
    spec = published.spec
    return {"id": spec.id, "version": spec.version, "new": published.new, "warnings": published.warnings}


def _lines(published: Published) -> list[str]:
    state = "published" if published.new else "published already"
    warnings = [f"  warning: {warning}" for warning in published.warnings]
    return [f"{published.spec.id} {published.spec.version}: {state}.", *warnings]

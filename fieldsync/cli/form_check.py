"""`fieldsync form check`: what is wrong with a form."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from fieldsync.cli.form_file import fail, place, read_form_file, sentence, words
from fieldsync.cli.form_outline import outline
from fieldsync.cli.language import Language, spoken
from forms_spec import (
    Checked,
    Fault,
    FormSpec,
)

FormFile = Annotated[Path, typer.Argument(help="An XLSForm: .xlsx, .xlsm, .xls, .csv or .md.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Write one JSON object.")]


_UNREADABLE = "workbook-"
"""How the codes of faults begin that keep a workbook from being opened."""


def register(app: typer.Typer) -> None:
    """Add the command `check` to the group `form`."""
    app.command("check")(check_form)


def check_form(
    file: FormFile,
    as_json: AsJson = False,
    as_tree: Annotated[bool, typer.Option("--print", help="Draw the form as a tree.")] = False,
    lang: Annotated[Language | None, typer.Option(help="One language; default: both.", show_default=False)] = None,
) -> None:
    """Check an XLSForm, with the bind::fs: columns that say how items merge and who admits them.

    Files that the form names (choices from CSV, XML, GeoJSON) are read from its folder.

    Exit status: 0 clean or warnings only, 1 errors found, 2 the file cannot be read.

    Example: fieldsync form check person.xlsx --print --lang zh
    """
    with _waiting(as_json):
        checked = read_form_file(file, lang or spoken())
    if as_json:
        typer.echo(json.dumps(_summary(checked), ensure_ascii=False))
    if checked.spec is None and checked.errors[0].code.startswith(_UNREADABLE):
        fail(f"{file}: {sentence(checked.errors[0], lang or spoken())}")
    if not as_json:
        _show_form(file, checked, as_tree, lang or "")
    if checked.errors:
        raise typer.Exit(1)


def _waiting(quiet: bool) -> AbstractContextManager[object]:
    return nullcontext() if quiet else Console(stderr=True).status("Reading the form …")


def _summary(checked: Checked) -> dict[str, Any]:
    spec = checked.spec
    return {
        "form": spec.id if spec else None,
        "version": spec.version if spec else None,
        "title": spec.title if spec else {},
        "languages": list(spec.languages) if spec else [],
        "retention": spec.retention if spec else None,
        "fields": msgspec.to_builtins(spec.fields) if spec else [],
        "errors": msgspec.to_builtins(checked.errors),
        "warnings": msgspec.to_builtins(checked.warnings),
        "sealed": bool(spec and spec.sealed),
    }


def _show_form(file: Path, checked: Checked, as_tree: bool, language: str) -> None:
    console = Console()
    if checked.spec is not None:
        console.print(outline(checked.spec, language) if as_tree else _field_table(checked.spec))
    for title, faults in (("Errors", checked.errors), ("Warnings", checked.warnings)):
        if faults:
            console.print(_fault_table(title, faults, language))
    count = len(checked.spec.fields) if checked.spec else 0
    said = f"{file}: {count} fields, {len(checked.errors)} errors, {len(checked.warnings)} warnings"
    console.print(said, highlight=False, soft_wrap=True, markup=False)


def _field_table(spec: FormSpec) -> Table:
    title = " / ".join(dict.fromkeys(spec.title.values()))
    kept = f", kept {spec.retention}" if spec.retention else ""
    table = _table("field", "type", "label", "rules", "marks", title=f"{title} ({spec.id} {spec.version}{kept})")
    for field in spec.fields:
        label = " / ".join(dict.fromkeys(field.labels.values()))
        rules = [name for name in ("required", "relevant", "constraint", "calculation") if getattr(field, name)]
        marks = [
            f"{name} {value}" for name in ("merge", "group", "owner", "code", "ref") if (value := getattr(field, name))
        ]
        marks += [name for name in ("key", "sensitive") if getattr(field, name)]
        marks += [f"admit {field.admit}"] if field.admit != "auto" else []
        table.add_row(field.name, field.type, escape(label), ", ".join(rules), escape(", ".join(marks)))
    return table


def _table(*headers: str, title: str) -> Table:
    table = Table(title=escape(title), show_lines=True)
    for header in headers:
        table.add_column(header, overflow="fold")
    return table


def _fault_table(title: str, faults: Sequence[Fault], language: str) -> Table:
    table = _table("where", "what", "remedy", title=title)
    languages = [language] if language else ["en", "zh"]
    for fault in faults:
        said = [words(fault, each) for each in languages]
        what, remedy = ("\n".join(parts) for parts in zip(*said, strict=True))
        table.add_row(escape(place(fault, language or "en")), escape(what), escape(remedy))
    return table

"""`fieldsync form check` and `fieldsync form validate`: what is wrong with a form, and with records by its rules."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, NoReturn

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from forms_spec import (
    Checked,
    Fault,
    Finding,
    FormSpec,
    Record,
    UnreadableRecordsError,
    Validator,
    read_form_limited,
    read_records,
)

FormFile = Annotated[Path, typer.Argument(help="An XLSForm: .xlsx, .xlsm, .xls, .csv or .md.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Write one JSON object.")]


_UNREADABLE = "workbook-"
"""How the codes of faults begin that keep a workbook from being opened."""


def register(app: typer.Typer) -> None:
    """Add the commands `check` and `validate` to the group `form`."""
    app.command("check")(check_form)
    app.command("validate")(validate_records)


def check_form(file: FormFile, as_json: AsJson = False) -> None:
    """Check an XLSForm, with the bind::fs: columns that say how items merge and who admits them.

    Exit status: 0 clean or warnings only, 1 errors found, 2 the file cannot be read.

    Example: fieldsync form check person.xlsx --json
    """
    checked = read_form_limited(_content(file), file.name)
    if as_json:
        typer.echo(json.dumps(_summary(checked), ensure_ascii=False))
    if checked.spec is None and checked.errors[0].code.startswith(_UNREADABLE):
        _fail(f"{file}: {_sentence(checked.errors[0])}")
    if not as_json:
        _show_form(file, checked)
    if checked.errors:
        raise typer.Exit(1)


def validate_records(
    form: FormFile,
    records: Annotated[
        Path,
        typer.Argument(help='JSON lines of {"data": {…}, "missing": {…}}, or CSV.', show_default=False),
    ],
    as_json: AsJson = False,
    today: Annotated[str, typer.Option(help="The date of today(), YYYY-MM-DD; default: the real one.")] = "",
) -> None:
    """Check records by a form's rules: type, choice, required, relevant, constraint.

    Exit status: 0 clean or warnings only, 1 errors found, 2 the form or the records cannot be read.

    Example: fieldsync form validate person.xlsx persons.jsonl --json
    """
    spec = _form_without_errors(form)
    day = _day(today)
    try:
        read = list(read_records(_content(records), records.name))
    except UnreadableRecordsError as error:
        _fail(str(error))
    found = _validate(spec, read, day, quiet=as_json)
    if as_json:
        typer.echo(json.dumps(_findings_summary(spec, found), ensure_ascii=False))
    else:
        _show_findings(records, spec, found)
    if any(finding.severity == "error" for _, findings in found for finding in findings):
        raise typer.Exit(1)


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        _fail(f"{file} cannot be read ({error.strerror}); name a readable file.")


def _fail(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(2)


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat() if text else date.today().isoformat()
    except ValueError:
        _fail(f"--today {text} is no date; write YYYY-MM-DD.")


def _form_without_errors(file: Path) -> FormSpec:
    checked = read_form_limited(_content(file), file.name)
    if checked.spec is None or checked.errors:
        first = checked.errors[0]
        _fail(f"{file} has {len(checked.errors)} error(s); see fieldsync form check. First: {_sentence(first)}")
    return checked.spec


def _sentence(fault: Fault) -> str:
    place = _place(fault)
    return f"{place}: {fault.message} {fault.remedy}" if place else f"{fault.message} {fault.remedy}"


def _place(fault: Fault) -> str:
    row = f"row {fault.row}" if fault.row else ""
    return ", ".join(part for part in (fault.sheet, row, fault.column) if part)


def _summary(checked: Checked) -> dict[str, Any]:
    spec = checked.spec
    return {
        "form": spec.id if spec else None,
        "version": spec.version if spec else None,
        "title": spec.title if spec else {},
        "languages": list(spec.languages) if spec else [],
        "fields": msgspec.to_builtins(spec.fields) if spec else [],
        "errors": msgspec.to_builtins(checked.errors),
        "warnings": msgspec.to_builtins(checked.warnings),
    }


def _show_form(file: Path, checked: Checked) -> None:
    console = Console()
    if checked.spec is not None:
        console.print(_field_table(checked.spec))
    for title, faults in (("Errors", checked.errors), ("Warnings", checked.warnings)):
        if faults:
            console.print(_fault_table(title, faults))
    count = len(checked.spec.fields) if checked.spec else 0
    said = f"{file}: {count} fields, {len(checked.errors)} errors, {len(checked.warnings)} warnings"
    console.print(said, highlight=False, soft_wrap=True, markup=False)


def _field_table(spec: FormSpec) -> Table:
    title = " / ".join(dict.fromkeys(spec.title.values()))
    table = _table("field", "type", "label", "rules", "marks", title=f"{title} ({spec.id} {spec.version})")
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


def _fault_table(title: str, faults: Sequence[Fault]) -> Table:
    table = _table("where", "what", "remedy", title=title)
    for fault in faults:
        what, remedy = f"{fault.message}\n{fault.message_zh}", f"{fault.remedy}\n{fault.remedy_zh}"
        table.add_row(escape(_place(fault)), escape(what), escape(remedy))
    return table


def _validate(
    spec: FormSpec, records: Sequence[Record], today: str, *, quiet: bool
) -> list[tuple[Record, list[Finding]]]:
    validator = Validator(spec)
    with Progress(transient=True, disable=quiet, console=Console(stderr=True)) as progress:
        followed: Iterable[Record] = progress.track(records, description="Checking")
        return [(record, validator.findings(record.data, record.missing, today)) for record in followed]


def _findings_summary(spec: FormSpec, found: Sequence[tuple[Record, list[Finding]]]) -> dict[str, Any]:
    severities = [finding.severity for _, findings in found for finding in findings]
    return {
        "form": spec.id,
        "version": spec.version,
        "records": [
            {"record": record.number, "id": record.id, "findings": msgspec.to_builtins(findings)}
            for record, findings in found
        ],
        "errors": severities.count("error"),
        "warnings": severities.count("warning"),
    }


def _show_findings(file: Path, spec: FormSpec, found: Sequence[tuple[Record, list[Finding]]]) -> None:
    console = Console()
    table = _table("record", "field", "finding", "severity", "message", title=f"Findings ({spec.id} {spec.version})")
    for record, findings in found:
        for finding in findings:
            message = f"{finding.message.get('en', '')}\n{finding.message.get('zh', '')}"
            table.add_row(
                escape(record.id or str(record.number)),
                escape(finding.field),
                finding.code,
                finding.severity,
                escape(message),
            )
    if table.row_count:
        console.print(table)
    said = f"{file}: {len(found)} records, {table.row_count or 'no'} findings"
    console.print(said, highlight=False, soft_wrap=True, markup=False)

"""`fieldsync form validate`: what is wrong with records, by the rules of their form."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from fieldsync.cli.context import settings_with
from fieldsync.cli.form_check import AsJson, FormFile
from fieldsync.cli.form_file import fail, in_words, read_file, spec_of
from fieldsync.cli.language import Language, spoken
from forms_spec import (
    Circumstances,
    Finding,
    FormSpec,
    Record,
    UnreadableRecordsError,
    Validator,
    WorkbookRecords,
    read_records,
    read_workbook_records_limited,
)

_SHOWN = 200
"""How many findings the table has; --json has all."""

_LARGEST = 256 << 20
"""The largest file of records in bytes; workbooks have a smaller limit of their own."""

Found = Sequence[tuple[Record, list[Finding]]]


def register(app: typer.Typer) -> None:
    """Add the command `validate` to the group `form`."""
    app.command("validate")(validate_records)


def validate_records(
    form: FormFile,
    records: Annotated[
        Path,
        typer.Argument(
            help='JSON lines of {"data": {…}, "missing": {…}}, CSV, or a workbook with a sheet for each repeat.',
            show_default=False,
        ),
    ],
    as_json: AsJson = False,
    today: Annotated[str, typer.Option(help="The date of today(), YYYY-MM-DD; default: the real one.")] = "",
    lang: Annotated[Language | None, typer.Option(help="One language; default: both.", show_default=False)] = None,
) -> None:
    """Check records by a form's rules: type, choice, required, relevant, constraint, calculation, number of members.

    Exit status: 0 clean or warnings only, 1 errors found, 2 the form or the records cannot be read.

    Example: fieldsync form validate survey.xlsx answers.xlsx --json
    """
    language = lang or spoken()
    at = _circumstances(today, language)
    spec = spec_of(form, language)
    read = _read(records, spec, language, quiet=as_json)
    found = _validate(spec, read.records, at, quiet=as_json)
    if as_json:
        typer.echo(json.dumps(_summary(spec, read, found), ensure_ascii=False))
    else:
        _show(records, spec, read, found, lang or "")
    if any(finding.severity == "error" for _, findings in found for finding in findings):
        raise typer.Exit(1)


def _circumstances(today: str, language: str) -> Circumstances:
    try:
        day = date.fromisoformat(today) if today else date.today()
    except ValueError:
        english = f"--today {today} is no date; write YYYY-MM-DD."
        fail(in_words(language, english, f"--today {today} 不是日期；请写 YYYY-MM-DD。"))
    end = datetime.combine(day, time(), settings_with().zone) + timedelta(days=1) - timedelta(milliseconds=1)
    return Circumstances(end)


def _read(records: Path, spec: FormSpec, language: str, *, quiet: bool) -> WorkbookRecords:
    with Console(stderr=True, quiet=quiet).status("Reading the records …"):
        content = read_file(records, language, _LARGEST + 1)
        try:
            return _read_any(content, records, spec)
        except UnreadableRecordsError as error:
            fail(in_words(language, str(error), error.chinese))


def _read_any(content: bytes, records: Path, spec: FormSpec) -> WorkbookRecords:
    suffix = records.suffix.lower()
    if suffix in (".xlsx", ".xlsm"):
        return read_workbook_records_limited(content, records.name, spec)
    if suffix in (".xls", ".ods"):
        raise UnreadableRecordsError(
            f"{records.name} is no .xlsx; open it in a spreadsheet program and save it as .xlsx, or as CSV.",
            f"{records.name} 不是 .xlsx；请用电子表格软件打开并另存为 .xlsx 或 CSV。",
        )
    if len(content) > _LARGEST:
        raise UnreadableRecordsError(
            f"{records.name} has more than {_LARGEST:,} bytes; split it into several files.",
            f"{records.name} 超过 {_LARGEST:,} 字节；请拆分为几个文件。",
        )
    return WorkbookRecords(list(read_records(content, records.name)))


def _validate(spec: FormSpec, records: Sequence[Record], at: Circumstances, *, quiet: bool) -> Found:
    validator = Validator(spec)
    with Progress(transient=True, disable=quiet, console=Console(stderr=True)) as progress:
        followed: Iterable[Record] = progress.track(records, description="Checking")
        return [
            (record, validator.findings(record.data, record.missing, replace(at, seed=record.id)))
            for record in followed
        ]


def _summary(spec: FormSpec, read: WorkbookRecords, found: Found) -> dict[str, Any]:
    severities = [finding.severity for _, findings in found for finding in findings]
    return {
        "form": spec.id,
        "version": spec.version,
        "records": [
            {"record": record.number, "id": record.id, "findings": msgspec.to_builtins(findings)}
            for record, findings in found
        ],
        "unknown_columns": read.unknown_columns,
        "errors": severities.count("error"),
        "warnings": severities.count("warning"),
    }


def _show(file: Path, spec: FormSpec, read: WorkbookRecords, found: Found, language: str) -> None:
    console = Console()
    table = Table(title=escape(f"Findings ({spec.id} {spec.version})"), show_lines=True)
    for header in ("record", "field", "finding", "severity", "message"):
        table.add_column(header, overflow="fold")
    rows = [(record, finding) for record, findings in found for finding in findings]
    for record, finding in islice(rows, _SHOWN):
        message = "\n".join(finding.message[each] for each in ([language] if language else ["en", "zh"]))
        name = record.id or str(record.number)
        table.add_row(escape(name), escape(finding.field), finding.code, finding.severity, escape(message))
    if rows:
        console.print(table)
    for line in _last_lines(file, read, found, len(rows)):
        console.print(line, highlight=False, soft_wrap=True, markup=False)


def _last_lines(file: Path, read: WorkbookRecords, found: Found, count: int) -> Iterable[str]:
    if count > _SHOWN:
        yield f"The first {_SHOWN} findings are shown; --json has all {count:,}."
    for sheet, columns in read.unknown_columns.items():
        yield f"sheet {sheet}: columns that are no questions: {', '.join(columns)}"
    yield f"{file}: {len(found)} records, {count or 'no'} findings"

"""Write a form of the sample as an XLSForm workbook whose bytes depend on nothing but the form.

The parts are stored uncompressed with a fixed time, so that neither the clock nor the version of
zlib shows in the file.
"""

import re
import zipfile
from collections.abc import Iterator
from datetime import datetime
from io import BytesIO

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.worksheet import Worksheet

from fieldsync.sample.forms.sheet import VERSION, CodeList, Form, Question, Text

ENGLISH, CHINESE = "English (en)", "中文 (zh)"
_MADE = datetime(2026, 11, 1)
_STAMP = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
_WIDTHS = {"type": 28, "name": 24, "constraint": 44, "relevant": 44}

_SURVEY = (
    "type",
    "name",
    f"label::{CHINESE}",
    f"label::{ENGLISH}",
    "required",
    "relevant",
    "constraint",
    f"constraint_message::{CHINESE}",
    f"constraint_message::{ENGLISH}",
    "appearance",
    "read_only",
    "bind::fs:merge",
    "bind::fs:group",
    "bind::fs:key",
    "bind::fs:owner",
    "bind::fs:admit",
    "bind::fs:admit-first",
    "bind::fs:sensitive",
    "bind::fs:code",
    "bind::fs:ref",
)
_IN_SEALED = (f"hint::{CHINESE}", f"hint::{ENGLISH}", "bind::fs:consent")
"""Columns that only sealed forms have."""
_CHOICES = ("list_name", "name", f"label::{CHINESE}", f"label::{ENGLISH}")


def workbook_of(form: Form) -> bytes:
    """Return the XLSForm workbook of a form; the same form gives the same bytes."""
    book = Workbook()
    survey = book.active
    survey.title = "survey"
    headers = (*_SURVEY, *_IN_SEALED) if form.sealed else _SURVEY
    _fill(survey, headers, [_survey_row(question, headers) for question in form.questions])
    _fill(book.create_sheet("choices"), _CHOICES, list(_choice_rows(form)))
    settings = _settings(form)
    _fill(book.create_sheet("settings"), tuple(settings), [tuple(settings.values())])
    book.properties.creator = "fieldsync"
    book.properties.created = _MADE
    packed = BytesIO()
    book.save(packed)
    return _without_clock(packed.getvalue())


def _survey_row(question: Question, headers: tuple[str, ...]) -> tuple[str, ...]:
    cells = {
        "type": f"{question.type} {question.choices.name}" if question.choices else question.type,
        "name": question.name,
        "required": question.required,
        "relevant": question.relevant,
        "appearance": question.appearance,
        "read_only": "yes" if question.read_only else "",
        "bind::fs:code": question.choices.standard if question.choices else "",
    }
    cells |= _translated("label", question.label) | _marks(question)
    if question.hint:
        cells |= _translated("hint", question.hint)
    if question.constraint:
        cells["constraint"] = question.constraint.expression
        cells |= _translated("constraint_message", question.constraint.message)
    return tuple(cells.get(header, "") for header in headers)


def _translated(column: str, text: Text) -> dict[str, str]:
    return {f"{column}::{ENGLISH}": text.en, f"{column}::{CHINESE}": text.zh}


def _marks(question: Question) -> dict[str, str]:
    marks = question.marks
    return {
        "bind::fs:merge": marks.merge,
        "bind::fs:group": marks.group,
        "bind::fs:key": "yes" if marks.key else "",
        "bind::fs:owner": marks.owner,
        "bind::fs:admit": marks.admit,
        "bind::fs:admit-first": marks.admit_first,
        "bind::fs:sensitive": "yes" if marks.sensitive else "",
        "bind::fs:ref": marks.ref,
        "bind::fs:consent": marks.consent,
    }


def _choice_rows(form: Form) -> Iterator[tuple[str, ...]]:
    lists: dict[str, CodeList] = {
        question.choices.name: question.choices for question in form.questions if question.choices
    }
    for codes in lists.values():
        for value, chinese, english in codes.codes:
            yield codes.name, value, chinese, english


def _settings(form: Form) -> dict[str, str]:
    return {
        "form_title": form.title.zh,
        "form_id": form.id,
        "version": VERSION,
        "default_language": CHINESE,
        "namespaces": 'fs="https://fieldsync.example/ns"',
        "attribute::fs:title-zh": form.title.zh,
        "attribute::fs:title-en": form.title.en,
        **({"attribute::fs:sealed": "yes"} if form.sealed else {}),
    }


def _fill(sheet: Worksheet, headers: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    sheet.append(headers)
    for row in rows:
        sheet.append([cell or None for cell in row])
    sheet.freeze_panes = "A2"
    for number, header in enumerate(headers, 1):
        cell = sheet.cell(row=1, column=number)
        cell.font, cell.alignment = Font(bold=True), Alignment(vertical="top")
        sheet.column_dimensions[cell.column_letter].width = _WIDTHS.get(header, 20)


def _without_clock(packed: bytes) -> bytes:
    repacked = BytesIO()
    with zipfile.ZipFile(BytesIO(packed)) as source, zipfile.ZipFile(repacked, "w", zipfile.ZIP_STORED) as target:
        for name in sorted(source.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            content = source.read(name)
            if name == "docProps/core.xml":
                content = _STAMP.sub(rb"\g<1>" + _MADE.strftime("%Y-%m-%dT%H:%M:%SZ").encode(), content)
            part = zipfile.ZipInfo(name, date_time=_MADE.timetuple()[:6])
            part.external_attr = 0o600 << 16
            target.writestr(part, content)
    return repacked.getvalue()

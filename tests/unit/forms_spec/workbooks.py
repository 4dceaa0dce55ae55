"""Forms for the tests, written as the sheets an author would see."""

from io import BytesIO

from openpyxl import Workbook

from forms_spec.faults import Checked
from forms_spec.spec import FormSpec
from forms_spec.xlsform import read_form

SETTINGS = {"form_id": "test", "version": "1", "namespaces": 'fs="https://fieldsync.example/ns"'}


def workbook(survey: list[dict[str, str]], choices: list[dict[str, str]] | None = None, **settings: str) -> bytes:
    """Return an XLSForm as an Excel workbook."""
    book = Workbook()
    sheets = {"survey": survey, "choices": choices or [], "settings": [SETTINGS | settings]}
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        headers = list(dict.fromkeys(header for row in rows for header in row))
        for row in [dict(zip(headers, headers, strict=True)), *rows]:
            sheet.append([row.get(header) for header in headers])
    del book["Sheet"]
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def checked(survey: list[dict[str, str]], choices: list[dict[str, str]] | None = None, **settings: str) -> Checked:
    """Check a form given as sheets."""
    return read_form(workbook(survey, choices, **settings), "test.xlsx")


def spec_of(survey: list[dict[str, str]], choices: list[dict[str, str]] | None = None, **settings: str) -> FormSpec:
    """Read a form that has no errors."""
    found = checked(survey, choices, **settings)
    assert found.spec is not None
    assert found.errors == ()
    return found.spec


def question(type_: str, name: str, **columns: str) -> dict[str, str]:
    """Return a row of the survey sheet; underscores of `fs_admit_first` become `bind::fs:admit-first`."""
    marks = {key: value for key, value in columns.items() if key.startswith("fs_")}
    renamed = {f"bind::fs:{key[3:].replace('_', '-')}": value for key, value in marks.items()}
    others = {key: value for key, value in columns.items() if key not in marks}
    return {"type": type_, "name": name, "label": name.title(), **others, **renamed}


YES_NO = [
    {"list_name": "yes_no", "name": "yes", "label": "Yes"},
    {"list_name": "yes_no", "name": "no", "label": "No"},
]

"""Read an XLSForm workbook: bounds, pyxform, our own columns, and the XForm that comes of it.

`read_form` works in this process; give what strangers send to `xlsform_limited.read_form_limited`.
"""

from collections.abc import Callable
from dataclasses import fields as dataclass_fields
from io import BytesIO
from pathlib import PurePath
from typing import Any

from pyxform.errors import PyXFormError
from pyxform.xls2json_backends import DefinitionData, get_xlsform
from pyxform.xls2xform import convert

from forms_spec.bounds import check_bounds, no_sheets
from forms_spec.checks import check_spec, review_spec
from forms_spec.columns import check_cells, check_headers
from forms_spec.faults import Checked, Fault
from forms_spec.pyxform_faults import error_of, warning_of
from forms_spec.sheets import SurveyRow, survey_rows
from forms_spec.xform import UnreadableFormError, read_xform

_NO_SHEETS = "was not recognized as a supported type"
"""What pyxform says of a file that it finds no sheets in."""


def read_form(workbook: bytes, filename: str) -> Checked:
    """Read and check an XLSForm; the suffix of `filename` says what kind of file it is.

    Every fault is a value: a form that cannot be read at all has `spec` None and errors. Only running out of
    memory is raised, as MemoryError.
    """
    fault = check_bounds(workbook, filename)
    if fault is not None:
        return Checked(None, (fault,))
    suffix = PurePath(filename).suffix.lower()
    sheets = _guarded(lambda: get_xlsform(BytesIO(workbook), file_type=suffix))
    if isinstance(sheets, Fault) and _NO_SHEETS in sheets.message:
        return Checked(None, (no_sheets(suffix),))
    return Checked(None, (sheets,)) if isinstance(sheets, Fault) else _read_sheets(sheets)


def _read_sheets(sheets: DefinitionData) -> Checked:
    rows = list(survey_rows(list(sheets.survey or [])))
    headers = [header for names in sheets.survey_header or [] for header in names]
    namespaces = "".join(str(settings.get("namespaces", "")) for settings in sheets.settings or [])
    faults = [*check_headers(headers, namespaces), *check_cells(rows, headers)]
    if any(fault.code == "namespace-missing" for fault in faults):
        return Checked(None, tuple(faults))
    notes: list[str] = []
    # Not asdict, which copies every cell of long choice lists.
    content = {part.name: getattr(sheets, part.name) for part in dataclass_fields(sheets)}
    converted = _guarded(lambda: convert(content, warnings=notes))
    if isinstance(converted, Fault):
        return Checked(None, (*faults, converted))
    return _check_xform(converted.xform.encode(), rows, faults, [warning_of(note) for note in notes])


def _check_xform(xform: bytes, rows: list[SurveyRow], errors: list[Fault], warnings: list[Fault]) -> Checked:
    try:
        spec = read_xform(xform)
    except UnreadableFormError as error:
        return Checked(None, (*errors, error_of(str(error))), tuple(warnings))
    numbers: dict[str, int] = {}
    for row in rows:
        numbers.setdefault(row.path, row.number)

    def row_of(path: str) -> int | None:
        return numbers.get(path.split("/", 2)[-1])

    return Checked(
        spec,
        (*errors, *check_spec(spec, row_of)),
        (*warnings, *review_spec(spec, row_of)),
    )


def _guarded(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except PyXFormError as error:
        return error_of(str(error))
    except MemoryError:
        raise
    # Malformed sheets make pyxform and openpyxl fail in many ways; to the form's author they are all one.
    except Exception as error:
        return error_of(f"The workbook cannot be converted: {type(error).__name__}: {str(error)[:300]}")

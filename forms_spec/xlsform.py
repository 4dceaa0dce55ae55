"""Read an XLSForm workbook: bounds, pyxform, our own columns, and the XForm that comes of it.

`read_form` works in this process; give what strangers send to `xlsform_limited.read_form_limited`.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields as dataclass_fields
from io import BytesIO
from pathlib import PurePath
from typing import Any

from pyxform.errors import PyXFormError
from pyxform.xls2json_backends import DefinitionData, get_xlsform
from pyxform.xls2xform import convert

from forms_spec.bounds import check_bounds, no_sheets
from forms_spec.checks import check_spec, review_spec
from forms_spec.code_lists import review_codes
from forms_spec.columns import check_cells, check_headers, review_headers
from forms_spec.external_files import with_files
from forms_spec.faults import Checked, Fault
from forms_spec.pyxform_faults import conversion_failed, error_of, warning_of
from forms_spec.shape import check_shape
from forms_spec.sheets import choice_rows, external_choices, rows_of, survey_rows, with_choices, with_rows
from forms_spec.xform import UnreadableFormError, read_xform
from forms_spec.xform_body import EXTERNAL

_NO_SHEETS = "was not recognized as a supported type"
"""What pyxform says of a file that it finds no sheets in."""


def read_form(workbook: bytes, filename: str, files: Mapping[str, bytes] | None = None) -> Checked:
    """Read and check an XLSForm; the suffix of `filename` says what kind of file it is.

    `files` are those beside the form, by name: choices and look-ups from them become part of the form.
    Every fault is a value: a form that cannot be read at all has `spec` None and errors. Only running out of
    memory is raised, as MemoryError.
    """
    fault = check_bounds(workbook, filename)
    if fault is not None:
        return Checked(None, (fault,))
    suffix = PurePath(filename).suffix.lower()
    sheets = _guarded(lambda: get_xlsform(BytesIO(workbook), file_type=suffix))
    if isinstance(sheets, Fault):
        is_broken = sheets.code == "conversion-failed" and suffix not in (".csv", ".md")
        is_unsound = is_broken or _NO_SHEETS in sheets.message
        return Checked(None, (no_sheets(suffix) if is_unsound else sheets,))
    too_large = check_shape(sheets)
    return Checked(None, (too_large,)) if too_large else _read_sheets(sheets, files or {})


def _read_sheets(sheets: DefinitionData, files: Mapping[str, bytes]) -> Checked:
    rows = list(survey_rows(list(sheets.survey or [])))
    headers = [header for names in sheets.survey_header or [] for header in names]
    namespaces = "".join(str(settings.get("namespaces", "")) for settings in sheets.settings or [])
    faults = [*check_headers(headers, namespaces), *check_cells(rows, headers)]
    if any(fault.code == "namespace-missing" for fault in faults):
        return Checked(None, tuple(faults))
    lists = choice_rows(list(sheets.choices or []))
    notes: list[str] = []
    # Not asdict, which copies every cell of long choice lists.
    content = {part.name: getattr(sheets, part.name) for part in dataclass_fields(sheets)}
    converted = _guarded(
        lambda: convert(content, warnings=notes), lambda said: error_of(said, rows, {name for name, _ in lists})
    )
    if isinstance(converted, Fault):
        return Checked(None, (*faults, converted))
    warnings = [warning_of(note) for note in notes]
    try:
        spec = with_rows(read_xform(converted.xform.encode()), rows)
    except UnreadableFormError as error:
        return Checked(None, (*faults, error_of(str(error))), tuple(warnings))
    spec = with_choices(spec, external_choices(list(sheets.external_choices or []), EXTERNAL))
    spec, missing = with_files(spec, files)
    row_of = rows_of(spec).get
    return Checked(
        spec,
        (*faults, *check_spec(spec, row_of)),
        (*warnings, *missing, *review_headers(headers), *review_spec(spec, row_of), *review_codes(spec, lists)),
        converted.xform,
    )


def _guarded(read: Callable[[], Any], explain: Callable[[str], Fault] = error_of) -> Any:
    try:
        return read()
    except PyXFormError as error:
        return explain(str(error))
    except MemoryError:
        raise
    # Malformed sheets make pyxform and openpyxl fail in many ways; to the form's author they are all one.
    except Exception as error:
        return conversion_failed(error)

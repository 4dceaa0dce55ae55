"""Read an XLSForm workbook: bounds, pyxform, our own columns, and the XForm that comes of it.

`read_form` works in this process; give what strangers send to `xlsform_limited.read_form_limited`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import fields as dataclass_fields
from io import BytesIO
from pathlib import PurePath
from typing import Any, Self

import msgspec
from pyxform.errors import PyXFormError
from pyxform.xls2json_backends import DefinitionData, get_xlsform
from pyxform.xls2xform import convert

from forms_spec.bounds import TEXT_TYPES, check_bounds, no_sheets, no_text
from forms_spec.checks import check_spec, review_spec
from forms_spec.code_lists import review_codes
from forms_spec.columns import check_cells, check_headers, review_headers
from forms_spec.external_files import with_files
from forms_spec.faults import Checked, Fault
from forms_spec.form_marks import check_form_marks, form_marks
from forms_spec.proofreading import proofread
from forms_spec.pyxform_faults import conversion_failed, error_of, warning_of
from forms_spec.shape import check_shape
from forms_spec.sheets import (
    SurveyRow,
    cell_of,
    choice_rows,
    external_choices,
    rows_of,
    survey_rows,
    with_choices,
    with_rows,
)
from forms_spec.text_files import UnreadableTextError
from forms_spec.text_sheets import prepared
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
    try:
        content = prepared(workbook, suffix) if suffix in TEXT_TYPES else workbook
    except UnreadableTextError as error:
        return Checked(None, (no_text(error),))
    sheets = _guarded(lambda: get_xlsform(BytesIO(content), file_type=suffix))
    if isinstance(sheets, Fault):
        is_unsound = sheets.code == "conversion-failed" or _NO_SHEETS in sheets.message
        return Checked(None, (no_sheets(suffix) if is_unsound else sheets,))
    too_large = check_shape(sheets)
    return Checked(None, (too_large,)) if too_large else _read_sheets(sheets, files or {})


@dataclass(frozen=True, slots=True)
class _Form:
    """A form's sheets with the files beside it, and what of them every check needs."""

    sheets: DefinitionData
    files: Mapping[str, bytes]
    rows: list[SurveyRow]
    headers: list[str]
    lists: dict[tuple[str, str], int]

    @classmethod
    def of(cls, sheets: DefinitionData, files: Mapping[str, bytes]) -> Self:
        """Return the form of these sheets."""
        headers = [header for names in sheets.survey_header or [] for header in names]
        lists = choice_rows(list(sheets.choices or []))
        return cls(sheets, files, list(survey_rows(list(sheets.survey or []))), headers, lists)

    def check_columns(self) -> list[Fault]:
        """Return what is wrong with our own columns."""
        namespaces = "".join(cell_of(row, "namespaces") for row in self.sheets.settings or [])
        settings = list(self.sheets.settings or [])
        marked = [header for row in settings for header in form_marks(row)]
        faults = [*check_headers(self.headers, namespaces, is_marked=bool(marked)), *check_form_marks(settings)]
        return [*faults, *check_cells(self.rows, self.headers)]

    def convert(self) -> Checked | Fault:
        """Have pyxform convert the form, and check what comes of it; or return why it does not."""
        notes: list[str] = []
        # Not asdict, which copies every cell of long choice lists.
        content = {part.name: getattr(self.sheets, part.name) for part in dataclass_fields(self.sheets)}
        converted = _guarded(lambda: convert(content, warnings=notes), self.explain)
        return converted if isinstance(converted, Fault) else self._check(converted.xform, notes)

    def explain(self, said: str) -> Fault:
        """Return the fault that pyxform's words are about."""
        return error_of(said, self.rows, {name for name, _ in self.lists})

    def _check(self, xform: str, notes: list[str]) -> Checked:
        warnings = [warning_of(note) for note in notes]
        try:
            spec = with_rows(read_xform(xform.encode()), self.rows)
        except UnreadableFormError as error:
            return Checked(None, (error_of(str(error)),), tuple(warnings))
        spec = with_choices(spec, external_choices(list(self.sheets.external_choices or []), EXTERNAL))
        spec, missing = with_files(spec, self.files)
        row_of = rows_of(spec).get
        reviewed = (*review_headers(self.headers), *review_spec(spec, row_of), *review_codes(spec, self.lists))
        return Checked(spec, tuple(check_spec(spec, row_of)), (*warnings, *missing, *reviewed), xform)


def _read_sheets(sheets: DefinitionData, files: Mapping[str, bytes]) -> Checked:
    form = _Form.of(sheets, files)
    faults = form.check_columns()
    if not any(fault.code == "namespace-missing" for fault in faults):
        checked = form.convert()
        if isinstance(checked, Checked):
            return msgspec.structs.replace(checked, errors=(*faults, *checked.errors))
    found = proofread(sheets, faults, form.explain, lambda mended: _Form.of(mended, files).convert())
    return Checked(None, found.errors(), found.warnings())


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

"""Rows with mistakes made harmless, so that the rest of a form can be looked at: rows keep their numbers."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from pyxform.xls2json_backends import DefinitionData

from forms_spec.faults import CHOICES, SURVEY, Fault
from forms_spec.namespaces import NAMESPACE
from forms_spec.proofreading.brackets import unmatched
from forms_spec.proofreading.lines import lines_of
from forms_spec.sheets import FIRST_ROW, Row, cell_of, column_of

_PLAIN = frozenset({"type", "name", "list_name"})
"""Columns that a copy has under these very names, however their headers were written."""

_INSTEAD = {"label": "-", "calculation": "''"}
"""What stands in a column that may not be empty, in place of what was wrong there."""

_RENAMED = frozenset({"name-missing", "name-invalid", "name-duplicate", "name-reserved", "name-case"})


def mended(sheets: DefinitionData, faults: Collection[Fault]) -> DefinitionData:
    """Return a copy of a form's sheets without what the faults name; what they say of no row stays."""
    survey, choices, settings = (_copied(rows) for rows in (sheets.survey, sheets.choices, sheets.settings))
    for fault in faults:
        if fault.sheet == SURVEY and (row := _row(survey, fault)) is not None:
            _mend_question(row, fault)
        elif fault.sheet == CHOICES and (row := _row(choices, fault)) is not None:
            _replace(row, list_name=cell_of(row, "list_name") or "mended", name=f"row_{fault.row}", label="-")
        elif fault.code == "namespace-missing":
            settings = [{**(settings[0] if settings else {}), "namespaces": f'fs="{NAMESPACE}"'}]
    _balance(survey)
    return replace(
        sheets,
        survey=survey,
        choices=choices,
        settings=settings,
        survey_header=_headers(sheets.survey_header, survey),
        choices_header=_headers(sheets.choices_header, choices),
        settings_header=_headers(sheets.settings_header, settings),
    )


def _plain(header: str) -> str:
    column = column_of(header)
    return column if column in _PLAIN and ":" not in header else header


def _copied(rows: Sequence[Row] | None) -> list[Row]:
    return [{_plain(str(header)): cell for header, cell in row.items()} for row in rows or ()]


def _headers(headers: Sequence[Row] | None, rows: Sequence[Row]) -> list[Row]:
    """Return the headers of a sheet, with those that only its mended rows have behind them."""
    known = [_plain(str(header)) for header in (headers[0] if headers else {})]
    named = dict.fromkeys([*known, *(header for row in rows for header in row)])
    return [named] if named else []


def _row(rows: Sequence[Row], fault: Fault) -> Row | None:
    index = (fault.row or 0) - FIRST_ROW
    return rows[index] if 0 <= index < len(rows) else None


def _mend_question(row: Row, fault: Fault) -> None:
    faulty = [header for header in row if header == fault.column or column_of(header) == fault.column]
    if not faulty or fault.column in _PLAIN:
        strip_question(row, fault)
        return
    for header in faulty:
        instead = _INSTEAD.get(column_of(header))
        if instead is None:
            del row[header]
        else:
            row[header] = instead


def strip_question(row: Row, fault: Fault) -> None:
    """Leave of a row a text to be asked, or the bracket of a group, under its name if that may stay."""
    kind, name = cell_of(row, "type"), cell_of(row, "name")
    labels = {header: cell for header, cell in row.items() if column_of(header) == "label"} or {"label": "-"}
    is_bracket = kind.startswith(("begin", "end"))
    new_name = f"row_{fault.row}" if fault.code in _RENAMED or not name else name
    _replace(row, **{"type": kind if is_bracket else "text", "name": new_name, **labels})


def _replace(row: Row, **cells: str) -> None:
    row.clear()
    row.update(cells)


def _balance(survey: list[Row]) -> None:
    """Take the beginnings and ends without a counterpart out of the sheet."""
    for stray in unmatched(list(lines_of(survey))):
        for line in (stray.line, stray.partner):
            if line is not None:
                survey[line.number - FIRST_ROW].clear()

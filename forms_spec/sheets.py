"""The sheets of an XLSForm as pyxform reads them, and which row each question comes from."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import msgspec

from forms_spec.spec import Choice, Field, FormSpec, Section
from forms_spec.xform_texts import language_code

Row = dict[str, Any]

FIRST_ROW = 2
"""The row of a sheet that follows its headers."""


_OTHER_WORDS = {
    "command": "type",
    "tag": "name",
    "value": "name",
    "caption": "label",
    "relevance": "relevant",
    "calculate": "calculation",
    "count": "repeat_count",
}
"""Older words for columns, as pyxform takes them."""


class SurveyRow(NamedTuple):
    """A row of the survey sheet: its number, its cells by header, and the path of what it defines."""

    number: int
    cells: Row
    path: str
    type: str


_OR_OTHER = re.compile(r"\bor(_| specify )other\Z", re.IGNORECASE)
_TEXT_TYPES = frozenset({"text", "string", "q string", "add text prompt"})


def survey_rows(survey: list[Row]) -> Iterator[SurveyRow]:
    """Yield the rows that define something, with paths from below the form's root, such as `address/street`."""
    around: list[str] = []
    for number, cells in enumerate(survey, FIRST_ROW):
        kind = row_type(cells)
        name = cell_of(cells, "name")
        if kind.startswith("end_"):
            around = around[:-1]
        elif kind:
            yield SurveyRow(number, cells, "/".join([*around, name]), kind)
            if kind.startswith("begin_"):
                around.append(name)


def row_type(cells: Row) -> str:
    """Return the type of a row with single blanks, `begin_` and `end_` in one word."""
    return _brackets(cell_of(cells, "type"))


def _brackets(kind: str) -> str:
    return " ".join(kind.split()).replace("begin ", "begin_").replace("end ", "end_")


@cache
def column_of(header: str) -> str:
    """Return the column that a header stands for, without its language: `label` for `Label::English (en)`."""
    word = "_".join(header.partition(":")[0].split()).lower()
    return _OTHER_WORDS.get(word, word)


def cell_of(cells: Row, column: str) -> str:
    """Return the text in a column of a row, however its header is written; blank where there is none."""
    return next((str(cell).strip() for header, cell in cells.items() if column_of(str(header)) == column), "")


def with_rows(spec: FormSpec, rows: list[SurveyRow]) -> FormSpec:
    """Return a form whose questions and sections say which row they come from, and what only the row tells."""
    by_path: dict[str, SurveyRow] = {}
    for row in rows:
        by_path.setdefault(row.path, row)
    return msgspec.structs.replace(
        spec,
        fields=tuple(_placed_field(field, by_path) for field in spec.fields),
        sections=tuple(_placed_section(section, by_path) for section in spec.sections),
    )


def _placed_field(field: Field, by_path: dict[str, SurveyRow]) -> Field:
    row = by_path.get(below_root(field.path))
    fields = tuple(_placed_field(inner, by_path) for inner in field.fields)
    if row is None:
        return msgspec.structs.replace(field, fields=fields)
    # An XForm writes a note and a text to read only alike.
    kind = "text" if field.type == "note" and row.type in _TEXT_TYPES else field.type
    or_other = _OR_OTHER.search(row.type) is not None
    return msgspec.structs.replace(field, fields=fields, type=kind, row=row.number, or_other=or_other)


def _placed_section(section: Section, by_path: dict[str, SurveyRow]) -> Section:
    row = by_path.get(below_root(section.path))
    return msgspec.structs.replace(section, row=row.number) if row else section


def with_choices(spec: FormSpec, lists: dict[str, tuple[Choice, ...]]) -> FormSpec:
    """Return a form with further lists of choices."""
    return msgspec.structs.replace(spec, choices=spec.choices | lists) if lists else spec


def choice_rows(choices: list[Row]) -> dict[tuple[str, str], int]:
    """Return the rows of the choices sheet by list and value."""
    rows: dict[tuple[str, str], int] = {}
    for number, cells in enumerate(choices, FIRST_ROW):
        name, value = cell_of(cells, "list_name"), cell_of(cells, "name")
        if name and value:
            rows.setdefault((name, value), number)
    return rows


def rows_of(spec: FormSpec) -> dict[str, int | None]:
    """Return the rows of a form's questions and sections by path."""
    rows = {section.path: section.row for section in spec.sections}
    pending = list(spec.fields)
    while pending:
        field = pending.pop()
        rows[field.path] = field.row
        pending += field.fields
    return rows


def below_root(path: str) -> str:
    """Return the path of a question or section as the rows of the survey sheet have it, without the root."""
    return path.split("/", 2)[-1]


def external_choices(rows: list[Row], prefix: str) -> dict[str, tuple[Choice, ...]]:
    """Return the lists of the sheet external_choices by name, with a prefix before it."""
    lists: dict[str, list[Choice]] = {}
    for row in rows:
        cells = {str(header): str(cell) for header, cell in row.items()}
        name, value = cell_of(row, "list_name"), cell_of(row, "name")
        if name and value:
            lists.setdefault(prefix + name, []).append(Choice(value, _labels(cells), cells))
    return {name: tuple(choices) for name, choices in lists.items()}


def _labels(cells: dict[str, str]) -> dict[str, str]:
    labels = {header.partition("::")[2]: text for header, text in cells.items() if header.startswith("label")}
    return {language_code(language) if language else "default": text for language, text in labels.items()}

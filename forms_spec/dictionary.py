"""A form as a data dictionary for analysts: a table of variables and one of codes, as Markdown or as a workbook.

Cells are texts: one that begins like a formula stays a text in a spreadsheet program.
"""

import io
import re
from collections.abc import Iterator

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from forms_spec.spec import Field, FormSpec, Section, data_fields

Table = list[list[str]]
"""Rows of texts, the headers first."""

_WIDTHS = (28, 16, 40)
_NO_CELL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_LONGEST_CELL = 32_767
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def variables(spec: FormSpec) -> Table:
    """Return a row for each variable: its path, type, group, texts in every language, rules and marks."""
    languages = spec.languages
    headers = ["variable", "type", *(f"{text} ({each})" for text in ("label", "hint") for each in languages)]
    headers += ["group", "choices", "required", "relevant", "constraint", "calculation", "default", "merge", "item"]
    headers += ["admitted by", "key", "sensitive", "owner", "standard", "refers to", "consent", "row"]
    sections = {section.path: section for section in spec.sections}
    return [headers, *(_variable(field, name, languages, sections) for field, name in _named(spec.fields, ""))]


def codes(spec: FormSpec) -> Table:
    """Return a row for each code of each list that a question uses."""
    used = {field.choices for field, _ in _named(spec.fields, "") if field.choices}
    rows = [
        [name, choice.value, *(choice.labels.get(each, "") for each in spec.languages)]
        for name in sorted(used & spec.choices.keys())
        for choice in spec.choices[name]
    ]
    return [["list", "code", *(f"label ({each})" for each in spec.languages)], *rows]


def _named(fields: tuple[Field, ...], around: str) -> Iterator[tuple[Field, str]]:
    for field in data_fields(fields):
        name = around + field.name
        yield field, name
        yield from _named(field.fields, f"{name}[].")


def _variable(field: Field, name: str, languages: tuple[str, ...], sections: dict[str, Section]) -> list[str]:
    texts = [labels.get(each, "") for labels in (field.labels, field.hints) for each in languages]
    rules = [field.required, field.relevant, field.constraint, field.calculation]
    rules += [field.dynamic_default or field.default]
    marks = [field.merge, field.group, field.admit if field.admit != "auto" else None]
    marks += ["yes" if field.key else None, "yes" if field.sensitive else None, field.owner, field.code, field.ref]
    marks += [field.consent]
    kind = field.question or field.type
    told = [name, kind, *texts, _group(field, sections), field.choices, *rules, *marks, str(field.row or "")]
    return [text or "" for text in told]


def _group(field: Field, sections: dict[str, Section]) -> str:
    names: list[str] = []
    section = sections.get(field.section or "")
    while section is not None:
        names.insert(0, section.name)
        section = sections.get(section.parent or "")
    return " / ".join(names)


def as_markdown(spec: FormSpec) -> str:
    """Write the dictionary as a Markdown page."""
    title = " / ".join(dict.fromkeys(spec.title.values()))
    sealed = ["A sealed form: voluntary, with consent; answers go to the sealed database."] if spec.sealed else []
    parts = [
        f"# {_cell(title)} ({_cell(spec.id)} {_cell(spec.version)})",
        *sealed,
        "## Variables",
        _markdown(variables(spec)),
    ]
    return "\n\n".join([*parts, "## Codes", _markdown(codes(spec))]) + "\n"


def _markdown(table: Table) -> str:
    headers, *rows = table
    kept = [column for column in range(len(headers)) if column < 2 or any(row[column] for row in rows)]
    lines = [[headers[column] for column in kept], ["---"] * len(kept)]
    lines += [[_cell(row[column]) for column in kept] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
    return " ".join(escaped.split())


def as_workbook(spec: FormSpec) -> bytes:
    """Write the dictionary as an XLSX workbook with the sheets variables and codes."""
    book = Workbook(write_only=True)
    for name, table in (("variables", variables(spec)), ("codes", codes(spec))):
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "B2"
        for column, width in zip("ABC", _WIDTHS, strict=True):
            sheet.column_dimensions[column].width = width
        for number, row in enumerate(table):
            sheet.append([_text_cell(sheet, text, is_header=number == 0) for text in row])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _text_cell(sheet: WriteOnlyWorksheet, text: str, *, is_header: bool) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value=_NO_CELL.sub("\ufffd", text)[:_LONGEST_CELL])
    cell.data_type = "s"
    cell.quotePrefix = text.startswith(_FORMULA)
    cell.font = Font(bold=is_header)
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    return cell

"""How large and how deep a form may be, looked up in its rows before pyxform makes an XForm of them."""

from collections.abc import Iterator, Sized
from dataclasses import dataclass
from typing import Any

from forms_spec.faults import SURVEY, Fault
from forms_spec.sheets import FIRST_ROW, Row, row_type


@dataclass(frozen=True, slots=True)
class Shape:
    """The largest form that is read: questions, choices on the sheets, columns of a sheet, groups in groups."""

    questions: int = 5_000
    choices: int = 20_000
    columns: int = 400
    depth: int = 50


def check_shape(sheets: Any, shape: Shape = Shape()) -> Fault | None:
    """Return what makes a form too large or too deep, if anything; `sheets` is what pyxform read."""
    survey: list[Row] = list(sheets.survey or [])
    choices = len(sheets.choices or []) + len(sheets.external_choices or [])
    if len(survey) > shape.questions:
        return _too_long(SURVEY, len(survey), shape.questions)
    if choices > shape.choices:
        return _too_many_choices(choices, shape.choices)
    for sheet, headers in _headers(sheets):
        if len(headers) > shape.columns:
            return _too_wide(sheet, len(headers), shape.columns)
    return _check_depth(survey, shape.depth)


def _headers(sheets: Any) -> Iterator[tuple[str, Sized]]:
    for sheet in (SURVEY, "choices", "external_choices", "settings"):
        for names in getattr(sheets, f"{sheet}_header") or []:
            yield sheet, names


def _check_depth(survey: list[Row], limit: int) -> Fault | None:
    depth = 0
    for number, cells in enumerate(survey, FIRST_ROW):
        kind = row_type(cells)
        depth += kind.startswith("begin_") - kind.startswith("end_")
        if depth > limit:
            return _too_deep(number, limit)
    return None


def _too_long(sheet: str, found: int, limit: int) -> Fault:
    return Fault(
        code="form-too-large",
        message=f"The sheet has {found:,} rows; a form has at most {limit:,}.",
        message_zh=f"工作表有 {found:,} 行，表单上限为 {limit:,} 行。",
        remedy="Divide the form into several.",
        remedy_zh="请将表单拆分为多个。",
        sheet=sheet,
    )


def _too_many_choices(found: int, limit: int) -> Fault:
    return Fault(
        code="form-too-large",
        message=f"The form has {found:,} choices; the limit is {limit:,}.",
        message_zh=f"表单有 {found:,} 个选项，上限为 {limit:,}。",
        remedy="Put long lists into a CSV file beside the form, and use select_one_from_file.",
        remedy_zh="请将长列表放入表单旁的 CSV 文件，并使用 select_one_from_file。",
        sheet="choices",
    )


def _too_wide(sheet: str, found: int, limit: int) -> Fault:
    return Fault(
        code="form-too-large",
        message=f"The sheet has {found:,} columns; the limit is {limit:,}.",
        message_zh=f"工作表有 {found:,} 列，上限为 {limit:,} 列。",
        remedy="Delete the columns that are not part of the form.",
        remedy_zh="请删除不属于表单的列。",
        sheet=sheet,
    )


def _too_deep(row: int, limit: int) -> Fault:
    return Fault(
        code="form-too-deep",
        message=f"More than {limit} groups and repeats stand inside each other.",
        message_zh=f"分组和重复组嵌套超过 {limit} 层。",
        remedy="Take groups out of each other.",
        remedy_zh="请减少嵌套层次。",
        sheet=SURVEY,
        row=row,
        column="type",
    )

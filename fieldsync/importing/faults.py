"""What is wrong with a row, in both languages. Pure."""

from __future__ import annotations

from typing import NamedTuple


class RowFault(NamedTuple):
    """Why a row cannot enter, and how to mend it."""

    en: str
    zh: str


def not_of_type(column: str, text: str, kind: str) -> RowFault:
    """Say that a value is not of its field's type."""
    return RowFault(f"{column} {text!r:.60} is not of type {kind}.", f"“{column}”的值 {text!r:.60} 不是 {kind} 类型。")


def not_a_choice(column: str, text: str, field: str) -> RowFault:
    """Say that a value is none of its field's choices."""
    return RowFault(
        f"{column} {text!r:.60} is no choice of {field}: add it to `codes` of the mapping, or mend the row.",
        f"“{column}”的值 {text!r:.60} 不在 {field} 的选项中；请在映射文件的 codes 中补充，或修改该行。",
    )


def not_that_date(column: str, text: str, pattern: str) -> RowFault:
    """Say that a text is no date as the mapping says it is written."""
    return RowFault(
        f"{column} {text!r:.60} is no date of the form {pattern}.",
        f"“{column}”的值 {text!r:.60} 不是 {pattern} 格式的日期。",
    )


NO_ID = RowFault("it has no id.", "缺少编号。")
TWICE = RowFault("its id stands in an earlier row too.", "编号与前面的行重复。")
NO_CELL = RowFault(
    "no cell can be found by its references; mend the reference, or add the cell.",
    "无法通过引用找到所属网格；请修改引用或填写网格。",
)
NO_PERSON = RowFault("its person is in no row, or was rejected.", "所属人员不存在或已被拒绝。")

NO_EVENT = RowFault(
    "an event needs a type, a date, and its person; a split or a join its household, a mistake what it corrects.",
    "事件须有类型、日期和当事人；分户、并户须有住户，误报须有所更正的事件。",
)


def no_uuid(own: str) -> RowFault:
    """Say that an id is no UUID, where the mapping names no source that others are made of."""
    return RowFault(
        f"id {own!r:.60} is not a UUID in lower case; name a `source` in the mapping to have one made of it.",
        f"编号 {own!r:.60} 不是小写 UUID；可在映射文件中写明 source，由系统生成。",
    )


def unknown_cell(cell: str) -> RowFault:
    """Say that a cell is not in the plan."""
    return RowFault(
        f"cell {cell!r:.40} is not in the plan; import the grid first, or mend it.",
        f"网格 {cell!r:.40} 不在网格方案中；请先导入网格，或修改该行。",
    )


def outside_the_form(column: str) -> RowFault:
    """Say that a row has more columns than its header."""
    return RowFault(f"it has more columns than the header ({column}).", f"列数多于表头（{column}）。")

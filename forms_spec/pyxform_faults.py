"""Faults from what pyxform says: its messages name sheet, row and column in words."""

import re

from forms_spec.faults import SURVEY, Fault

_ROW = re.compile(r"\[row\s*:\s*(\d+)\]\s*")
_SHEET = re.compile(r"[Oo]n the '(\w+)' sheet")
_COLUMN = re.compile(r"the '([\w:]+)' value")

_MEANINGS_ZH = (
    ("must be unique within", "同一分组内名称重复。"),
    ("Unknown question type", "未知的问题类型。"),
    ("Could not find the name", "引用了不存在的问题。"),
    ("has no label or hint", "问题没有标签或提示。"),
    ("Unmatched 'begin_", "begin 没有对应的 end。"),
    ("Unmatched 'end_", "end 没有对应的 begin。"),
    ("must begin with a letter or underscore", "名称只能以字母或下划线开头，且只含字母、数字、下划线、连字符和句点。"),
    ("Choice names must be unique", "同一选项列表中名称重复。"),
    ("List name not in choices sheet", "choices 工作表中没有该选项列表。"),
    ("There should be a choices sheet", "缺少 choices 工作表。"),
    ("must have a sheet named 'survey'", "缺少 survey 工作表。"),
    ("is missing the", "缺少部分语言的文字。"),
    ("Duplicate column header", "列标题重复。"),
)


def error_of(message: str) -> Fault:
    """Return the fault for an error that pyxform reports."""
    return _fault("xlsform-error", message, "See xlsform.org for what this column may say.", "可参阅 xlsform.org。")


def warning_of(message: str) -> Fault:
    """Return the fault for a warning that pyxform reports."""
    return _fault("xlsform-warning", message, "The form can be used as it is.", "表单仍可使用。")


def _fault(code: str, message: str, remedy: str, remedy_zh: str) -> Fault:
    row, sheet, column = _ROW.search(message), _SHEET.search(message), _COLUMN.search(message)
    text = _ROW.sub("", message).strip()
    meaning = next((chinese for english, chinese in _MEANINGS_ZH if english in message), "表单转换程序的提示：")
    return Fault(
        code=code,
        message=text,
        message_zh=f"{meaning}（{text}）",
        remedy=remedy,
        remedy_zh=remedy_zh,
        sheet=sheet[1] if sheet else (SURVEY if row else ""),
        row=int(row[1]) if row else None,
        column=column[1] if column else "",
    )


def conversion_failed(error: Exception) -> Fault:
    """Return the fault for a workbook that pyxform, or a library below it, stumbles over."""
    return Fault(
        code="conversion-failed",
        message=f"The workbook cannot be converted: {type(error).__name__}: {str(error)[:300]}.",
        message_zh=f"无法转换工作簿：{type(error).__name__}: {str(error)[:300]}。",
        remedy="Save it anew as .xlsx from a spreadsheet program; if that does not help, report it with the file.",
        remedy_zh="请用电子表格软件重新另存为 .xlsx；如仍失败，请附文件反馈。",
    )

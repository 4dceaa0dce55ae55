"""Faults from what pyxform says: its messages name sheet, row and column in words.

The usual messages have a code, a Chinese sentence and a remedy of their own (`pyxform_words`); the others are
passed on in English within a Chinese frame.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from forms_spec.faults import CHOICES, SURVEY, Fault
from forms_spec.pyxform_words import ERRORS, WARNINGS, Meaning
from forms_spec.resemblance import did_you_mean
from forms_spec.sheets import SurveyRow

_ROW = re.compile(r"\[row\s*:\s*(\d+)\]\s*")
_SHEET = re.compile(r"[Oo]n the '(\w+)' sheet|sheet: '(\w+)'")
_COLUMN = re.compile(r"the '([\w:]+)' value")
_ROW_AS_READ = re.compile(r" has no label: \{.*?'name': '([^']*)'.*\}", re.DOTALL)
"""What pyxform quotes of a group or a repeat without a label: its whole row, as Python writes it."""

_OTHER_ERROR = ("xlsform-error", "See xlsform.org for what this column may say.", "可参阅 xlsform.org。")
_OTHER_WARNING = ("xlsform-warning", "The form can be used as it is.", "表单仍可使用。")

TYPES = (
    *("text", "integer", "decimal", "range", "select_one", "select_multiple", "select_one_from_file"),
    *("select_multiple_from_file", "select_one_external", "rank", "note", "geopoint", "geotrace", "geoshape"),
    *("date", "time", "dateTime", "image", "audio", "video", "file", "barcode", "acknowledge", "calculate"),
    *("hidden", "begin_group", "end_group", "begin_repeat", "end_repeat", "start", "end", "today", "deviceid"),
    *("username", "phonenumber", "email", "audit", "csv-external", "xml-external", "start-geopoint"),
    *("background-audio", "background-geopoint"),
)
"""The types of the XLSForm reference."""

Words = Mapping[str, Collection[str]]
"""What a misspelt word may have been meant to be, by vocabulary: types, names, lists."""


def _vocabulary(rows: Iterable[SurveyRow], lists: Iterable[str]) -> Words:
    names = dict.fromkeys(row.path.rsplit("/", 1)[-1] for row in rows)
    return {"types": TYPES, "names": names, "lists": dict.fromkeys(lists)}


def error_of(message: str, rows: Sequence[SurveyRow] = (), lists: Iterable[str] = ()) -> Fault:
    """Return the fault for an error that pyxform reports of a form with these rows and lists of choices."""
    fault = _fault(message, ERRORS, _OTHER_ERROR, _vocabulary(rows, lists))
    return fault if fault.row else msgspec.structs.replace(fault, row=_row_meant(fault, message, rows))


def _row_meant(fault: Fault, message: str, rows: Iterable[SurveyRow]) -> int | None:
    """Return the row of a fault whose message names a type or a question, but no row."""
    if fault.code == "type-unknown":
        return next((row.number for row in rows if f"'{row.type}'" in message), None)
    if fault.code == "label-missing":
        return next((row.number for row in rows if f"'{row.path.rsplit('/', 1)[-1]}'" in message), None)
    return None


def warning_of(message: str) -> Fault:
    """Return the fault for a warning that pyxform reports."""
    return _fault(message, WARNINGS, _OTHER_WARNING, {})


def _fault(message: str, meanings: Iterable[Meaning], otherwise: tuple[str, str, str], words: Words) -> Fault:
    message = _ROW_AS_READ.sub(r" '\1' has no label", message)
    row, sheet, column = _ROW.search(message), _SHEET.search(message), _COLUMN.search(message)
    text = _ROW.sub("", message).strip()
    found = next(((meaning, match) for meaning in meanings if (match := meaning.pattern.search(message))), None)
    code, remedy, remedy_zh = otherwise
    chinese = f"表单转换程序提示：{text}"
    if found is not None:
        meaning, match = found
        code, remedy, remedy_zh = meaning.code, meaning.remedy, meaning.remedy_zh
        word = match.groupdict().get("word") or ""
        english, question = did_you_mean(word, words.get(meaning.words, ())) if word else ("", "")
        chinese = f"{meaning.chinese.format(word=word)}{question}"
        chinese += text if chinese.endswith("：") else ""
        text = f"{text.rstrip('.')}.{english}"
    return Fault(
        code=code,
        message=text,
        message_zh=chinese,
        remedy=remedy,
        remedy_zh=remedy_zh,
        sheet=(sheet[1] or sheet[2]) if sheet else _sheet(code, row),
        row=int(row[1]) if row else None,
        column=column[1] if column else _COLUMNS.get(code, ""),
    )


_COLUMNS = {
    "type-unknown": "type",
    "type-missing": "type",
    "list-unknown": "type",
    "list-missing": "type",
    "file-type": "type",
    "begin-unmatched": "type",
    "end-unmatched": "type",
    "label-missing": "label",
    "name-missing": "name",
    "calculation-missing": "calculation",
}
"""The column that a message is about which names none."""


def _sheet(code: str, row: object) -> str:
    if code in _COLUMNS or row:
        return SURVEY
    return CHOICES if code.startswith("choice") else ""


def conversion_failed(error: Exception) -> Fault:
    """Return the fault for a workbook that pyxform, or a library below it, stumbles over."""
    return Fault(
        code="conversion-failed",
        message=f"The workbook cannot be converted: {type(error).__name__}: {str(error)[:300]}.",
        message_zh=f"无法转换工作簿：{type(error).__name__}: {str(error)[:300]}。",
        remedy="Save it anew as .xlsx from a spreadsheet program; if that does not help, report it with the file.",
        remedy_zh="请用电子表格软件重新另存为 .xlsx；如仍失败，请附文件反馈。",
    )

"""What is wrong with a request, in Chinese: the words for what pydantic finds, which says it in English alone. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_WORDS: Final[Mapping[str, str]] = {
    "missing": "缺少该项",
    "extra_forbidden": "没有这个项目",
    "json_invalid": "不是有效的 JSON",
    "literal_error": "应为以下之一：{expected}",
    "enum": "应为以下之一：{expected}",
    "string_type": "应为文字",
    "string_too_short": "至少 {min_length} 个字",
    "string_too_long": "最多 {max_length} 个字",
    "string_pattern_mismatch": "格式不正确",
    "too_short": "至少 {min_length} 项",
    "too_long": "最多 {max_length} 项",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "float_parsing": "应为数字",
    "bool_parsing": "应为 true 或 false",
    "greater_than_equal": "不得小于 {ge}",
    "less_than_equal": "不得大于 {le}",
    "list_type": "应为列表",
    "dict_type": "应为对象",
    "model_attributes_type": "应为对象",
    "date_from_datetime_parsing": "应为日期，例如 2026-11-23",
    "date_parsing": "应为日期，例如 2026-11-23",
    "datetime_parsing": "应为时间，例如 2026-11-23T08:00:00Z",
}
_OTHER: Final = "内容不符合要求"


def in_chinese(place: str, fault: Mapping[str, Any], more: int) -> str:
    """Return one sentence: where, what is wrong there, and how many more faults there are."""
    context = {name: _listed(str(value)) for name, value in (fault.get("ctx") or {}).items()}
    try:
        what = _WORDS.get(str(fault["type"]), _OTHER).format_map(context)
    except KeyError:
        what = _OTHER
    rest = f"（另有 {more} 处）" if more else ""
    return f"{place}：{what}{rest}。"


def _listed(text: str) -> str:
    """Return choices as pydantic lists them, `'a', 'b' or 'c'`, in the Chinese way; any other text as it is."""
    return text.replace("' or '", "', '").replace("', '", "、").strip("'")

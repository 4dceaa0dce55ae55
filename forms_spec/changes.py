"""One difference between two versions of a form, and the words for it in English and Chinese."""

import re
from typing import Literal

import msgspec

from forms_spec.retention import read_retention

Severity = Literal["error", "warning", "info"]

_PATH = re.compile(r"\s?(?:/[\w.-]+)+/([\w.-]+)\s?")
_SHOWN = 20
"""How many choices a message names."""
_RULE_NAMES = {
    "required": "必填条件",
    "relevant": "显示条件",
    "constraint": "约束",
    "calculation": "计算",
    "choice_filter": "选项筛选",
    "itemset": "选项来源",
    "default": "默认值",
    "dynamic_default": "动态默认值",
    "trigger": "触发题目",
    "trigger_value": "触发后的值",
    "read_only_if": "只读条件",
    "repeat_count": "重复次数",
    "parameters": "参数",
    "read_only": "只读",
    "appearance": "外观",
    "merge": "合并策略",
    "key": "关键项",
    "owner": "填写方",
    "admit": "审批级别",
    "admit_first": "首次审批级别",
    "sensitive": "敏感标记",
    "code": "代码标准",
    "consent": "同意标记",
}


class Change(msgspec.Struct, frozen=True):
    """One difference; an `error` forbids publishing, a `warning` needs a look, `info` is harmless.

    `rule` is the column that changed, with its content `before` and `after`; `choices` are those that came, went or
    have other labels.
    """

    kind: str
    field: str
    severity: Severity
    message: dict[str, str]
    rule: str = ""
    before: str | None = None
    after: str | None = None
    choices: tuple[str, ...] = ()


def other_form(old: str, new: str) -> Change:
    """Say that a version belongs to another form."""
    text = {"en": f"The form is '{new}', not '{old}'.", "zh": f"表单是“{new}”，不是“{old}”。"}
    return Change("form", "", "error", text)


def same_version(version: str) -> Change:
    """Say that a published version has other content now."""
    text = {
        "en": f"Version {version} is published already and never changes; give the form a new version.",
        "zh": f"版本 {version} 已发布，不可更改；请使用新的版本号。",
    }
    return Change("version", "", "error", text)


def sealed_otherwise(*, is_sealed: bool) -> Change:
    """Say that a form became sealed or ceased to be, which is forbidden: its answers would lie in two places."""
    text = {
        "en": "The form is sealed now and was not before" if is_sealed else "The form was sealed and is open now",
        "zh": "该表单由普通表单改为保密表单" if is_sealed else "该表单由保密表单改为普通表单",
    }
    text["en"] += "; what was answered stays where it is. Give it another form_id instead."
    text["zh"] += "，而已有答案仍在原处；请改用新的 form_id。"
    return Change("sealed", "", "error", text)


def added(place: str) -> Change:
    """Say that a question is new."""
    return Change("added", place, "info", {"en": f"{place} is new.", "zh": f"新增 {place}。"})


def removed(place: str) -> Change:
    """Say that a question is gone."""
    text = {"en": f"{place} is gone; documents that have it keep it.", "zh": f"删除 {place}；已有文档保留其值。"}
    return Change("removed", place, "warning", text)


def retyped(place: str, before: str, after: str) -> Change:
    """Say that a question has another type, which is forbidden."""
    text = {
        "en": f"{place} was {before} and is now {after}; give the question a new name instead.",
        "zh": f"{place} 的类型由 {before} 改为 {after}；请改用新的名称。",
    }
    return Change("retyped", place, "error", text, "type", before, after)


def regrouped(place: str, before: str, after: str) -> Change:
    """Say that a question belongs to another item, which is forbidden: the books know its answers by the old one."""
    text = {
        "en": f"{place} was part of the item '{before}' and is now part of '{after}', but what was recorded stays"
        " under the old item; leave its group as it was, or give the question a new name.",
        "zh": f"{place} 原属项目“{before}”，现属“{after}”，而已有记录仍在原项目下；请保留原分组，或改用新的名称。",
    }
    return Change("regrouped", place, "error", text, "group", before, after)


def other_members(place: str, before: str | None, after: str | None) -> Change:
    """Say that the members of a repeat are told apart by something else, which is forbidden."""
    text = {
        "en": f"{place}: its members were told apart by {before or 'nothing'} and are now by {after or 'nothing'},"
        " so the books would not know them again; give the repeat a new name instead.",
        "zh": f"{place}：区分成员的依据由 {before or '无'} 改为 {after or '无'}，账目将无法对应原有成员；"
        "请改用新的名称。",
    }
    return Change("roster", place, "error", text, "key", before, after)


def reruled(place: str, name: str, before: object, after: object, severity: Severity) -> Change:
    """Say that a rule (information) or one of our marks (worth a look) reads otherwise."""
    said = [_said(value) for value in (before, after)]
    old, new = (value if value is not None else "not given" for value in said)
    old_zh, new_zh = (value if value is not None else "未设置" for value in said)
    text = {
        "en": f"{place}: {name} was {old} and is now {new}.",
        "zh": f"{place}：{_RULE_NAMES.get(name, name)}由 {old_zh} 改为 {new_zh}。",
    }
    return Change("rule" if severity == "info" else "mark", place, severity, text, name, said[0], said[1])


def kept_otherwise(before: str | None, after: str | None) -> Change:
    """Say that what is told by the form is kept shorter or longer than it was."""
    old, new = (read_retention(text or "") for text in (before, after))
    is_shorter = new is not None and (old is None or new.length_days < old.length_days)
    said, said_zh = (
        ("What is older runs out, first on the list of what will.", "超期内容将先列入到期清单，随后清除。")
        if is_shorter
        else ("Those who were asked until now were told otherwise.", "此前的受访者被告知的期限与此不同。")
    )
    text = {
        "en": f"Documents were kept {before or 'for good'} and are now kept {after or 'for good'}. {said}",
        "zh": f"文档保存期限由 {before or '永久'} 改为 {after or '永久'}。{said_zh}",
    }
    kind = "kept_shorter" if is_shorter else "kept_longer"
    return Change(kind, "", "warning", text, "retention", before, after)


def relabelled(place: str) -> Change:
    """Say that a question, a group or the form reads otherwise in some language."""
    text = {"en": f"{place or 'The form'} has other texts.", "zh": f"{place or '表单'} 的文字有改动。"}
    return Change("relabelled", place, "info", text)


def moved(place: str, before: str | None, after: str | None) -> Change:
    """Say that a question stands in another group on the screen."""
    names = [(path or "").rsplit("/", 1)[-1] for path in (before, after)]
    text = {
        "en": f"{place} moved from {names[0] or 'the top level'} to {names[1] or 'the top level'}.",
        "zh": f"{place} 由 {names[0] or '顶层'} 移至 {names[1] or '顶层'}。",
    }
    return Change("moved", place, "info", text, "section", names[0] or None, names[1] or None)


def choices_added(place: str, values: list[str]) -> Change:
    """Say which choices are new."""
    said, said_zh = _some(values)
    text = {"en": f"{place}: choices added: {said}.", "zh": f"{place}：新增选项 {said_zh}。"}
    return Change("choices_added", place, "info", text, choices=tuple(values))


def choices_removed(place: str, values: list[str]) -> Change:
    """Say which choices are gone."""
    said, said_zh = _some(values)
    text = {
        "en": f"{place}: choices removed: {said}; answers that have them are asked again.",
        "zh": f"{place}：删除选项 {said_zh}；已选这些选项的答案须重新填写。",
    }
    return Change("choices_removed", place, "warning", text, choices=tuple(values))


def choices_relabelled(place: str, values: list[str]) -> Change:
    """Say which choices read otherwise: documents with them mean the new text from now on."""
    said, said_zh = _some(values)
    text = {
        "en": f"{place}: choices with other labels: {said}; make sure that they still mean the same.",
        "zh": f"{place}：选项文字有改动 {said_zh}；请确认含义未变。",
    }
    return Change("choices_relabelled", place, "warning", text, choices=tuple(values))


def _some(values: list[str]) -> tuple[str, str]:
    """Return the first of many choices in one line, in English and Chinese; a list from a file may have thousands."""
    shown, more = ", ".join(values[:_SHOWN]), len(values) - _SHOWN
    return (f"{shown} and {more:,} more", f"{shown} 等 {len(values):,} 项") if more > 0 else (shown, shown)


def _said(value: object) -> str | None:
    """Return what a column says as its author would write it: `${name}` for a path."""
    if value is None or value in ("", {}, ()):
        return None
    if isinstance(value, dict):
        return " ".join(f"{name}={content}" for name, content in value.items())
    if isinstance(value, tuple):
        return _said(", ".join(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _PATH.sub(r"${\1}", str(value)) if "/" in str(value) else str(value)

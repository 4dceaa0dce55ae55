"""What changed between two versions of a form, and what may not: a version adds, it never retypes."""

from collections.abc import Iterator
from typing import Literal

import msgspec

from forms_spec.items import key_fields
from forms_spec.spec import Choice, Field, FormSpec, data_fields

RULES = ("required", "relevant", "constraint", "calculation", "choice_filter")
MARKS = ("merge", "group", "key", "owner", "admit", "admit_first", "sensitive", "code")


class Change(msgspec.Struct, frozen=True):
    """One difference; an `error` forbids publishing, a `warning` needs a look, `info` is harmless."""

    kind: str
    field: str
    severity: Literal["error", "warning", "info"]
    message: dict[str, str]


def compare(old: FormSpec, new: FormSpec) -> list[Change]:
    """List the differences of a new version from the one in use, in the new form's order, removals last."""
    changes = [*_forms(old, new), *_fields(old, new, old.fields, new.fields, "")]
    if changes and old.version == new.version:
        changes.insert(0, _same_version(new))
    return changes


def _forms(old: FormSpec, new: FormSpec) -> Iterator[Change]:
    if old.id != new.id:
        text = {"en": f"The form is '{new.id}', not '{old.id}'.", "zh": f"表单是“{new.id}”，不是“{old.id}”。"}
        yield Change("form", "", "error", text)


def _same_version(new: FormSpec) -> Change:
    text = {
        "en": f"Version {new.version} is published already and never changes; give the form a new version.",
        "zh": f"版本 {new.version} 已发布，不可更改；请使用新的版本号。",
    }
    return Change("version", "", "error", text)


def _fields(
    old: FormSpec, new: FormSpec, olds: tuple[Field, ...], news: tuple[Field, ...], prefix: str
) -> Iterator[Change]:
    before = {field.name: field for field in data_fields(olds)}
    after = {field.name: field for field in data_fields(news)}
    for name, field in after.items():
        place = prefix + name
        if name not in before:
            yield Change("added", place, "info", {"en": f"{place} is new.", "zh": f"新增 {place}。"})
        else:
            yield from _field(before[name], field, place)
            yield from _choices(_listed(old, before[name]), _listed(new, field), place)
            yield from _fields(old, new, before[name].fields, field.fields, f"{place}.")
    for name in [name for name in before if name not in after]:
        place = prefix + name
        text = {
            "en": f"{place} is gone; documents that have it keep it.",
            "zh": f"删除 {place}；已有文档保留其值。",
        }
        yield Change("removed", place, "warning", text)


def _field(before: Field, after: Field, place: str) -> Iterator[Change]:
    if (before.type, before.ref) != (after.type, after.ref):
        yield _retyped(before, after, place)
    elif _known_by(before) != _known_by(after):
        yield _other_members(before, after, place)
    for name in (*RULES, *MARKS):
        if getattr(before, name) != getattr(after, name):
            yield _changed(name, getattr(before, name), getattr(after, name), place)


def _retyped(before: Field, after: Field, place: str) -> Change:
    said = [f"{field.type} ({field.ref})" if field.ref else field.type for field in (before, after)]
    text = {
        "en": f"{place} was {said[0]} and is now {said[1]}; give the question a new name instead.",
        "zh": f"{place} 的类型由 {said[0]} 改为 {said[1]}；请改用新的名称。",
    }
    return Change("retyped", place, "error", text)


def _known_by(field: Field) -> tuple[str, ...] | None:
    """Return what tells the members of a roster apart; None where a field is one item as a whole."""
    return tuple(sorted(key.name for key in key_fields(field))) if field.merge == "roster" else None


def _other_members(before: Field, after: Field, place: str) -> Change:
    said = [", ".join(_known_by(field) or ()) for field in (before, after)]
    text = {
        "en": f"{place}: its members were told apart by {said[0] or 'nothing'} and are now by {said[1] or 'nothing'},"
        " so the books would not know them again; give the repeat a new name instead.",
        "zh": f"{place}：区分成员的依据由 {said[0] or '无'} 改为 {said[1] or '无'}，账目将无法对应原有成员；"
        "请改用新的名称。",
    }
    return Change("roster", place, "error", text)


def _changed(name: str, before: object, after: object, place: str) -> Change:
    kind = "rule" if name in RULES else "mark"
    text = {
        "en": f"{place}: {name} was {before or 'not given'} and is now {after or 'not given'}.",
        "zh": f"{place}：{name} 由 {before or '未设置'} 改为 {after or '未设置'}。",
    }
    return Change(kind, place, "info" if kind == "rule" else "warning", text)


def _listed(spec: FormSpec, field: Field) -> tuple[Choice, ...]:
    return spec.choices.get(field.choices or "", ())


def _choices(before: tuple[Choice, ...], after: tuple[Choice, ...], place: str) -> Iterator[Change]:
    olds, news = {choice.value for choice in before}, {choice.value for choice in after}
    if added := sorted(news - olds):
        said = ", ".join(added)
        text = {"en": f"{place}: choices added: {said}.", "zh": f"{place}：新增选项 {said}。"}
        yield Change("choices_added", place, "info", text)
    if removed := sorted(olds - news):
        said = ", ".join(removed)
        text = {"en": f"{place}: choices removed: {said}.", "zh": f"{place}：删除选项 {said}。"}
        yield Change("choices_removed", place, "warning", text)

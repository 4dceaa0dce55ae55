"""One rule per field, read and checked: what each may say, and what would contradict itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final

STRATEGIES: Final = ("latest", "review", "union", "append", "max", "min", "authority", "roster")
"""The strategies of the table in docs/merging.md."""
COMBINING: Final = frozenset({"union", "append", "max", "min", "roster"})
"""Strategies that look inside a value; a group has none, since it is chosen whole."""
DEEPEST: Final = 64
"""Levels of rosters in rosters; no document is deeper."""
_DEFAULT_KEY: Final = "id"


class RulesError(ValueError):
    """A rule cannot be followed; the message names the field and the mend, `zh` says the same in Chinese."""

    def __init__(self, said: str, zh: str) -> None:
        super().__init__(said)
        self.zh = zh


@dataclass(frozen=True, slots=True)
class Rule:
    """How one field merges; without `merge`, a key item is reviewed and any other takes the latest value.

    For a roster, `fields` are the rules of its members, and `key` may name the field that tells them apart.
    """

    merge: str = ""
    group: str | None = None
    key: bool | str = False
    fields: Mapping[str, Rule] = field(default_factory=dict)


_MEMBERS: Final = tuple(part.name for part in fields(Rule))


def key_of(rule: Rule) -> tuple[str, ...]:
    """Return the fields of a roster's member key: the one it names, else those marked as keys, else `id`."""
    if isinstance(rule.key, str):
        return (rule.key,)
    return tuple(name for name, inner in rule.fields.items() if inner.key is True) or (_DEFAULT_KEY,)


def read_rules(rules: Mapping[str, Rule | Mapping[str, Any]], where: str = "", depth: int = 0) -> dict[str, Rule]:
    """Return one rule per field, from rules or from objects with their members.

    Raises: RulesError when an object is no rule, or rosters are nested too deeply or in a circle.
    """
    _check_depth(where, depth)
    return {
        name: rule if isinstance(rule, Rule) else _rule(f"{where}{name}", rule, depth) for name, rule in rules.items()
    }


def _check_depth(where: str, depth: int) -> None:
    if depth > DEEPEST:
        raise RulesError(
            f"{where.partition('.')[0]}: its rosters are nested deeper than {DEEPEST} levels, or in a circle;"
            " take out the inner ones",
            f"{where.partition('.')[0]}：名册嵌套超过 {DEEPEST} 层，或互相循环；请去掉内层名册",
        )


def _rule(name: str, members: Mapping[str, Any], depth: int) -> Rule:
    if not isinstance(members, Mapping):
        raise RulesError(
            f'{name}: a rule is an object such as {{"merge": "latest"}}, not {members!r}',
            f'{name}：规则应为对象，例如 {{"merge": "latest"}}，而不是 {members!r}',
        )
    for member in members:
        if member not in _MEMBERS:
            raise RulesError(
                f"{name}: a rule has no member {member!r}; it may have {', '.join(_MEMBERS)}",
                f"{name}：规则没有 {member!r} 这一成员，只可有 {'、'.join(_MEMBERS)}",
            )
    inner = members.get("fields") or {}
    if not isinstance(inner, Mapping):
        raise RulesError(
            f"{name}: fields is an object of one rule per field, not {inner!r}",
            f"{name}：fields 应为对象，每个字段一条规则，而不是 {inner!r}",
        )
    merge = _text(name, members, "merge") or ""
    return Rule(
        merge=merge,
        group=_text(name, members, "group"),
        key=_key(name, members.get("key"), merge == "roster"),
        fields=read_rules(inner, f"{name}.", depth + 1) if inner else {},
    )


def _text(name: str, members: Mapping[str, Any], member: str) -> str | None:
    value = members.get(member)
    if value is not None and (not isinstance(value, str) or not value):
        raise RulesError(
            f"{name}: {member} is a text, not {value!r}; leave it out where there is nothing to say",
            f"{name}：{member} 应为文本，而不是 {value!r}；没有内容时请省略",
        )
    return value


def _key(name: str, value: Any, is_roster: bool) -> bool | str:
    if is_roster and isinstance(value, str) and value:
        return value
    if value is not None and not isinstance(value, bool):
        also = ", or for a roster the name of a field" if is_roster else ""
        also_zh = "，名册也可写字段名" if is_roster else ""
        raise RulesError(
            f"{name}: key is true or false{also}, not {value!r}",
            f"{name}：key 应为 true 或 false{also_zh}，而不是 {value!r}",
        )
    return bool(value)


def check_rules(
    rules: Mapping[str, Rule], where: str = "", outer: Collection[str] = frozenset(), depth: int = 0
) -> None:
    """Check rules against each other; `outer` are the fields and groups around the roster whose rules these are.

    Raises: RulesError when a strategy is unknown, or rules contradict each other or go in a circle.
    """
    _check_depth(where, depth)
    groups = {rule.group for rule in rules.values() if rule.group}
    for name, rule in rules.items():
        _check_names(where, name, rule)
        _check(f"{where}{name}", rule)
        _check_group(where, name, rule, groups, set(outer) - rules.keys())
        if rule.merge == "roster":
            _check_roster(f"{where}{name}", rule)
            check_rules(rule.fields, f"{where}{name}.", {*outer, *rules, *groups}, depth + 1)


def _check_names(where: str, name: str, rule: Rule) -> None:
    if not name:
        raise RulesError(
            f"a rule {f'in {where[:-1]} ' if where else ''}has no name; name the field that it is for",
            f"{f'{where[:-1]} 中' if where else ''}有一条规则没有名称；请写明它用于哪个字段",
        )
    if {"[", "]"} & {*name, *(rule.group or "")}:
        raise RulesError(
            f"{where}{name}: no field or group has brackets in its name; give rules for members of a roster in its"
            ' fields: {"members": {"merge": "roster", "fields": {"age": {"merge": "max"}}}}',
            f"{where}{name}：字段或组的名称不能含方括号；名册成员的规则写在它的 fields 中："
            '{"members": {"merge": "roster", "fields": {"age": {"merge": "max"}}}}',
        )


def _check(name: str, rule: Rule) -> None:
    if rule.merge and rule.merge not in STRATEGIES:
        raise RulesError(
            f"{name}: there is no strategy {rule.merge!r}; use one of {', '.join(STRATEGIES)}",
            f"{name}：没有 {rule.merge!r} 这种合并方式，可用 {'、'.join(STRATEGIES)}",
        )
    if rule.fields and rule.merge != "roster":
        raise RulesError(
            f"{name}: only a roster has fields of its own; leave out fields, group them, or merge by roster",
            f"{name}：只有名册才有自己的字段；请去掉 fields、改用组，或按 roster 合并",
        )
    if isinstance(rule.key, str) and rule.merge != "roster":
        raise RulesError(
            f"{name}: only a roster names its key; for a key item give true, not {rule.key!r}",
            f"{name}：只有名册才写明主键字段；关键项请写 true，而不是 {rule.key!r}",
        )


def _check_group(where: str, name: str, rule: Rule, groups: Collection[str], outer: Collection[str]) -> None:
    if rule.group and rule.merge in COMBINING:
        raise RulesError(
            f"{where}{name}: the group {rule.group!r} is chosen whole and cannot merge by {rule.merge};"
            " use latest, review or authority, or take the field out of the group",
            f"{where}{name}：组 {rule.group!r} 整体取舍，不能按 {rule.merge} 合并；"
            "请用 latest、review 或 authority，或把字段移出该组",
        )
    if name in groups and rule.group != name:
        raise RulesError(
            f"{where}{name}: a group has the same name as this field; rename the group, or put the field in it",
            f"{where}{name}：有一个组与该字段同名；请给组改名，或把该字段放入组中",
        )
    if rule.group in outer:
        raise RulesError(
            f"{where}{name}: the group {rule.group!r} is outside of this roster; a group lies within one member:"
            " give it another name",
            f"{where}{name}：组 {rule.group!r} 在该名册之外；一个组只能在同一成员之内：请另取名称",
        )


def _check_roster(name: str, rule: Rule) -> None:
    if "%" in name.rpartition(".")[2]:
        raise RulesError(
            f"{name}: a roster's name has no % in it; rename the field", f"{name}：名册的名称不能含 %；请给字段改名"
        )
    named = key_of(rule)
    if rule.fields and named[0] not in rule.fields and named != (_DEFAULT_KEY,):
        raise RulesError(
            f"{name}: the key {named[0]!r} is not among its fields {', '.join(rule.fields)};"
            " name one of them, or add it",
            f"{name}：主键 {named[0]!r} 不在它的字段 {'、'.join(rule.fields)} 之中；请写其中之一，或补上该字段",
        )
    for part in named:
        if part in rule.fields and rule.fields[part].merge == "roster":
            raise RulesError(
                f"{name}: the key {part!r} is a roster itself; name a field with one value",
                f"{name}：主键 {part!r} 本身是名册；请写只有一个值的字段",
            )

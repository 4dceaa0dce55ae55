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
    """A rule cannot be followed; the message names the field and the mend."""


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
            " take out the inner ones"
        )


def _rule(name: str, members: Mapping[str, Any], depth: int) -> Rule:
    if not isinstance(members, Mapping):
        raise RulesError(f'{name}: a rule is an object such as {{"merge": "latest"}}, not {members!r}')
    for member in members:
        if member not in _MEMBERS:
            raise RulesError(f"{name}: a rule has no member {member!r}; it may have {', '.join(_MEMBERS)}")
    inner = members.get("fields") or {}
    if not isinstance(inner, Mapping):
        raise RulesError(f"{name}: fields is an object of one rule per field, not {inner!r}")
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
        raise RulesError(f"{name}: {member} is a text, not {value!r}; leave it out where there is nothing to say")
    return value


def _key(name: str, value: Any, is_roster: bool) -> bool | str:
    if is_roster and isinstance(value, str) and value:
        return value
    if value is not None and not isinstance(value, bool):
        also = ", or for a roster the name of a field" if is_roster else ""
        raise RulesError(f"{name}: key is true or false{also}, not {value!r}")
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
        raise RulesError(f"a rule {f'in {where[:-1]} ' if where else ''}has no name; name the field that it is for")
    if {"[", "]"} & {*name, *(rule.group or "")}:
        raise RulesError(
            f"{where}{name}: no field or group has brackets in its name; give rules for members of a roster in its"
            ' fields: {"members": {"merge": "roster", "fields": {"age": {"merge": "max"}}}}'
        )


def _check(name: str, rule: Rule) -> None:
    if rule.merge and rule.merge not in STRATEGIES:
        raise RulesError(f"{name}: there is no strategy {rule.merge!r}; use one of {', '.join(STRATEGIES)}")
    if rule.fields and rule.merge != "roster":
        raise RulesError(
            f"{name}: only a roster has fields of its own; leave out fields, group them, or merge by roster"
        )
    if isinstance(rule.key, str) and rule.merge != "roster":
        raise RulesError(f"{name}: only a roster names its key; for a key item give true, not {rule.key!r}")


def _check_group(where: str, name: str, rule: Rule, groups: Collection[str], outer: Collection[str]) -> None:
    if rule.group and rule.merge in COMBINING:
        raise RulesError(
            f"{where}{name}: the group {rule.group!r} is chosen whole and cannot merge by {rule.merge};"
            " use latest, review or authority, or take the field out of the group"
        )
    if name in groups and rule.group != name:
        raise RulesError(
            f"{where}{name}: a group has the same name as this field; rename the group, or put the field in it"
        )
    if rule.group in outer:
        raise RulesError(
            f"{where}{name}: the group {rule.group!r} is outside of this roster; a group lies within one member:"
            " give it another name"
        )


def _check_roster(name: str, rule: Rule) -> None:
    if "%" in name.rpartition(".")[2]:
        raise RulesError(f"{name}: a roster's name has no % in it; rename the field")
    named = key_of(rule)
    if rule.fields and named[0] not in rule.fields and named != (_DEFAULT_KEY,):
        raise RulesError(
            f"{name}: the key {named[0]!r} is not among its fields {', '.join(rule.fields)};"
            " name one of them, or add it"
        )
    for part in named:
        if part in rule.fields and rule.fields[part].merge == "roster":
            raise RulesError(f"{name}: the key {part!r} is a roster itself; name a field with one value")

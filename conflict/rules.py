"""How each item of a document merges: the strategy of every field, and the groups that are one item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final

STRATEGIES: Final = ("latest", "review", "union", "append", "max", "min", "authority")
"""The strategies of the table in docs/merging.md."""
COMBINING: Final = frozenset({"union", "append", "max", "min"})
"""Strategies that look inside a value; a group has none, since it is chosen whole."""


class RulesError(ValueError):
    """A rule cannot be followed; the message names the field and the mend."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How one field merges; without `merge`, a key item is reviewed and any other takes the latest value."""

    merge: str = ""
    group: str | None = None
    key: bool = False
    fields: Mapping[str, Rule] = field(default_factory=dict)

    @property
    def default(self) -> str:
        """Return the strategy of a field that names none."""
        return "review" if self.key else "latest"


_MEMBERS: Final = tuple(part.name for part in fields(Rule))


class Rules:
    """The rules of a form: which item a field belongs to, and by which strategy the item merges.

    Fields that the rules do not name are items of their own that take the latest value.
    """

    __slots__ = ("_fields", "_groups", "_items", "_strategies")

    def __init__(self, rules: Mapping[str, Rule]) -> None:
        self._items: dict[str, str] = {}
        self._fields: dict[str, tuple[str, ...]] = {}
        self._strategies: dict[str, str] = {}
        self._groups = frozenset(rule.group for rule in rules.values() if rule.group)
        for name, rule in rules.items():
            _check(name, rule, self._groups)
            item = rule.group or name
            self._items[name] = item
            self._fields[item] = (*self._fields.get(item, ()), name)
        for item, names in self._fields.items():
            self._strategies[item] = _strategy(item, {name: rules[name] for name in names})
        for group in self._groups - self._items.keys():  # a stray field of the group's name is not the group
            self._items[group] = f"{group} (field)"
            self._fields[f"{group} (field)"] = (group,)

    @classmethod
    def of(cls, rules: Mapping[str, Rule | Mapping[str, Any]]) -> Rules:
        """Build rules from one rule per field, a Rule or an object with its members.

        Raises: RulesError when a strategy is unknown, the members of a group merge differently, or a rule contradicts
        itself.
        """
        return cls({name: rule if isinstance(rule, Rule) else _rule(name, rule) for name, rule in rules.items()})

    def item_of(self, field: str) -> str:
        """Return the item a field belongs to: its group, or itself."""
        return self._items.get(field, field)

    def fields_of(self, item: str) -> tuple[str, ...]:
        """Return the fields of an item, in the order of the rules."""
        return self._fields.get(item, (item,))

    def strategy_of(self, item: str) -> str:
        """Return the strategy by which an item merges."""
        return self._strategies.get(item, "latest")

    def is_group(self, item: str) -> bool:
        """Tell whether an item is a group, whose value is an object of its fields."""
        return item in self._groups


def _rule(name: str, members: Mapping[str, Any]) -> Rule:
    if not isinstance(members, Mapping):
        raise RulesError(f'{name}: a rule is an object such as {{"merge": "latest"}}, not {members!r}')
    for member in members:
        if member not in _MEMBERS:
            raise RulesError(f"{name}: a rule has no member {member!r}; it may have {', '.join(_MEMBERS)}")
    inner = members.get("fields") or {}
    if not isinstance(inner, Mapping):
        raise RulesError(f"{name}: fields is an object of one rule per field, not {inner!r}")
    return Rule(
        merge=_text(name, members, "merge") or "",
        group=_text(name, members, "group"),
        key=_truth(name, members.get("key")),
        fields={part: _rule(f"{name}.{part}", rule) for part, rule in inner.items()},
    )


def _text(name: str, members: Mapping[str, Any], member: str) -> str | None:
    value = members.get(member)
    if value is not None and not isinstance(value, str):
        raise RulesError(f"{name}: {member} is a text, not {value!r}")
    return value or None


def _truth(name: str, value: Any) -> bool:
    if value is not None and not isinstance(value, bool):
        raise RulesError(f"{name}: key is true or false, not {value!r}")
    return bool(value)


def _check(name: str, rule: Rule, groups: frozenset[str]) -> None:
    if rule.merge == "roster":
        raise RulesError(f"{name}: the strategy roster is not supported yet; give its members documents of their own")
    if rule.merge and rule.merge not in STRATEGIES:
        raise RulesError(f"{name}: there is no strategy {rule.merge!r}; use one of {', '.join(STRATEGIES)}")
    if rule.fields:
        raise RulesError(f"{name}: only a roster has fields of its own; leave out fields, or group them")
    if rule.group and rule.merge in COMBINING:
        raise RulesError(
            f"{name}: the group {rule.group!r} is chosen whole and cannot merge by {rule.merge};"
            " use latest, review or authority, or take the field out of the group"
        )
    if name in groups and rule.group != name:
        raise RulesError(f"{name}: a group has the same name as this field; rename the group, or put the field in it")


def _strategy(item: str, rules: Mapping[str, Rule]) -> str:
    named = {rule.merge: name for name, rule in rules.items() if rule.merge}
    if len(named) > 1:
        said = " and ".join(f"{name} by {merge}" for merge, name in named.items())
        raise RulesError(f"{item}: the fields of a group merge alike, but these differ: {said}; give them one strategy")
    return next(iter(named), "") or ("review" if any(rule.key for rule in rules.values()) else "latest")

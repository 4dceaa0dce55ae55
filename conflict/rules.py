"""How each item of a document merges: the strategy of every field, the groups that are one item, and the rosters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from conflict.paths import is_keyless
from conflict.rule import Rule, RulesError, check_rules, key_of, read_rules


@dataclass(frozen=True, slots=True)
class Roster:
    """How the members of an array merge: the fields that tell them apart, jointly, and the rules of the others."""

    key: tuple[str, ...]
    rules: Rules


class Rules:
    """The rules of a form: which item a field belongs to, and by which strategy the item merges.

    Fields that the rules do not name are items of their own that take the latest value. Items and fields inside a
    roster have the names that conflict/paths.py describes; a member itself is the group of its key's fields.
    """

    __slots__ = ("_alone", "_fields", "_groups", "_items", "_strategies", "rosters")

    def __init__(self, rules: Mapping[str, Rule]) -> None:
        check_rules(rules)
        self._set(rules)

    def _set(self, rules: Mapping[str, Rule]) -> None:
        self._items: dict[str, str] = {}
        self._fields: dict[str, tuple[str, ...]] = {}
        self._strategies: dict[str, str] = {}
        self._groups = frozenset(rule.group for rule in rules.values() if rule.group)
        self.rosters = {name: _roster(rule) for name, rule in rules.items() if rule.merge == "roster"}
        for name, rule in rules.items():
            item = rule.group or name
            self._items[name] = item
            self._fields[item] = (*self._fields.get(item, ()), name)
        for item, names in self._fields.items():
            self._strategies[item] = _strategy(item, {name: rules[name] for name in names})
        for group in self._groups - self._items.keys():  # a stray field of the group's name is not the group
            self._items[group] = f"{group} (field)"
            self._fields[f"{group} (field)"] = (group,)
        self._alone = {item: None if item in self._groups else names[0] for item, names in self._fields.items()}

    @classmethod
    def of(cls, rules: Mapping[str, Rule | Mapping[str, Any]]) -> Rules:
        """Build rules from one rule per field, a Rule or an object with its members.

        Raises: RulesError when a strategy is unknown, the members of a group merge differently, or a rule contradicts
        itself.
        """
        return cls(read_rules(rules))

    def item_of(self, field: str) -> str:
        """Return the item a field belongs to: its group, its member of a roster if it is part of the key, or itself."""
        found = self._items.get(field)
        if found is None and self.rosters and (place := self._place(field)):
            member, inner, roster = place
            if not inner:
                return field
            return member if inner in roster.key else f"{member}.{roster.rules.item_of(inner)}"
        return field if found is None else found

    def fields_of(self, item: str) -> tuple[str, ...]:
        """Return the fields of an item, in the order of the rules."""
        found = self._fields.get(item)
        if found is None and self.rosters and (place := self._place(item)):
            member, inner, roster = place
            if not inner:
                return tuple(f"{member}.{name}" for name in roster.key) if self.is_group(item) else (item,)
            return tuple(f"{member}.{name}" for name in roster.rules.fields_of(inner))
        return found or (item,)

    def field_of(self, item: str) -> str | None:
        """Return the field of an item that is one alone; None for a group."""
        if self.rosters:
            return None if self.is_group(item) else self.fields_of(item)[0]
        return self._alone.get(item, item)

    def strategy_of(self, item: str) -> str:
        """Return the strategy by which an item merges."""
        found = self._strategies.get(item)
        if found is None and self.rosters and (place := self._place(item)) and place[1]:
            return place[2].rules.strategy_of(place[1])
        return found or "latest"

    def is_group(self, item: str) -> bool:
        """Tell whether an item is a group, whose value is an object of its fields."""
        if self.rosters and (place := self._place(item)):
            member, inner, roster = place
            return roster.rules.is_group(inner) if inner else not member.endswith("[]") and not is_keyless(member)
        return item in self._groups

    def is_roster(self, item: str) -> bool:
        """Tell whether an item is a roster, in the document or in a member."""
        place = self._place(item)
        return place[2].rules.is_roster(place[1]) if place else item in self.rosters

    def is_order(self, item: str) -> bool:
        """Tell whether an item is the order of a roster's members."""
        return item.endswith("[]") and self.is_roster(item[:-2])

    def is_member(self, item: str) -> bool:
        """Tell whether an item is a member of a roster."""
        place = self._place(item)
        if not place:
            return False
        return place[2].rules.is_member(place[1]) if place[1] else not item.endswith("[]")

    def around(self, item: str) -> Iterator[str]:
        """Yield the rosters and members that an item or a field stands in, outermost first; not itself."""
        place = self._place(item)
        if place:
            member, inner, roster = place
            yield member.partition("[")[0]
            if inner:
                yield member
                yield from (f"{member}.{name}" for name in roster.rules.around(inner))

    def scope_of(self, item: str) -> tuple[str, Rules]:
        """Return what the names inside of an item's member begin with, and the rules there."""
        place = self._place(item)
        if not place or not place[1]:
            return "", self
        prefix, rules = place[2].rules.scope_of(place[1])
        return f"{place[0]}.{prefix}", rules

    def _place(self, name: str) -> tuple[str, str, Roster] | None:
        """Return the member a name stands in, what it is called there, and the roster; None outside of rosters."""
        root, bracket, tail = name.partition("[")
        roster = self.rosters.get(root) if bracket else None
        if roster is None:
            return None
        member, _, inner = tail.partition("]")
        return f"{root}[{member}]", inner[1:], roster


def _roster(rule: Rule) -> Roster:
    key = key_of(rule)
    inner = object.__new__(Rules)
    inner._set({name: part for name, part in rule.fields.items() if name not in key})
    return Roster(key, inner)


def _strategy(item: str, rules: Mapping[str, Rule]) -> str:
    named = {rule.merge: name for name, rule in rules.items() if rule.merge}
    if len(named) > 1:
        said = " and ".join(f"{name} by {merge}" for merge, name in named.items())
        listed = "，".join(f"{name} 按 {merge}" for merge, name in named.items())
        raise RulesError(
            f"{item}: the fields of a group merge alike, but these differ: {said}; give them one strategy",
            f"{item}：同组的字段须用同一合并方式，而这些不同：{listed}；请统一",
        )
    return next(iter(named), "") or ("review" if any(rule.key for rule in rules.values()) else "latest")

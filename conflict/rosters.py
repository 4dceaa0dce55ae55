"""Rosters laid flat, and put together again.

A document with rosters merges like one without: each is laid out as fields by the names of conflict/paths.py, the
fields merge as ever, and the result is put together. For a roster `members` the flat fields are

- `members`: `[]` for the roster itself, or the value as it is where it is no array of objects;
- `members[]`: the names of the members in order, where there are any;
- `members[K].age` and so on: the fields of each member, the key's among them; a member is there if its key is;
- `members[=…]`: the whole value of a member without a key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from conflict.equality import ABSENT
from conflict.paths import field_name, field_of_name, is_keyless, member_ids, twins_in_order
from conflict.rules import Roster, Rules

ROSTER: Final[list[Any]] = []
"""What stands for a roster itself; never written to."""


class Flat(dict[str, Any]):
    """Flat fields of a document; `members` are the names of all its members."""

    __slots__ = ("members",)

    def __init__(self) -> None:
        super().__init__()
        self.members: set[str] = set()


def flatten(data: Mapping[str, Any], rules: Rules) -> Flat:
    """Return a document's data as flat fields."""
    flat = Flat()
    _spread(flat, "", data, rules)
    return flat


def _spread(flat: Flat, prefix: str, data: Mapping[str, Any], rules: Rules) -> None:
    for name, value in data.items():
        path = prefix + field_name(name, rules.rosters)
        roster = rules.rosters.get(name)
        if roster is None or not is_roster(value):
            flat[path] = value
        else:
            flat[path] = ROSTER
            if value:
                _spread_members(flat, path, value, roster)


def _spread_members(flat: Flat, path: str, members: Sequence[Mapping[str, Any]], roster: Roster) -> None:
    names = [f"{path}[{name}]" for name in member_ids(members, roster.key)]
    flat[f"{path}[]"] = names
    flat.members.update(names)
    for name, member in zip(names, members, strict=True):
        if is_keyless(name[len(path) :]):
            flat[name] = member
        else:
            _spread(flat, f"{name}.", member, roster.rules)


def is_roster(value: Any) -> bool:
    """Tell whether a value is an array of objects; an empty array is one."""
    return isinstance(value, list) and all(isinstance(member, dict) for member in value)


def is_whole(value: Any) -> bool:
    """Tell whether the flat value of a roster is a value that merges whole, because it is no array of objects."""
    return value is not ABSENT and not (isinstance(value, list) and not value)


def unflatten(flat: Mapping[str, Any], rules: Rules) -> dict[str, Any]:
    """Return the data that flat fields stand for; fields of members that are not there are left out."""
    data: dict[str, Any] = {}
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for path, value in flat.items():
        root, bracket, tail = path.partition("[")
        if bracket and root in rules.rosters:
            name, _, inner = tail.partition("]")
            found.setdefault(root, {}).setdefault(name, {})[inner[1:]] = value
        else:
            data[field_of_name(path, rules.rosters)] = value
    for root, members in found.items():
        if not is_whole(data.get(root, ABSENT)):
            array = _array(members, rules.rosters[root])
            data.update({root: array} if array or root in data else {})
    return {name: list(value) if value is ROSTER else value for name, value in data.items()}


def _array(members: dict[str, dict[str, Any]], roster: Roster) -> list[Any]:
    order = members.pop("", {}).get("", [])
    wanted = [name[:-1].rpartition("[")[2] for name in order]
    known = dict.fromkeys((*(name for name in wanted if name in members), *members))
    there = [f"{name}]" for name in known if _is_there(name, members[name], roster.key)]
    return [_member(name[:-1], members[name[:-1]], roster) for name in twins_in_order(there)]


def _member(name: str, fields: Mapping[str, Any], roster: Roster) -> Any:
    return fields[""] if is_keyless(f"[{name}") else unflatten(fields, roster.rules)


def _is_there(name: str, fields: Mapping[str, Any], key: Iterable[str]) -> bool:
    return "" in fields if is_keyless(f"[{name}") else all(part in fields for part in key)


def array_of(flat: Mapping[str, Any], roster: str, rules: Rules) -> Any:
    """Return the array of one roster among flat fields; ABSENT where there is none."""
    prefix, scope = rules.scope_of(roster)
    own = {
        name[len(prefix) :]: value for name, value in flat.items() if name == roster or name.startswith(f"{roster}[")
    }
    return unflatten(own, scope).get(roster[len(prefix) :], ABSENT)

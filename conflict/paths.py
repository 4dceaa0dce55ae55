"""Names inside a roster, an array of objects that merges member by member.

`members[K]` is the member K, `members[K].age` a field of it, `members[]` the order of the members; rosters in members
go on the same way: `members[K].jobs[J].title`. K is the text of the member's key. A key that is not a plain text or is
long shows itself by how K begins:

- `"7"`: the text 7; `7` is the number;
- `~…`: a digest of a key too long to be part of a name;
- `=…`: a digest of the whole value of a member that has no key.

The second, third, … member of one K in the same array are `K#2`, `K#3`. A character of a key that means something in
these names is written as `%` and its code in two hexadecimal digits.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

_MEANT: Final = re.compile(r"[%\[\]#,=~\x00-\x1f]")
_SCOPED: Final = re.compile(r"([^\[%]*)[\[%]")
_LONGEST: Final = 120
_DIGEST_BYTES: Final = 12


def field_name(name: str, rosters: Collection[str]) -> str:
    """Return a field's name among these rosters: as it is, unless it would pass for a name inside one of them."""
    if ("[" in name or "%" in name) and (found := _SCOPED.match(name)) and found[1] in rosters:
        return name.replace("%", "%25").replace("[", "%5B")
    return name


def field_of_name(name: str, rosters: Collection[str]) -> str:
    """Return the field that `field_name` named."""
    if "%" in name and (found := _SCOPED.match(name)) and found[1] in rosters:
        return name.replace("%5B", "[").replace("%25", "%")
    return name


def member_ids(members: Sequence[Mapping[str, Any]], key: Sequence[str]) -> list[str]:
    """Return what each member of an array is called; `key` are the fields of the member key, jointly."""
    met: dict[str, int] = {}
    return [_numbered(_member_id(member, key), met) for member in members]


def _numbered(name: str, met: dict[str, int]) -> str:
    met[name] = met.get(name, 0) + 1
    return name if met[name] == 1 else f"{name}#{met[name]}"


def _member_id(member: Mapping[str, Any], key: Sequence[str]) -> str:
    parts = [_key_text(member.get(name)) for name in key]
    if not all(parts):
        return f"={_digest(canonical(member))}"
    name = ",".join(parts)
    return name if len(name) <= _LONGEST else f"~{_digest(name)}"


def _key_text(value: Any) -> str:
    """Return a part of a key as text; empty for what cannot be one: nothing, an empty text, an array, an object."""
    if isinstance(value, str):
        return _MEANT.sub(_escape, f'"{value}"' if _is_ambiguous(value) else value)
    return canonical(value) if isinstance(value, bool | int | float) else ""


def _is_ambiguous(text: str) -> bool:
    """Tell whether a text, written plainly, would read as a number or a truth value."""
    if not text or text[0] not in '-0123456789tf"':
        return False
    try:
        return text.startswith('"') or not isinstance(json.loads(text), list | dict)
    except ValueError:
        return False


def _escape(found: re.Match[str]) -> str:
    return f"%{ord(found[0]):02X}"


def canonical(value: Any) -> str:
    """Return a JSON value as a text that two values share when they are equal as JSON."""
    return json.dumps(_whole(value), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_whole(part) for part in value]
    return {name: _whole(part) for name, part in value.items()} if isinstance(value, dict) else value


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES).hexdigest()


def is_keyless(member: str) -> bool:
    """Tell whether a name such as `members[=…]` is that of a member known by its whole value."""
    return member.partition("[")[2].startswith("=")


def twin(member: str) -> tuple[str, int]:
    """Return the name of the first member of the same key, and this one's number among them."""
    name, mark, number = member.removesuffix("]").rpartition("#")
    return (f"{name}]", int(number)) if mark and number.isdecimal() else (member, 1)


def twins_in_order(names: Sequence[str]) -> list[str]:
    """Return names of members in the same places, but those of one key in the order of their numbers."""
    if not any("#" in name for name in names):
        return list(names)
    places = [twin(name)[0] for name in names]
    in_order: dict[str, list[str]] = {}
    for name in sorted(names, key=twin, reverse=True):
        in_order.setdefault(twin(name)[0], []).append(name)
    return [in_order[first].pop() for first in places]


def twin_name(first: str, number: int) -> str:
    """Return the name of another member of the same key."""
    return first if number == 1 else f"{first.removesuffix(']')}#{number}]"

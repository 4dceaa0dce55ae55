"""Lines of merges, read and checked: what a line may say, and what cannot be meant by it.

Nothing is passed over: a member that is not known, a name that stands twice in an object, a number that would lose
digits are faults, since whatever they were meant for would be lost. Pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Any, Final

import msgspec
import orjson

from conflict.rules import Rules
from conflict.strategies import instant
from fieldsync.judgement import is_deeper

REASONS: Final = ("refused", "unknown", "not_asked")
DEEPEST: Final = 64
"""Levels of `data`, itself the first; no document that enters a cell is deeper."""
_NAMES: Final = re.compile(rb'"\s*:')
_LONG_NUMBERS: Final = re.compile(rb"[-\d]\d{19}")
_PLACE: Final = re.compile(r"[^\[\]]+(\[[^\[\]]*\]\.[^\[\]]+)*(\[[^\[\]]*\])?")
"""How a name inside of a roster is written: `members[K]`, `members[K].jobs[J].title`, `members[]`."""
_SHAPE: Final = (
    'a line is {"base": null or {"data", …}, "sides": [{"rev", "data", …}], "rules": {FIELD: {…}}}; bases and sides may'
    ' also have "missing", "deleted", "contests", "attachments", and "at", "stamps", "authority"'
)
_SHAPE_ZH: Final = (
    '一行应为 {"base": null 或 {"data", …}, "sides": [{"rev", "data", …}], "rules": {字段: {…}}}；base 与 sides 还可有'
    ' "missing"、"deleted"、"contests"、"attachments" 以及 "at"、"stamps"、"authority"'
)


class LineError(ValueError):
    """A line cannot be read or contradicts itself: where, and how to mend it; `zh` says the same in Chinese."""

    def __init__(self, said: str, zh: str) -> None:
        super().__init__(said)
        self.zh = zh


class _Candidate(msgspec.Struct, forbid_unknown_fields=True):
    rev: str
    value: Any = None


class ContestGiven(msgspec.Struct, forbid_unknown_fields=True):
    """An open contest."""

    fields: Annotated[list[str], msgspec.Meta(min_length=1)]
    candidates: list[_Candidate]


class Version(msgspec.Struct, forbid_unknown_fields=True):
    """What bases and sides have in common."""

    data: dict[str, Any] | None = None
    missing: dict[str, str] | None = None
    deleted: bool = False
    contests: list[ContestGiven] | None = None
    attachments: dict[str, dict[str, Any]] | None = None
    at: str | None = None
    stamps: dict[str, str] | None = None
    authority: str | int | None = None


class BaseVersion(Version):
    """A base; it may be an answer, or be written like a side, whose author and times count for nothing."""

    rev: str | None = None
    decisions: list[Any] | None = None


class SideVersion(Version, kw_only=True):
    """A side."""

    rev: Annotated[str, msgspec.Meta(min_length=1)]


class Line(msgspec.Struct, forbid_unknown_fields=True):
    """One merge to make."""

    sides: Annotated[list[SideVersion], msgspec.Meta(min_length=1)]
    base: BaseVersion | None = None
    rules: dict[str, dict[str, Any]] | None = None

    def versions(self) -> Iterator[tuple[str, Version]]:
        """Yield the base, if there is one, and the sides, each with its place in the line."""
        if self.base:
            yield "$.base", self.base
        yield from ((f"$.sides[{i}]", side) for i, side in enumerate(self.sides))


class _Doubled(dict[str, Any]):
    """An object that has a name more than once."""

    name = ""


def read_line(text: bytes) -> Line:
    """Read a line.

    Raises: LineError, with the place and the mend; RecursionError where it is nested too deeply to be read.
    """
    try:
        members = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if "depth limit" in str(error):
            raise RecursionError from error
        raise LineError(
            f"this is not JSON ({error}); write one object a line", f"不是 JSON（{error}）；请每行写一个对象"
        ) from error
    if isinstance(members, dict | list) and not _is_kept(members, text):
        _check_kept(text)
    try:
        line = msgspec.convert(members, type=Line)
    except msgspec.ValidationError as error:
        raise LineError(f"{error}; {_SHAPE}", f"形式不对（{error}）；{_SHAPE_ZH}") from error
    for where, version in line.versions():
        _check_version(where, version)
    return line


def _is_kept(members: dict[str, Any] | list[Any], text: bytes) -> bool:
    """Tell whether every name and number was surely read as it is written: the short way, for nearly every line.

    What looks like a name in a text can only be more than the names.
    """
    return len(_NAMES.findall(text)) == _count_names(members) and not _LONG_NUMBERS.search(text)


def _count_names(members: dict[str, Any] | list[Any]) -> int:
    count, parts = 0, [members]
    for part in parts:
        count += len(part) if type(part) is dict else 0
        values = part.values() if type(part) is dict else part
        parts += [value for value in values if type(value) is dict or type(value) is list]
    return count


def _check_kept(text: bytes) -> None:
    """See that reading loses nothing of a text. Raises LineError."""
    members = json.loads(text, object_pairs_hook=_object, parse_int=_whole_number)
    for where, found in _doubled("$", members):
        raise LineError(
            f"{found.name!r} is more than once in {where}; give each name once",
            f"{where} 中 {found.name!r} 出现多次；每个名称只写一次",
        )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) == len(pairs):
        return made
    doubled, names = _Doubled(made), [name for name, _ in pairs]
    doubled.name = next(name for name in names if names.count(name) > 1)
    return doubled


def _whole_number(digits: str) -> int:
    if not -(2**63) <= (number := int(digits) if len(digits) < 21 else 2**64) < 2**64:
        raise LineError(
            f"{digits:.40} has more digits than a number keeps; write it as a text",
            f"{digits:.40} 位数太多，作为数字会丢失；请写成文本",
        )
    return number


def _doubled(where: str, value: Any) -> Iterator[tuple[str, _Doubled]]:
    """Yield the objects in a value that have a name more than once, each with its place."""
    if isinstance(value, _Doubled):
        yield where, value
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in parts:
        if isinstance(part, dict | list):
            yield from _doubled(f"{where}.{name}" if isinstance(name, str) else f"{where}[{name}]", part)


def _check_version(where: str, version: Version) -> None:
    """See that a base or a side is a whole document that could be one of ours. Raises LineError."""
    if version.data is None and not version.deleted:
        raise LineError(
            f'{where} has no data; give all answers of this version ({{}} if it has none), or "deleted": true',
            f'{where} 没有 data；请写出该版本的全部填报项（没有则写 {{}}），或写 "deleted": true',
        )
    if version.data and is_deeper(version.data, DEEPEST):
        raise LineError(
            f"{where}.data is nested too deeply; documents have at most {DEEPEST} levels",
            f"{where}.data 嵌套太深；文档最多 {DEEPEST} 层",
        )
    for field, reason in (version.missing or {}).items():
        if reason not in REASONS:
            raise LineError(
                f"{reason!r} at {where}.missing[{field!r}] is no reason; use one of {', '.join(REASONS)}",
                f"{where}.missing[{field!r}] 的 {reason!r} 不是缺失原因；可用 {'、'.join(REASONS)}",
            )
    stamps = {f"stamps[{name!r}]": at for name, at in (version.stamps or {}).items()}
    for name, at in {"at": version.at, **stamps}.items():
        if at and instant(at) == timedelta.min:
            raise LineError(
                f"{at!r} at {where}.{name} is no time; write it like 2026-11-23T08:00:00Z",
                f"{where}.{name} 的 {at!r} 不是时间；请写成 2026-11-23T08:00:00Z 的形式",
            )


def check_names(line: Line, rules: Rules) -> None:
    """See that a line's revisions, and its names inside of rosters, lead somewhere. Raises LineError."""
    met: dict[str, tuple[str, SideVersion]] = {}
    for where, side in ((f"$.sides[{i}]", side) for i, side in enumerate(line.sides)):
        first, other = met.setdefault(side.rev, (where, side))
        if other != side:
            raise LineError(
                f"{first} and {where} are both {side.rev} and differ; give each version a revision of its own",
                f"{first} 与 {where} 的修订同为 {side.rev} 而内容不同；每个版本须有自己的修订号",
            )
    for where, version in line.versions() if rules.rosters else ():
        for name in _names(version):
            if name.partition("[")[0] in rules.rosters and not _PLACE.fullmatch(name):
                raise LineError(
                    f"{name!r} in {where} leads nowhere; write members[KEY], members[KEY].field or members[]",
                    f"{where} 中的 {name!r} 无所指；请写成 members[KEY]、members[KEY].field 或 members[]",
                )


def _names(version: Version) -> Iterator[str]:
    """Yield the names of items that a base or a side speaks of."""
    for contest in version.contests or ():
        yield from contest.fields
    yield from version.stamps or ()

"""Merges as lines of JSON, read, made and answered: what `fieldsync merge` does with each line.

Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Annotated, Any

import msgspec
import orjson

from conflict import (
    Attachments,
    Base,
    Contest,
    Merge,
    Rules,
    Side,
    contest_from_json,
    contest_to_json,
    decision_to_json,
    merge,
    merge_attachments,
)
from conflict.narration import narrate, narrate_attachments
from conflict.strategies import AUTHORITIES, instant

_PLACE = re.compile(r"[^\[\]]+(\[[^\[\]]*\]\.[^\[\]]+)*(\[[^\[\]]*\])?")
"""How a name inside of a roster is written: `members[K]`, `members[K].jobs[J].title`, `members[]`."""


class _Candidate(msgspec.Struct):
    rev: str
    value: Any = None


class _Contest(msgspec.Struct):
    fields: Annotated[list[str], msgspec.Meta(min_length=1)]
    candidates: list[_Candidate]


class _Stub(msgspec.Struct):
    digest: Annotated[str, msgspec.Meta(min_length=1)]
    revpos: int = 0


class _Base(msgspec.Struct):
    data: dict[str, Any] | None = None
    missing: dict[str, str] | None = None
    deleted: bool = False
    contests: list[_Contest] | None = None
    attachments: dict[str, dict[str, Any]] | None = None


class _Side(_Base, kw_only=True):
    rev: Annotated[str, msgspec.Meta(min_length=1)]
    at: str | None = None
    stamps: dict[str, str] | None = None
    authority: str | int | None = None


class Line(msgspec.Struct):
    """One merge to make."""

    sides: Annotated[list[_Side], msgspec.Meta(min_length=1)]
    base: _Base | None = None
    rules: dict[str, dict[str, Any]] | None = None


@dataclass(frozen=True, slots=True)
class _Attached:
    """An attachment as a line gives it; what the line says of it besides the digest goes through as it is."""

    digest: str
    revpos: int
    said: Mapping[str, Any]


def read_line(text: bytes) -> Line:
    """Read a line. Raises ValueError, with the place and the mend."""
    try:
        members = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"this is not JSON ({error}); write one object a line") from error
    try:
        return msgspec.convert(members, type=Line)
    except msgspec.ValidationError as error:
        raise ValueError(f'{error}; a line is {{"base": …, "sides": [{{"rev", "data", …}}], "rules": …}}') from error


def answered(line: Line) -> bytes:
    """Return the answer to a line as JSON. Raises ValueError where the line contradicts itself."""
    merged, _ = _merged(line)
    members: dict[str, Any] = {"data": merged.data, "deleted": merged.deleted}
    if any(part is not None and part.missing is not None for part in (line.base, *line.sides)):
        members["missing"] = merged.missing
    members["decisions"] = list(map(decision_to_json, merged.decisions))
    members["contests"] = list(map(contest_to_json, merged.contests))
    if attachments := _attachments(line, merged):
        members["attachments"] = {name: one.said for name, one in attachments.names.items()}
    return orjson.dumps(members)


def explained(line: Line, language: str) -> bytes:
    """Return the answer to a line in sentences. Raises ValueError where the line contradicts itself."""
    merged, rules = _merged(line)
    told = narrate(merged, rules, language)
    attachments = _attachments(line, merged)
    if attachments and not merged.deleted:
        base = _attached(line.base, "base") if line.base else None
        said = narrate_attachments(base, attachments, language)
        is_quiet = not (merged.sources or merged.decisions or merged.contests)
        told = f"{'' if is_quiet and said else told}{' ' if said and not is_quiet and language == 'en' else ''}{said}"
    return told.encode("utf-8", "replace")


def _merged(line: Line) -> tuple[Merge, Rules]:
    rules = _rules(orjson.dumps(line.rules or {}))
    _check(line, rules)
    base = _base(line.base, rules) if line.base else None
    return merge(base, [_side(side, rules) for side in line.sides], rules), rules


def _check(line: Line, rules: Rules) -> None:
    """See that a line's times, names and revisions can be what they say. Raises ValueError."""
    met: dict[str, tuple[str, _Side]] = {}
    for where, side in ((f"$.sides[{i}]", side) for i, side in enumerate(line.sides)):
        _check_times(where, side)
        first, other = met.setdefault(side.rev, (where, side))
        if other != side:
            raise ValueError(
                f"{first} and {where} are both {side.rev} and differ; give each version a revision of its own"
            )
    parts = [("$.base", line.base)] if line.base else []
    for where, part in (*parts, *((f"$.sides[{i}]", side) for i, side in enumerate(line.sides))):
        for name in _names(part) if rules.rosters else ():
            if name.partition("[")[0] in rules.rosters and not _PLACE.fullmatch(name):
                raise ValueError(
                    f"{name!r} in {where} leads nowhere; write members[KEY], members[KEY].field or members[]"
                )


def _check_times(where: str, side: _Side) -> None:
    stamps = {f"stamps[{name!r}]": at for name, at in (side.stamps or {}).items()}
    for name, at in {"at": side.at, **stamps}.items():
        if at and instant(at) == timedelta.min:
            raise ValueError(f"{at!r} at {where}.{name} is no time; write it like 2026-11-23T08:00:00Z")


def _names(part: _Base) -> Iterator[str]:
    """Yield the names of items that a base or a side speaks of."""
    for contest in part.contests or ():
        yield from contest.fields
    if isinstance(part, _Side):
        yield from part.stamps or ()


@lru_cache(maxsize=64)
def _rules(rules: bytes) -> Rules:
    return Rules.of(orjson.loads(rules))


def _base(base: _Base, rules: Rules) -> Base:
    return Base(base.data or {}, base.missing or {}, base.deleted, _contests(base.contests or (), rules))


def _side(side: _Side, rules: Rules) -> Side:
    if isinstance(side.authority, str) and side.authority not in AUTHORITIES:
        raise ValueError(f"there is no authority {side.authority!r}; use one of {', '.join(AUTHORITIES)}")
    return Side(
        rev=side.rev,
        data=side.data or {},
        missing=side.missing or {},
        deleted=side.deleted,
        stamps=side.stamps or {},
        at=side.at or "",
        authority="collector" if side.authority is None else side.authority,
        contests=None if side.contests is None else _contests(side.contests, rules),
    )


def _contests(contests: Sequence[_Contest], rules: Rules) -> tuple[Contest, ...]:
    found: dict[str, Contest] = {}
    for contest in contests:
        items = dict.fromkeys(map(rules.item_of, contest.fields))
        if len(items) > 1:
            raise ValueError(f"a contest is over one item, not {' and '.join(items)}; group the fields, or split it")
        if not found.keys().isdisjoint(items):
            raise ValueError(f"{contest.fields[0]} is contested twice; give one contest with all its candidates")
        found.update(dict.fromkeys(items, contest_from_json(msgspec.to_builtins(contest), rules)))
    return tuple(found.values())


def _attachments(line: Line, merged: Merge) -> Attachments[_Attached] | None:
    """Return what the attachments come to; None where nobody gives any. A deletion leaves them as they were."""
    if all(part is None or part.attachments is None for part in (line.base, *line.sides)):
        return None
    base = _attached(line.base, "base") if line.base else None
    given = [_attached(side, f"sides[{i}]", base) for i, side in enumerate(line.sides)]
    live = [one for one, side in zip(given, line.sides, strict=True) if merged.deleted or not side.deleted]
    return merge_attachments(base, live, lambda one: (one.revpos, one.digest, orjson.dumps(one.said, option=_SORTED)))


_SORTED = orjson.OPT_SORT_KEYS


def _attached(part: _Base, where: str, otherwise: Mapping[str, _Attached] | None = None) -> dict[str, _Attached]:
    """Return the attachments of a base or a side; of a side that gives none, the base's."""
    if part.attachments is None:
        return dict(otherwise or {})
    return {name: _read_stub(said, f"$.{where}.attachments[{name!r}]") for name, said in part.attachments.items()}


def _read_stub(said: Mapping[str, Any], where: str) -> _Attached:
    try:
        stub = msgspec.convert(said, type=_Stub)
    except msgspec.ValidationError as error:
        raise ValueError(f'{error} in {where}; an attachment is {{"digest": "md5-…", …}}') from error
    return _Attached(stub.digest, stub.revpos, said)

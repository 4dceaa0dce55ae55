"""Merges as lines of JSON, made and answered: what `fieldsync merge` does with each line. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from conflict.strategies import AUTHORITIES
from fieldsync.merge_input import BaseVersion, ContestGiven, Line, LineError, SideVersion, Version, check_names


class _Stub(msgspec.Struct):
    digest: Annotated[str, msgspec.Meta(min_length=1)]
    revpos: int = 0


@dataclass(frozen=True, slots=True)
class _Attached:
    """An attachment as a line gives it; what the line says of it besides the digest goes through as it is."""

    digest: str
    revpos: int
    said: Mapping[str, Any]


def answered(line: Line) -> bytes:
    """Return the answer to a line as JSON. Raises LineError or RulesError where the line contradicts itself."""
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
    """Return the answer to a line in sentences. Raises LineError or RulesError where the line contradicts itself."""
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
    check_names(line, rules)
    base = _base(line.base, rules) if line.base else None
    return merge(base, [_side(side, rules) for side in line.sides], rules), rules


@lru_cache(maxsize=64)
def _rules(rules: bytes) -> Rules:
    return Rules.of(orjson.loads(rules))


def _base(base: BaseVersion, rules: Rules) -> Base:
    return Base(base.data or {}, base.missing or {}, base.deleted, _contests(base.contests or (), rules))


def _side(side: SideVersion, rules: Rules) -> Side:
    if isinstance(side.authority, str) and side.authority not in AUTHORITIES:
        raise LineError(
            f"there is no authority {side.authority!r}; use one of {', '.join(AUTHORITIES)}",
            f"没有 {side.authority!r} 这种权限；可用 {'、'.join(AUTHORITIES)}",
        )
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


def _contests(contests: Sequence[ContestGiven], rules: Rules) -> tuple[Contest, ...]:
    found: dict[str, Contest] = {}
    for contest in contests:
        items = dict.fromkeys(map(rules.item_of, contest.fields))
        if len(items) > 1:
            raise LineError(
                f"a contest is over one item, not {' and '.join(items)}; group the fields, or split it",
                f"一项争议只涉及一个项目，而不是 {'、'.join(items)}；请把字段归为一组，或分成几项争议",
            )
        if not found.keys().isdisjoint(items):
            raise LineError(
                f"{contest.fields[0]} is contested twice; give one contest with all its candidates",
                f"{contest.fields[0]} 有两项争议；请合为一项，列出全部候选值",
            )
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


def _attached(part: Version, where: str, otherwise: Mapping[str, _Attached] | None = None) -> dict[str, _Attached]:
    """Return the attachments of a base or a side; of a side that gives none, the base's."""
    if part.attachments is None:
        return dict(otherwise or {})
    return {name: _read_stub(said, f"$.{where}.attachments[{name!r}]") for name, said in part.attachments.items()}


def _read_stub(said: Mapping[str, Any], where: str) -> _Attached:
    try:
        stub = msgspec.convert(said, type=_Stub)
    except msgspec.ValidationError as error:
        raise LineError(
            f'{error} in {where}; an attachment is {{"digest": "md5-…", …}}',
            f'{where} 的附件形式不对（{error}）；附件应为 {{"digest": "md5-…", …}}',
        ) from error
    return _Attached(stub.digest, stub.revpos, said)

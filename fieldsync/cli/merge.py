"""`fieldsync merge`: what a merge does, one JSON object a line."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Annotated, Any

import msgspec
import orjson
import typer

from conflict import (
    Base,
    Contest,
    Merge,
    Rules,
    Side,
    contest_from_json,
    contest_to_json,
    decision_to_json,
    merge,
)
from conflict.narration import narrate
from conflict.strategies import AUTHORITIES


class Language(StrEnum):
    """The language of an explanation."""

    EN = "en"
    ZH = "zh"


class _Candidate(msgspec.Struct):
    rev: str
    value: Any = None


class _Contest(msgspec.Struct):
    fields: Annotated[list[str], msgspec.Meta(min_length=1)]
    candidates: list[_Candidate]


class _Base(msgspec.Struct):
    data: dict[str, Any] | None = None
    missing: dict[str, str] | None = None
    deleted: bool = False
    contests: list[_Contest] | None = None


class _Side(_Base, kw_only=True):
    rev: Annotated[str, msgspec.Meta(min_length=1)]
    at: str | None = None
    stamps: dict[str, str] | None = None
    authority: str | int | None = None


class _Line(msgspec.Struct):
    sides: Annotated[list[_Side], msgspec.Meta(min_length=1)]
    base: _Base | None = None
    rules: dict[str, dict[str, Any]] | None = None


def merge_command(
    file: Annotated[
        typer.FileBinaryRead, typer.Argument(metavar="FILE", help="Merges to make; - is standard input.")
    ] = "-",  # type: ignore[assignment]
    explain: Annotated[bool, typer.Option("--explain", help="Tell each merge in words instead.")] = False,
    lang: Annotated[Language, typer.Option(help="The language of the words.")] = Language.EN,
) -> None:
    """Explain a merge: read one JSON object a line, write one a line.

    A line has a base (or null), its sides, and the rules of the fields; the answer has the merged data, the decisions
    made by rule, and the contests that wait for a person. A line that cannot be read ends the command with status 2.

    Example, for a file with this line:

    {"base": {"data": {"n": 1}}, "sides": [{"rev": "2-a", "data": {"n": 2}}, {"rev": "2-b", "data": {"n": 3}}],
    "rules": {"n": {"merge": "max"}}}

    fieldsync merge merges.jsonl

    fieldsync merge --explain --lang zh < merges.jsonl
    """
    write = (lambda line: narrate(_merged(line), lang.value).encode()) if explain else _answer
    answers = typer.get_binary_stream("stdout")
    for number, line in enumerate(file, start=1):
        text = line.removeprefix(codecs.BOM_UTF8).strip()
        if text:
            answers.write(_or_stop(number, text, write) + b"\n")
            answers.flush()


def register(app: typer.Typer) -> None:
    """Add `merge` to an app."""
    app.command("merge")(merge_command)


def _or_stop(number: int, text: bytes, write: Callable[[_Line], bytes]) -> bytes:
    try:
        return write(_read(text))
    except (ValueError, msgspec.ValidationError) as error:
        typer.echo(f"line {number}: {error}", err=True)
    except RecursionError:
        typer.echo(f"line {number}: the values are nested too deeply; documents have at most 64 levels", err=True)
    raise typer.Exit(2)


def _read(text: bytes) -> _Line:
    try:
        members = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"this is not JSON ({error}); write one object a line") from error
    try:
        return msgspec.convert(members, type=_Line)
    except msgspec.ValidationError as error:
        raise ValueError(f'{error}; a line is {{"base": …, "sides": [{{"rev", "data", …}}], "rules": …}}') from error


def _merged(line: _Line) -> Merge:
    rules = Rules.of(line.rules or {})
    base = _base(line.base, rules) if line.base else None
    return merge(base, [_side(side, rules) for side in line.sides], rules)


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


def _answer(line: _Line) -> bytes:
    merged = _merged(line)
    members: dict[str, Any] = {"data": merged.data, "deleted": merged.deleted}
    if any(part is not None and part.missing is not None for part in (line.base, *line.sides)):
        members["missing"] = merged.missing
    members["decisions"] = list(map(decision_to_json, merged.decisions))
    members["contests"] = list(map(contest_to_json, merged.contests))
    return orjson.dumps(members)

"""`fieldsync merge`: what a merge does, one JSON object a line."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from typing import Annotated

import typer

from conflict.rule import RulesError
from fieldsync.merge_input import DEEPEST, Line, LineError, read_line
from fieldsync.merge_lines import answered, explained


class Language(StrEnum):
    """The language of an explanation."""

    EN = "en"
    ZH = "zh"


def merge_command(
    file: Annotated[
        typer.FileBinaryRead, typer.Argument(metavar="FILE", help="Merges to make; - is standard input.")
    ] = "-",  # type: ignore[assignment]
    explain: Annotated[bool, typer.Option("--explain", help="Tell each merge in sentences instead.")] = False,
    lang: Annotated[Language, typer.Option(help="The language of the sentences.")] = Language.EN,
) -> None:
    """Explain a merge: read one JSON object a line, write one a line.

    A line has a base (or null), its sides, and the rules of the fields; the answer has the merged data, the decisions
    made by rule, and the contests that wait for a person. A line that cannot be read ends the command with status 2;
    the lines before it are answered, nothing of it is.

    Example, for a file with this line:

    {"base": {"data": {"n": 1}}, "sides": [{"rev": "2-a", "data": {"n": 2}}, {"rev": "2-b", "data": {"n": 3}}],
    "rules": {"n": {"merge": "max"}}}

    fieldsync merge merges.jsonl

    fieldsync merge --explain --lang zh < merges.jsonl
    """
    answers = typer.get_binary_stream("stdout")
    answer = partial(explained, language=lang.value) if explain else answered
    at_once = answers.isatty()
    try:
        for number, line in enumerate(file, start=1):
            if text := line.removeprefix(codecs.BOM_UTF8).strip():
                answers.write(_or_stop(number, text, answer) + b"\n")
                if at_once:
                    answers.flush()
    finally:
        answers.flush()


def register(app: typer.Typer) -> None:
    """Add `merge` to an app."""
    app.command("merge")(merge_command)


def _or_stop(number: int, text: bytes, answer: Callable[[Line], bytes]) -> bytes:
    try:
        return answer(read_line(text))
    except (LineError, RulesError) as error:
        said, zh = str(error), error.zh
    except RecursionError:
        said = f"the values are nested too deeply; documents have at most {DEEPEST} levels"
        zh = f"嵌套太深；文档最多 {DEEPEST} 层"
    typer.echo(f"line {number}: {said} / 第 {number} 行：{zh}", err=True)
    raise typer.Exit(2)

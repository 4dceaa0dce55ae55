"""`fieldsync registry erase` and `file`: what is held about somebody, handed out or destroyed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from fieldsync.cli.context import OPERATOR, JsonOption, StoreOption, opened, say
from fieldsync.cli.language import spoken
from fieldsync.erasing import Reach
from fieldsync.errors import BadInput
from fieldsync.pipeline import Pipeline
from fieldsync.telling.person_files import FileToRead
from fieldsync.telling.person_pages import as_page, as_text

_ALSO = {
    "en": "{} has the same phone or identity number, and stays: see whether it tells of the same person",
    "zh": "{} 有相同的电话或证件号码，不会被删除：请核对其中是否也有该人员的信息",
}
_Record = Annotated[str, typer.Argument(help="The record's id, as registry find tells it.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the commands `erase` and `file` to the group `registry`."""
    app.command("erase")(erase)
    app.command("file")(file)


def erase(
    record: _Record,
    reason: Annotated[str, typer.Option(help="Why; it stays in the audit trail. Name nobody in it.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Erase now; without it, only tell what would be erased.")] = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Erase all that is known of a person, or what a household told of itself, for good; first tell what that is.

    The key under which it is encrypted is destroyed, also for the archive. Backups made before still hold it: see
    docs/privacy.md. Repeat the command if it was interrupted.

    Example: fieldsync registry erase person:8f01b9e8-78b1-580f-bccb-1e146c0e0337 --reason "request 2026-114" --yes
    """
    with opened(store) as services:
        flow = Pipeline.of(services)
        if not yes:
            reach = flow.erasing.reach(record)
            services.trail.note(OPERATOR, "registry.erasure", record)
            row = {"erased": None, "reach": _row(reach) | {"mentions": flow.erasing.mentions(reach)}}
            others = [_ALSO[spoken()].format(name) for name in flow.erasing.mentions(reach)]
            say(as_json, row, *_lines(reach), *others, "Nothing was erased: add --yes for that.")
            return
        if not reason.strip():
            raise BadInput(
                "Erasing needs --reason; it stays in the audit trail.",
                zh="删除须用 --reason 写明理由，理由将留存于查阅记录。",
            )
        reach = flow.erasing.reach(record)
        erasure = flow.erasing.erase(record, OPERATOR, reason)
        flow.steps.look_for_duplicates()
    done = f"{record} was erased. Tablets let go of it when they sync."
    say(as_json, {"erased": msgspec.to_builtins(erasure), "reach": _row(reach)}, *_lines(reach), done)


def file(
    record: _Record,
    reason: Annotated[str, typer.Option(help="Why it is read; it stays in the audit trail.")] = "",
    language: Annotated[str, typer.Option(help="zh or en.")] = "zh",
    out: Annotated[Path | None, typer.Option(help="Write it to a file: .html to print, .txt or .json.")] = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell all that is held about a person or a household, where each value is from, who saw it, how long it is kept.

    Example: fieldsync registry file person:8f01b9e8-78b1-580f-bccb-1e146c0e0337 --reason "request 114" --out file.html
    """
    if not reason.strip():
        raise BadInput(
            "A person's file shows everything: give --reason; it stays in the audit trail."
            " / 本人信息档案包含全部内容：请用 --reason 写明事由，事由将留存于查阅记录。"
        )
    if language not in ("zh", "en"):
        raise BadInput(f"There is no language {language!r}: give zh or en. / 语言应为 zh 或 en。")
    write = _writer(out, as_json)
    with opened(store) as services:
        files = Pipeline.of(services).files
        held = files.made(record, OPERATOR, reason)
        text = write(held, files.told(held, language))
    if out is None:
        typer.echo(text, nl=False)
    else:
        _write_private(out, text)
        typer.echo(f"The file is in {out}.", err=True)
    if out is not None or not sys.stdout.isatty():
        typer.echo("This is personal: keep it for the person it is about. / 个人信息，请妥善保管。", err=True)


def _writer(out: Path | None, as_json: bool) -> Callable[[dict[str, Any], FileToRead], str]:
    """Return what writes a file, by the name it is to have. Raises BadInput."""
    suffix = out.suffix.lower() if out else (".json" if as_json else ".txt")
    writers: dict[str, Callable[[dict[str, Any], FileToRead], str]] = {
        ".json": lambda held, _: msgspec.json.encode(held).decode() + "\n",
        ".txt": lambda _, told: as_text(told),
        ".html": lambda _, told: as_page(told),
    }
    if suffix not in writers:
        raise BadInput(f"--out ends with one of {', '.join(writers)}, not {suffix!r:.20}. / --out 的扩展名不对。")
    return writers[suffix]


def _write_private(out: Path, text: str) -> None:
    """Write a file that its owner alone may read. Raises BadInput."""
    try:
        with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise BadInput(f"{out} cannot be written: {error.strerror}. / 无法写入文件。") from error


def _row(reach: Reach) -> dict[str, object]:
    return {"records": list(reach.records), "documents": {cell: list(held) for cell, held in reach.documents.items()}}


def _lines(reach: Reach) -> list[str]:
    told = [f"record {record}" for record in reach.records]
    return told + [f"cell {cell}: {document}" for cell, document in reach.all()]

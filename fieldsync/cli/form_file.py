"""A form from a file, with the files beside it that it names, and its faults as lines."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

import typer

from forms_spec import Checked, Fault, FormSpec, read_form_limited

_OF_FORMS = frozenset({".csv", ".xml", ".geojson"})
"""What files are that a form looks things up in."""
_DEVICES = Path("/dev")
_LARGEST = 17 * 1024 * 1024
"""A little more than any limit on a file, so that the limit is what is named."""


def read_file(file: Path, language: str, largest: int = _LARGEST) -> bytes:
    """Return a file's bytes, as far as any limit goes; ends the command where it cannot be read.

    A pipe that nobody writes into would keep the command waiting; those of the shell below /dev are written.
    """
    if file.is_fifo() and _DEVICES not in file.absolute().parents:
        fail(_unreadable(file, "it is a pipe", language))
    try:
        with file.open("rb") as stream:
            return stream.read(largest)
    except OSError as error:
        fail(_unreadable(file, str(error.strerror), language))


def _unreadable(file: Path, why: str, language: str) -> str:
    english = f"{file} cannot be read ({why}); name a readable file."
    return in_words(language, english, f"无法读取 {file}（{why}）；请指定可读的文件。")


def in_words(language: str, english: str, chinese: str) -> str:
    """Return the sentence in a language."""
    return chinese if language == "zh" else english


def fail(message: str) -> NoReturn:
    """End the command with one line on standard error."""
    typer.echo(message, err=True)
    raise typer.Exit(2)


def read_form_file(file: Path, language: str) -> Checked:
    """Read and check a form within limits, with those of its files that lie in its folder."""
    workbook = read_file(file, language)
    checked = read_form_limited(workbook, file.name)
    beside = _beside(file, checked.spec, language) if checked.spec is not None else {}
    return read_form_limited(workbook, file.name, beside) if beside else checked


def files_beside(file: Path, workbook: bytes, language: str) -> dict[str, bytes]:
    """Return the files in a form's folder that the form names; it is read only where there might be one."""
    if not any(other.suffix.lower() in _OF_FORMS for other in file.absolute().parent.glob("*")):
        return {}
    checked = read_form_limited(workbook, file.name)
    return _beside(file, checked.spec, language) if checked.spec is not None else {}


def _beside(file: Path, spec: FormSpec, language: str) -> dict[str, bytes]:
    names = {named.name for named in spec.files.values() if os.path.basename(named.name) == named.name}  # noqa: PTH119
    found = sorted(name for name in names if (file.parent / name).is_file())
    return {name: read_file(file.parent / name, language) for name in found}


def sound_form(file: Path, language: str) -> Checked:
    """Return a form that has no errors; ends the command with the first error otherwise."""
    checked = read_form_file(file, language)
    if checked.spec is None or checked.errors:
        first, count = checked.errors[0], len(checked.errors)
        said = sentence(first, language)
        english = f"{file} has {count} error(s); see fieldsync form check. First: {said}"
        fail(in_words(language, english, f"{file} 有 {count} 处错误，详见 fieldsync form check。首个：{said}"))
    return checked


def spec_of(file: Path, language: str) -> FormSpec:
    """Return the form as data of a form that has no errors; ends the command otherwise."""
    spec = sound_form(file, language).spec
    assert spec is not None
    return spec


def place(fault: Fault, language: str = "en") -> str:
    """Return where a fault is, in words."""
    row = in_words(language, f"row {fault.row}", f"第 {fault.row} 行") if fault.row else ""
    return ", ".join(part for part in (fault.sheet, row, fault.column) if part)


def sentence(fault: Fault, language: str = "en") -> str:
    """Return a fault in one line, with its place and its remedy."""
    what, remedy = words(fault, language)
    said = f"{what} {remedy}" if language == "en" else what + remedy
    where = place(fault, language)
    return f"{where}: {said}" if where else said


def words(fault: Fault, language: str) -> tuple[str, str]:
    """Return what a fault says and how to mend it, in `en` or `zh`."""
    return (fault.message_zh, fault.remedy_zh) if language == "zh" else (fault.message, fault.remedy)

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


def read_file(file: Path, largest: int = _LARGEST) -> bytes:
    """Return a file's bytes, as far as any limit goes; ends the command where it cannot be read.

    A pipe that nobody writes into would keep the command waiting; those of the shell below /dev are written.
    """
    if file.is_fifo() and _DEVICES not in file.absolute().parents:
        fail(f"{file} cannot be read (it is a pipe); name a readable file.")
    try:
        with file.open("rb") as stream:
            return stream.read(largest)
    except OSError as error:
        fail(f"{file} cannot be read ({error.strerror}); name a readable file.")


def fail(message: str) -> NoReturn:
    """End the command with one line on standard error."""
    typer.echo(message, err=True)
    raise typer.Exit(2)


def read_form_file(file: Path) -> Checked:
    """Read and check a form within limits, with those of its files that lie in its folder."""
    workbook = read_file(file)
    checked = read_form_limited(workbook, file.name)
    beside = _beside(file, checked.spec) if checked.spec is not None else {}
    return read_form_limited(workbook, file.name, beside) if beside else checked


def files_beside(file: Path) -> dict[str, bytes]:
    """Return the files in a form's folder that the form names; it is read only where there might be one."""
    if not any(other.suffix.lower() in _OF_FORMS for other in file.absolute().parent.glob("*")):
        return {}
    checked = read_form_limited(read_file(file), file.name)
    return _beside(file, checked.spec) if checked.spec is not None else {}


def _beside(file: Path, spec: FormSpec) -> dict[str, bytes]:
    names = {named.name for named in spec.files.values() if os.path.basename(named.name) == named.name}  # noqa: PTH119
    return {name: read_file(file.parent / name) for name in sorted(names) if (file.parent / name).is_file()}


def spec_of(file: Path) -> FormSpec:
    """Return a form that has no errors; ends the command with the first error otherwise."""
    checked = read_form_file(file)
    if checked.spec is None or checked.errors:
        first = checked.errors[0]
        fail(f"{file} has {len(checked.errors)} error(s); see fieldsync form check. First: {sentence(first)}")
    return checked.spec


def place(fault: Fault) -> str:
    """Return where a fault is, in words."""
    row = f"row {fault.row}" if fault.row else ""
    return ", ".join(part for part in (fault.sheet, row, fault.column) if part)


def sentence(fault: Fault, language: str = "en") -> str:
    """Return a fault in one line, with its place and its remedy."""
    what, remedy = words(fault, language)
    said = f"{what} {remedy}" if language == "en" else what + remedy
    return f"{place(fault)}: {said}" if place(fault) else said


def words(fault: Fault, language: str) -> tuple[str, str]:
    """Return what a fault says and how to mend it, in `en` or `zh`."""
    return (fault.message_zh, fault.remedy_zh) if language == "zh" else (fault.message, fault.remedy)

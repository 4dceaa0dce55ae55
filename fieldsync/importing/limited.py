"""Workbooks and Parquet files, read in a process of its own, within limits of size, time and memory.

The child, `fieldsync.importing.child`, writes a row a line as JSON; whatever happens to it, the caller gets rows or one
clear error. Sizes are looked up first: a workbook of a few kB can unpack to gigabytes.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import msgspec

from fieldsync.errors import BadInput
from forms_spec.bounds import Limits, check_bounds

_MIB = 1024 * 1024
_MEMORY_SIGNALS = (-signal.SIGKILL, -signal.SIGSEGV, -signal.SIGABRT)
_MEMORY_WORDS = ("MemoryError", "annot allocate memory", "bad_alloc", "malloc of size")
REFUSED = 4
"""The exit status by which the child says what is wrong, on its standard error."""
WORKBOOK = Limits(
    file_size=128 * _MIB, unpacked_size=2048 * _MIB, parts=1_000, rows=1_048_576, columns=400, cells=20_000_000
)


@dataclass(frozen=True, slots=True)
class ChildLimits:
    """What the child may take: seconds of a processor, bytes of memory."""

    seconds: int = 900
    memory_mb: int = 2048


def limited_rows(path: Path, sheet: str | None, limits: ChildLimits = ChildLimits()) -> Iterator[list[str]]:
    """Yield the rows of a workbook's sheet or of a Parquet file as texts, the header first. Raises BadInput."""
    _check_size(path)
    command = [sys.executable, "-m", "fieldsync.importing.child", str(path.absolute()), sheet or ""]
    command += [str(limits.memory_mb), str(limits.seconds)]
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said, env=_environment()
        )
        assert child.stdout
        try:
            decode = msgspec.json.Decoder(list[str]).decode
            for line in child.stdout:
                yield decode(line)
        except msgspec.MsgspecError:
            pass  # its last line was cut short: how it ended says why
        finally:
            child.stdout.close()
            is_whole = child.poll() is not None or _ended_in_time(child)
        if child.returncode or not is_whole:
            raise BadInput(f"{path.name}: {_why(child.returncode, said, limits)}")


def _ended_in_time(child: subprocess.Popen[bytes]) -> bool:
    """Let the child end; one that is no longer read from is ended."""
    try:
        child.wait(timeout=5)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
        return False
    return True


def _check_size(path: Path) -> None:
    try:
        size = path.stat().st_size
        if path.suffix.lower() != ".xlsx":
            return
        if size > WORKBOOK.file_size:
            raise BadInput(
                f"{path.name} has {size // _MIB} MB, more than {WORKBOOK.file_size // _MIB}: split it."
                " / 文件过大；请拆分。"
            )
        fault = check_bounds(path.read_bytes(), path.name, WORKBOOK)
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}. / 无法读取文件。") from None
    if fault:
        raise BadInput(f"{path.name}: {fault.message} {fault.remedy} / 工作簿过大或损坏；请拆分或重新保存。")


def _environment() -> dict[str, str]:
    root = str(Path(__file__).resolve().parents[2])
    return {"PYTHONPATH": root, "PATH": os.defpath, "LANG": "C.UTF-8", "OMP_NUM_THREADS": "1"}


def _why(status: int, said: IO[bytes], limits: ChildLimits) -> str:
    said.seek(0)
    text = said.read(100_000).decode(errors="replace").strip()
    if status == REFUSED:
        return text
    if status == -signal.SIGXCPU:
        return (
            f"reading it takes longer than {limits.seconds} s: split it, or save it as CSV."
            " / 读取超时；请拆分，或存为 CSV。"
        )
    if status in _MEMORY_SIGNALS or any(word in text for word in _MEMORY_WORDS):
        return (
            f"reading it needs more than {limits.memory_mb} MB of memory: split it, or save it as CSV."
            " / 读取所需内存过多；请拆分，或存为 CSV。"
        )
    reason = text.rsplit("\n", 1)[-1][:200] or f"status {status}"
    return f"it cannot be read ({reason}): save it anew, or as CSV. / 无法读取；请重新保存，或存为 CSV。"

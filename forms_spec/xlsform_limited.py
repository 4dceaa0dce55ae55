"""Read an XLSForm in a process of its own, within limits of time and memory.

The child, `forms_spec.xlsform_child`, gets the workbook on its standard input and answers with a
`Checked` as JSON; whatever happens to it, the caller gets a value.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from forms_spec.bounds import check_bounds
from forms_spec.faults import Checked, Fault

OUT_OF_MEMORY = 3
"""The exit status by which the child says that it ran out of memory."""

_MEMORY_SIGNALS = (-signal.SIGKILL, -signal.SIGSEGV, -signal.SIGABRT)
_MEMORY_WORDS = ("MemoryError", "failed to map segment", "annot allocate memory")


class Given(msgspec.Struct, frozen=True):
    """What the child is given: a workbook, and the files beside it by name."""

    workbook: bytes
    files: dict[str, bytes]


def read_form_limited(
    workbook: bytes,
    filename: str,
    files: Mapping[str, bytes] | None = None,
    timeout_s: float = 20,
    memory_mb: int = 512,
) -> Checked:
    """Read and check an XLSForm as `xlsform.read_form` does, in a process with limited time and memory."""
    fault = check_bounds(workbook, filename)
    if fault is not None:
        return Checked(None, (fault,))
    command = [sys.executable, "-m", "forms_spec.xlsform_child", filename, str(memory_mb), str(timeout_s)]
    given = msgspec.msgpack.encode(Given(workbook, dict(files or {})))
    try:
        done = subprocess.run(
            command, input=given, capture_output=True, timeout=timeout_s, check=False, env=_environment()
        )
    except subprocess.TimeoutExpired:
        return Checked(None, (_out_of_time(timeout_s),))
    if done.returncode != 0:
        return Checked(None, (_ended(done, timeout_s, memory_mb),))
    return msgspec.json.decode(done.stdout, type=Checked)


def _environment() -> dict[str, str]:
    root = str(Path(__file__).resolve().parent.parent)
    return {"PYTHONPATH": root, "PATH": os.defpath, "LANG": "C.UTF-8"}


def _ended(done: subprocess.CompletedProcess[bytes], timeout_s: float, memory_mb: int) -> Fault:
    if done.returncode == -signal.SIGXCPU:
        return _out_of_time(timeout_s)
    said = done.stderr.decode(errors="replace").strip()
    # Out of memory has many faces: an error of Python's, a library that cannot be mapped, a signal.
    if done.returncode in (OUT_OF_MEMORY, *_MEMORY_SIGNALS) or any(words in said for words in _MEMORY_WORDS):
        return _out_of_memory(memory_mb)
    return _crashed(said.rsplit("\n", 1)[-1][:300] or f"status {done.returncode}")


def _out_of_time(timeout_s: float) -> Fault:
    return Fault(
        code="workbook-timeout",
        message=f"Reading the form took longer than {timeout_s:g} s.",
        message_zh=f"读取表单超过 {timeout_s:g} 秒。",
        remedy="Make the form smaller: shorter choice lists, fewer and simpler expressions.",
        remedy_zh="请精简表单：缩短选项列表，减少并简化表达式。",
    )


def _out_of_memory(memory_mb: int) -> Fault:
    return Fault(
        code="workbook-memory",
        message=f"Reading the form needs more than {memory_mb} MB of memory.",
        message_zh=f"读取表单所需内存超过 {memory_mb} MB。",
        remedy="Make the form smaller: remove pictures, unused sheets and long choice lists.",
        remedy_zh="请精简表单：删除图片、多余的工作表和过长的选项列表。",
    )


def _crashed(reason: str) -> Fault:
    return Fault(
        code="workbook-crashed",
        message=f"The reader of forms failed: {reason}.",
        message_zh=f"表单读取程序出错：{reason}。",
        remedy="Save the workbook anew from a spreadsheet program; if that does not help, report it with the file.",
        remedy_zh="请用电子表格软件重新保存；如仍失败，请附文件反馈。",
    )

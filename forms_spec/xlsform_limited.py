"""Read an XLSForm in a process of its own, within limits of time and memory.

The child, `forms_spec.xlsform_child`, gets the workbook on its standard input and answers with a
`Checked` as JSON; whatever happens to it, the caller gets a value.
"""

from collections.abc import Mapping

import msgspec

from forms_spec.bounds import check_bounds
from forms_spec.faults import Checked, Fault
from forms_spec.limited_process import Ended, ProcessLimits, run_limited


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
    given = msgspec.msgpack.encode(Given(workbook, dict(files or {})))
    limits = ProcessLimits(timeout_s, memory_mb)
    answer = run_limited("forms_spec.xlsform_child", filename, given, limits)
    if isinstance(answer, Ended):
        return Checked(None, (_without_answer(answer, limits),))
    return msgspec.json.decode(answer, type=Checked)


def _without_answer(ended: Ended, limits: ProcessLimits) -> Fault:
    if ended.by == "time":
        return _out_of_time(limits.timeout_s)
    return _out_of_memory(limits.memory_mb) if ended.by == "memory" else _crashed(ended.said)


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

"""Read a workbook of records in a process of its own, within limits of time and memory.

The child is `forms_spec.records_child`. Source: `xlsform_limited`, which does the same for forms.
"""

import msgspec

from forms_spec.limited_process import Ended, ProcessLimits, run_limited
from forms_spec.records import UnreadableRecordsError
from forms_spec.spec import FormSpec
from forms_spec.workbook_records import LIMITS, WorkbookRecords, too_large

PROCESS_LIMITS = ProcessLimits(timeout_s=600, memory_mb=4_096)
"""What reading the largest workbook of records may take."""


class Given(msgspec.Struct, frozen=True):
    """What the child is given: a workbook and the form that its records answer."""

    workbook: bytes
    form: FormSpec


class Read(msgspec.Struct, frozen=True):
    """What the child answers: the records, or why there are none, in English and Chinese."""

    found: WorkbookRecords | None
    error: str = ""
    error_zh: str = ""


def read_workbook_records_limited(
    content: bytes, filename: str, spec: FormSpec, limits: ProcessLimits = PROCESS_LIMITS
) -> WorkbookRecords:
    """Read records as `read_workbook_records` does, in a process with limited time and memory.

    Raises UnreadableRecordsError.
    """
    if len(content) > LIMITS.file_size:
        raise too_large(filename, len(content))
    given = msgspec.msgpack.encode(Given(content, spec))
    answer = run_limited("forms_spec.records_child", filename, given, limits)
    if isinstance(answer, Ended):
        raise _without_answer(filename, answer, limits)
    read = msgspec.json.decode(answer, type=Read)
    if read.found is None:
        raise UnreadableRecordsError(read.error, read.error_zh)
    return read.found


def _without_answer(filename: str, ended: Ended, limits: ProcessLimits) -> UnreadableRecordsError:
    said = {
        "time": (f"takes longer than {limits.timeout_s:g} s", f"超过 {limits.timeout_s:g} 秒"),
        "memory": (f"needs more than {limits.memory_mb:,} MB of memory", f"所需内存超过 {limits.memory_mb:,} MB"),
        "failure": (f"failed ({ended.said})", f"失败（{ended.said}）"),
    }
    english, chinese = said[ended.by]
    return UnreadableRecordsError(
        f"Reading {filename} {english}. Split it into workbooks with fewer records, or save the records as CSV.",
        f"读取 {filename} {chinese}。请拆分为记录较少的工作簿，或另存为 CSV。",
    )

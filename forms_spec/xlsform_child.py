"""The child of `xlsform_limited`: `python -m forms_spec.xlsform_child NAME MEMORY_MB TIMEOUT_S`.

It reads a workbook, and the files beside it, from its standard input and writes a `Checked` as JSON. The
limits are set before pyxform is imported, so that they hold for everything it does.
"""

import os
import resource
import sys
from typing import BinaryIO

import msgspec

from forms_spec.xlsform_limited import OUT_OF_MEMORY, Given

_MIB = 1024 * 1024


def _limit(memory_mb: int, timeout_s: float) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory_mb * _MIB, memory_mb * _MIB))
    seconds = int(timeout_s) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _answer_channel() -> BinaryIO:
    """Keep standard output for the answer; what readers of old workbooks print goes to standard error."""
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answer


def main(filename: str, memory_mb: int, timeout_s: float) -> int:
    """Read the form within the limits and return the exit status."""
    _limit(memory_mb, timeout_s)
    try:
        from forms_spec.xlsform import read_form

        answer = _answer_channel()
        given = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Given)
        checked = read_form(given.workbook, filename, given.files)
        with answer:
            answer.write(msgspec.json.encode(checked))
    except MemoryError:
        return OUT_OF_MEMORY
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))

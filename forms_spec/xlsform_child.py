"""The child of `xlsform_limited`: `python -m forms_spec.xlsform_child NAME MEMORY_MB TIMEOUT_S`.

It reads a workbook from its standard input and writes a `Checked` as JSON. The limits are set before
pyxform is imported, so that they hold for everything it does.
"""

import resource
import sys

import msgspec

from forms_spec.xlsform_limited import OUT_OF_MEMORY

_MIB = 1024 * 1024


def _limit(memory_mb: int, timeout_s: float) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory_mb * _MIB, memory_mb * _MIB))
    seconds = int(timeout_s) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(filename: str, memory_mb: int, timeout_s: float) -> int:
    """Read the form within the limits and return the exit status."""
    _limit(memory_mb, timeout_s)
    try:
        from forms_spec.xlsform import read_form

        checked = read_form(sys.stdin.buffer.read(), filename)
        sys.stdout.buffer.write(msgspec.json.encode(checked))
    except MemoryError:
        return OUT_OF_MEMORY
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))

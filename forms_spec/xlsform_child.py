"""The child of `xlsform_limited`: `python -m forms_spec.xlsform_child NAME MEMORY_MB TIMEOUT_S`.

It reads a workbook, and the files beside it, from its standard input and writes a `Checked` as JSON. The
limits are set before pyxform is imported, so that they hold for everything it does.
"""

import sys

import msgspec

from forms_spec.limited_child import OUT_OF_MEMORY, answer_channel, limit
from forms_spec.xlsform_limited import Given


def main(filename: str, memory_mb: int, timeout_s: float) -> int:
    """Read the form within the limits and return the exit status."""
    limit(memory_mb, timeout_s)
    try:
        from forms_spec.xlsform import read_form

        answer = answer_channel()
        given = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Given)
        checked = read_form(given.workbook, filename, given.files)
        with answer:
            answer.write(msgspec.json.encode(checked))
    except MemoryError:
        return OUT_OF_MEMORY
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))

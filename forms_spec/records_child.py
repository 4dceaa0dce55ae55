"""The child of `records_limited`: `python -m forms_spec.records_child NAME MEMORY_MB TIMEOUT_S`.

It reads a workbook of records and its form from its standard input and writes a `Read` as JSON.
"""

import sys

import msgspec

from forms_spec.limited_child import OUT_OF_MEMORY, answer_channel, limit
from forms_spec.records import UnreadableRecordsError
from forms_spec.records_limited import Given, Read


def main(filename: str, memory_mb: int, timeout_s: float) -> int:
    """Read the records within the limits and return the exit status."""
    limit(memory_mb, timeout_s)
    try:
        from forms_spec.workbook_records import read_workbook_records

        answer = answer_channel()
        given = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Given)
        try:
            read = Read(read_workbook_records(given.workbook, filename, given.form))
        except UnreadableRecordsError as error:
            read = Read(None, str(error), error.chinese)
        with answer:
            answer.write(msgspec.json.encode(read))
    except MemoryError:
        return OUT_OF_MEMORY
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))

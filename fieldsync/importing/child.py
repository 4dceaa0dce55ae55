"""The child of `limited`: `python -m fieldsync.importing.child PATH SHEET MEMORY_MB SECONDS`.

It writes each row of a table as a line of JSON: a list of texts, the header first. The limits are set before anything
that reads files is imported, so that they hold for everything it does.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec

REFUSED = 4
_MIB = 1024 * 1024
_BATCH = 2_000


class RefusedError(Exception):
    """The file is not what it should be; the message says how to mend it."""


def main(path: str, sheet: str, memory_mb: int, seconds: int) -> int:
    """Write the rows and return the exit status."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_mb * _MIB, memory_mb * _MIB))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    out, encode = sys.stdout.buffer, msgspec.json.Encoder().encode
    try:
        for row in _parquet(Path(path)) if path.endswith(".parquet") else _workbook(Path(path), sheet):
            out.write(encode(row) + b"\n")
    except RefusedError as refusal:
        print(refusal, file=sys.stderr)
        return REFUSED
    except BrokenPipeError:
        return 0
    return 0


def _workbook(path: Path, sheet: str) -> Iterator[list[str]]:
    import openpyxl

    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    if sheet and sheet not in book.sheetnames:
        raise RefusedError(f"it has no sheet {sheet!r:.60}, but {', '.join(book.sheetnames)[:200]}. / 没有这个工作表。")
    chosen = book[sheet] if sheet else book[book.sheetnames[0]]
    is_first = True
    for row in chosen.iter_rows(values_only=True):
        texts = [_text(value) for value in row]
        if is_first:
            is_first = False
            yield _header(texts)
        else:
            yield texts
    if is_first:
        raise RefusedError(
            "the sheet is empty: its first row has the names of the columns. / 工作表为空；第一行应为列名。"
        )


def _parquet(path: Path) -> Iterator[list[str]]:
    import pyarrow
    import pyarrow.parquet

    pyarrow.set_cpu_count(1)
    try:
        file = pyarrow.parquet.ParquetFile(path, memory_map=True)
        names = file.schema_arrow.names
        yield [str(name).strip() for name in names]
        for batch in file.iter_batches(batch_size=_BATCH, use_threads=False):
            columns = [[_text(value) for value in column.to_pylist()] for column in batch.columns]
            yield from map(list, zip(*columns, strict=True))
    except (pyarrow.ArrowException, OSError) as error:
        raise RefusedError(
            f"it is no Parquet file that can be read ({str(error)[:120]}): write it anew. / 不是可读取的 Parquet 文件。"
        ) from None


def _header(texts: list[str]) -> list[str]:
    while texts and not texts[-1]:
        texts.pop()
    return [text.strip() for text in texts]


def _text(value: Any) -> str:
    """Return a cell as the text it stands for: days without a time, whole numbers without a point."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if not (value.hour or value.minute or value.second) else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))

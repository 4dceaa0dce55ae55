"""Records to check against a form: JSON lines, or CSV with a column for each field.

A JSON line is {"data": {…}, "missing": {…}}, or a whole document with them. In CSV a column is named
as a field (or `data.field`), `missing.field` holds a reason, and `_id` an identifier.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any, NamedTuple

import msgspec


class Record(NamedTuple):
    """One record: its number from 1, its `_id` where it has one, its answers and reasons."""

    number: int
    id: str
    data: Mapping[str, Any]
    missing: Mapping[str, str]


class UnreadableRecordsError(ValueError):
    """Records that cannot be read; the message names the line or the row, in English and Chinese."""

    def __init__(self, english: str, chinese: str) -> None:
        super().__init__(english)
        self.chinese = chinese


def read_records(content: bytes, filename: str) -> Iterator[Record]:
    """Yield the records of a file, CSV when its name ends in .csv, else JSON lines.

    Raises UnreadableRecordsError, naming the line, when one cannot be read.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableRecordsError(
            f"{filename} is not UTF-8 (byte {error.start}); save it as UTF-8.",
            f"{filename} 不是 UTF-8 编码（第 {error.start} 字节）；请另存为 UTF-8。",
        ) from None
    return _from_csv(text, filename) if PurePath(filename).suffix.lower() == ".csv" else _from_json(text, filename)


def _from_json(text: str, filename: str) -> Iterator[Record]:
    number = 0
    for line, content in enumerate(text.split("\n"), 1):
        if content.strip():
            number += 1
            yield _record(number, _parse(content, f"{filename} line {line}"), f"{filename} line {line}")


def _parse(content: str, place: str) -> Any:
    try:
        return msgspec.json.decode(content)
    except (ValueError, RecursionError) as error:
        raise UnreadableRecordsError(f"{place} is not JSON ({error}).", f"{place} 不是 JSON（{error}）。") from None


def _record(number: int, document: Any, place: str) -> Record:
    data = document.get("data") if isinstance(document, dict) else None
    missing = document.get("missing") if isinstance(document, dict) else None
    if not isinstance(data, dict) or not isinstance(missing, dict | None):
        raise UnreadableRecordsError(
            f'{place} is not an object with "data" and, if given, "missing" as objects.',
            f"{place} 须为对象，其中 data 和 missing（如有）也须为对象。",
        )
    return Record(number, str(document.get("_id", "")), data, missing or {})


def _from_csv(text: str, filename: str) -> Iterator[Record]:
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        for number, row in enumerate(rows, 1):
            if None in row:
                raise UnreadableRecordsError(
                    f"{filename} line {rows.line_num} has more cells than the header.",
                    f"{filename} line {rows.line_num} 的单元格多于标题行。",
                )
            yield _csv_record(number, {name: cell for name, cell in row.items() if cell})
    except csv.Error as error:
        place = f"{filename} line {rows.line_num + 1}"
        raise UnreadableRecordsError(f"{place} is not CSV ({error}).", f"{place} 不是 CSV（{error}）。") from None


def _csv_record(number: int, cells: dict[str, str]) -> Record:
    missing = {name.removeprefix("missing."): cell for name, cell in cells.items() if name.startswith("missing.")}
    data = {
        name.removeprefix("data."): cell
        for name, cell in cells.items()
        if name != "_id" and not name.startswith("missing.")
    }
    return Record(number, cells.get("_id", ""), data, missing)

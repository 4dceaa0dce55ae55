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
    """Records that are neither JSON lines nor CSV; the message names the line."""


def read_records(content: bytes, filename: str) -> Iterator[Record]:
    """Yield the records of a file, CSV when its name ends in .csv, else JSON lines.

    Raises UnreadableRecordsError, naming the line, when one cannot be read.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableRecordsError(f"{filename} is not UTF-8 (byte {error.start}); save it as UTF-8.") from None
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
        raise UnreadableRecordsError(f"{place} is not JSON ({error}).") from None


def _record(number: int, document: Any, place: str) -> Record:
    data = document.get("data") if isinstance(document, dict) else None
    missing = document.get("missing") if isinstance(document, dict) else None
    if not isinstance(data, dict) or not isinstance(missing, dict | None):
        raise UnreadableRecordsError(f'{place} is not an object with "data" and, if given, "missing" as objects.')
    return Record(number, str(document.get("_id", "")), data, missing or {})


def _from_csv(text: str, filename: str) -> Iterator[Record]:
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        for number, row in enumerate(rows, 1):
            if None in row:
                raise UnreadableRecordsError(f"{filename} line {rows.line_num} has more cells than the header.")
            yield _csv_record(number, {name: cell for name, cell in row.items() if cell})
    except csv.Error as error:
        raise UnreadableRecordsError(f"{filename} line {rows.line_num + 1} is not CSV ({error}).") from None


def _csv_record(number: int, cells: dict[str, str]) -> Record:
    missing = {name.removeprefix("missing."): cell for name, cell in cells.items() if name.startswith("missing.")}
    data = {
        name.removeprefix("data."): cell
        for name, cell in cells.items()
        if name != "_id" and not name.startswith("missing.")
    }
    return Record(number, cells.get("_id", ""), data, missing)

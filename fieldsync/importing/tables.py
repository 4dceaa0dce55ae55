"""Rows of tables, one after the other: CSV here, workbooks and Parquet files by a process of its own."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TextIO

from fieldsync.errors import BadInput
from fieldsync.importing.faults import RowFault, outside_the_form
from fieldsync.importing.limited import limited_rows
from fieldsync.importing.mapping import TableMapping, columns_of
from fieldsync.spreadsheets import plain

Row = Mapping[str, str]
Numbered = tuple[int, Row, RowFault | None]
_EXTRA = "…"
_CALLED = {"utf-8-sig": "UTF-8"}
TEXT, LIMITED = (".csv", ".tsv", ".txt"), (".xlsx", ".parquet")


def header_of(table: TableMapping, folder: Path) -> list[str]:
    """Return the names of a table's columns. Raises BadInput."""
    if _suffix(table) in LIMITED:
        return next(limited_rows(folder / table.file, table.sheet))
    with _opened(table, folder) as text:
        return _header(csv.reader(text, delimiter=table.delimiter, strict=True), table)


def rows_of(table: TableMapping, folder: Path) -> Iterator[Numbered]:
    """Yield a table's rows with their numbers (the header is row 1), and what is wrong with their shape.

    Raises BadInput where the file cannot be read, or lacks a column that the mapping names.
    """
    if _suffix(table) in LIMITED:
        lines = limited_rows(folder / table.file, table.sheet)
        yield from _numbered(next(lines), lines, table)
        return
    with _opened(table, folder) as text:
        lines = csv.reader(text, delimiter=table.delimiter, strict=True)
        header = _header(lines, table)
        try:
            yield from _numbered(header, lines, table)
        except csv.Error as error:
            raise BadInput(
                f"{table.file} line {lines.line_num}: {error}; mend the quotes, or save it anew."
                " / 引号有误；请更正或重新保存。"
            ) from None
        except UnicodeDecodeError as error:
            raise _no_text(table, error) from None


def _numbered(header: list[str], lines: Iterator[list[str]], table: TableMapping) -> Iterator[Numbered]:
    lacking = [column for column in columns_of(table) if column not in header]
    twice = sorted({column for column in header if column and header.count(column) > 1})
    if lacking:
        shown = ", ".join(header[:30])
        raise BadInput(
            f"{table.file}: there is no column {lacking[0]!r}; there are {shown}. Mend the mapping or the file."
            f" / 没有“{lacking[0]}”列；请修改映射文件或表格。"
        )
    if twice:
        raise BadInput(f"{table.file} has the column {twice[0]!r} twice; rename one. / 有两个“{twice[0]}”列；请改名。")
    for number, line in enumerate(lines, start=2):
        if any(line):
            fault = outside_the_form(_EXTRA.join(line[len(header) :])[:40]) if any(line[len(header) :]) else None
            yield number, dict(zip(header, map(plain, line), strict=False)), fault


def _suffix(table: TableMapping) -> str:
    suffix = Path(table.file).suffix.lower()
    if suffix not in (*TEXT, *LIMITED):
        raise BadInput(
            f"{table.file}: a table is {', '.join((*TEXT, *LIMITED))}, not {suffix or 'without a suffix'}."
            " / 不支持这种文件。"
        )
    return suffix


def _opened(table: TableMapping, folder: Path) -> TextIO:
    try:
        return (folder / table.file).open(encoding=table.encoding, newline="")
    except OSError as error:
        raise BadInput(f"{folder / table.file} cannot be read: {error.strerror}. / 无法读取文件。") from None


def _header(lines: Iterator[list[str]], table: TableMapping) -> list[str]:
    try:
        return [column.strip() for column in next(lines)]
    except StopIteration:
        raise BadInput(
            f"{table.file} is empty: its first row has the names of the columns. / 表格为空；第一行应为列名。"
        ) from None
    except csv.Error as error:
        raise BadInput(f"{table.file} cannot be read as CSV: {error}. / 不是有效的 CSV。") from None
    except UnicodeDecodeError as error:
        raise _no_text(table, error) from None


def _no_text(table: TableMapping, error: UnicodeDecodeError) -> BadInput:
    return BadInput(
        f"{table.file} is not {_CALLED.get(table.encoding, table.encoding)} (byte {error.start}): save it as UTF-8, "
        "or say `encoding` in the mapping. / 文字编码不符；请另存为 UTF-8，或在映射文件中写明 encoding。"
    )

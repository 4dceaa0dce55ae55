"""The mapping: which table has which kind, which column is which field; a TOML file, checked before all else.

Pure. See docs/registry.md for an example that a test runs.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from fieldsync.errors import BadInput

KINDS = ("building", "dwelling", "household", "person", "stay", "event")
"""In the order in which they refer to each other."""
_MOST_TABLES = 50


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where a field's value is from: a column, or the same `value` in every row.

    `codes` translates what stands there; what it does not name stays as it is. `date` is how a date is written, as
    `strptime` has it. `split` is what stands between the choices of a field that has several.
    """

    column: str | None = None
    value: str | None = None
    codes: dict[str, str] = {}
    date: str | None = None
    split: str | None = None


class TableMapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One table: its kind, its file (its suffix says what it is), the column of its id, and its fields.

    `cell` is the column of the cell, for buildings and, where they are not found by their stays, persons.
    """

    kind: str
    file: str
    fields: dict[str, str | Source]
    id: str = "id"
    cell: str | None = None
    sheet: str | None = None
    encoding: str = "utf-8-sig"
    delimiter: str = ","

    def source(self, field: str) -> Source:
        """Return where a field's value is from."""
        given = self.fields[field]
        return Source(column=given) if isinstance(given, str) else given


class ImportMapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All tables of an import.

    `source` names where they are from: of it and the id a UUID is made, the same each time. Without it ids are UUIDs.
    """

    table: list[TableMapping]
    source: str = ""

    def in_order(self) -> list[TableMapping]:
        """Return the tables, those first that others refer to."""
        return sorted(self.table, key=lambda table: KINDS.index(table.kind))


def read_mapping(content: bytes, name: str) -> ImportMapping:
    """Read a mapping. Raises BadInput, saying where in the file and how to mend it."""
    try:
        found = msgspec.convert(tomllib.loads(content.decode("utf-8-sig")), ImportMapping)
    except UnicodeDecodeError as error:
        raise BadInput(
            f"{name} is not UTF-8 (byte {error.start}): save it as UTF-8. / 映射文件不是 UTF-8；请另存为 UTF-8。"
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{name} is no TOML: {error}. / 映射文件不是 TOML；请更正所示位置。") from None
    except msgspec.ValidationError as error:
        raise BadInput(
            f"{name}: {error}. See the example in docs/registry.md."
            " / 映射文件有误；请参照 docs/registry.md 的例子更正所示位置。"
        ) from None
    if not 0 < len(found.table) <= _MOST_TABLES:
        raise BadInput(
            f"{name} has {len(found.table)} tables: give 1 to {_MOST_TABLES}, each as [[table]]."
            f" / 映射文件应有 1 至 {_MOST_TABLES} 个 [[table]]。"
        )
    for number, table in enumerate(found.table, start=1):
        _check_table(table, f"{name}, table {number} ({table.file})")
    return found


def check_fields(table: TableMapping, known: frozenset[str]) -> None:
    """Check that the fields of a table are fields of its form. Raises BadInput."""
    for field in table.fields:
        if field not in known:
            raise BadInput(
                f"{table.file}: column {field!r} is not a field of the form {table.kind}; rename it or leave it out. "
                f"Its fields are {', '.join(sorted(known))}. / 表单 {table.kind} 没有字段 {field}；请改名或去掉。"
            )


def _check_table(table: TableMapping, where: str) -> None:
    if table.kind not in KINDS:
        raise BadInput(f"{where}: kind is one of {', '.join(KINDS)}, not {table.kind!r}. / kind 应为其中之一。")
    if table.cell is None and table.kind == "building":
        raise BadInput(
            f"{where}: buildings need `cell`, the column of their cell's code. / 建筑须有 cell，即网格代码所在的列。"
        )
    if len(table.delimiter) != 1:
        raise BadInput(f"{where}: delimiter is one character, not {table.delimiter!r}. / 分隔符只能是一个字符。")
    try:
        "".encode(table.encoding)
    except LookupError:
        raise BadInput(
            f"{where}: encoding {table.encoding!r} is not known; give utf-8, gb18030, …. / 不认识这种编码。"
        ) from None
    for field in table.fields:
        _check_source(table.source(field), f"{where}, field {field}")


def _check_source(source: Source, where: str) -> None:
    if (source.column is None) == (source.value is None):
        raise BadInput(f"{where}: give either column or value. / column 和 value 只能写一个。")
    if source.date is not None:
        try:
            datetime.strptime(datetime(2026, 11, 23).strftime(source.date), source.date)
            is_dated = all(mark in source.date for mark in ("%Y", "%d")) or "%Y%m%d" in source.date
        except ValueError:
            is_dated = False
        if not is_dated:
            raise BadInput(
                f"{where}: date {source.date!r} is not as strptime has it, such as %Y-%m-%d or %d/%m/%Y."
                " / 日期格式有误。"
            )


def columns_of(table: TableMapping) -> Mapping[str, str]:
    """Return the columns a table needs, with what for."""
    needed = {table.id: "id"} | ({table.cell: "cell"} if table.cell else {})
    return needed | {column: name for name in table.fields if (column := table.source(name).column) is not None}


def plain_mapping(headers: Mapping[str, tuple[str, list[str]]]) -> ImportMapping:
    """Return the mapping of files whose columns are called as the fields: kind to file name and header."""
    tables = []
    for kind, (file, header) in headers.items():
        fields: dict[str, Any] = {name: name for name in header if name not in ("id", "cell")}
        cell = "cell" if "cell" in header or kind == "building" else None
        tables.append(TableMapping(kind=kind, file=file, fields=fields, cell=cell))
    return ImportMapping(table=tables)

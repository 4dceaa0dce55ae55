"""Records from a workbook as ODK and Kobo export it: a sheet of records, and a sheet for each repeat.

The first sheet has a row for each record. A sheet named as a repeat has its members, and names the row
around each by `_parent_index` (its `_index` or `index`, or its number where there is neither) or by `_submission__id`
(its `_id`). A column is a question by its name, or by the last part of `group/question`; columns
`question/choice` with 0 and 1 say what was chosen where the question itself has no column.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from io import BytesIO
from typing import Any

from forms_spec.bounds import Limits, check_bounds
from forms_spec.faults import Fault
from forms_spec.records import Record, UnreadableRecordsError
from forms_spec.spec import Field, FormSpec

LIMITS = Limits(file_size=64 << 20, unpacked_size=512 << 20, rows=200_000, columns=4_000, cells=5_000_000)
"""The largest workbook of records that is opened."""

_SELECTIONS = frozenset({"select_multiple", "rank"})
_NUMBERS = frozenset({"integer", "decimal", "range", "calculate"})
_YES = (1, True, "1", "true", "TRUE", "True")
_SPLIT = (
    "Split it into workbooks with fewer records, or save the records as CSV.",
    "请拆分为记录较少的工作簿，或另存为 CSV。",
)
"""What to do with a workbook that is too large."""
_SHEET_NAME_LENGTH = 31
"""How long a sheet's name may be; longer names of repeats are cut."""


@dataclass(slots=True)
class Table:
    """A sheet as rows of answers; `unknown` are its columns that name no question and no link."""

    name: str
    rows: list[dict[str, Any]]
    links: list[dict[str, str]]
    unknown: list[str]


@dataclass(slots=True)
class WorkbookRecords:
    """What was read: the records, and by sheet the columns that name no question."""

    records: list[Record]
    unknown_columns: dict[str, list[str]] = field(default_factory=dict)


def read_workbook_records(content: bytes, filename: str, spec: FormSpec) -> WorkbookRecords:
    """Read the records of a form from a workbook.

    Raises UnreadableRecordsError, naming sheet and row, when it cannot be read.
    """
    fault = check_bounds(content, filename, LIMITS)
    if fault is not None:
        raise _out_of_bounds(filename, fault)
    sheets = _sheets(content, filename)
    if not sheets:
        raise UnreadableRecordsError(
            f"{filename} has no sheet with a row of column names.", f"{filename} 中没有带列名行的工作表。"
        )
    main, *_ = sheets
    table = _table(main, sheets[main], spec.fields)
    unknown = {main: table.unknown}
    _fill(table, spec.fields, {name: rows for name, rows in sheets.items() if name != main}, unknown)
    records = [
        Record(number, _identifier(links), data, {})
        for number, (data, links) in enumerate(zip(table.rows, table.links, strict=True), 1)
    ]
    return WorkbookRecords(records, {name: columns for name, columns in unknown.items() if columns})


def too_large(filename: str, size: int) -> UnreadableRecordsError:
    """Report a workbook with more bytes than are opened."""
    limit = LIMITS.file_size
    return UnreadableRecordsError(
        f"{filename}: The workbook has {size:,} bytes or more; the limit is {limit:,} bytes. {_SPLIT[0]}",
        f"{filename}：工作簿过大（{size:,} 字节以上），上限为 {limit:,} 字节。{_SPLIT[1]}",
    )


def _out_of_bounds(filename: str, fault: Fault) -> UnreadableRecordsError:
    is_size = fault.code in ("workbook-too-large", "workbook-dimensions")
    remedy, remedy_zh = _SPLIT if is_size else (fault.remedy, fault.remedy_zh)
    return UnreadableRecordsError(f"{filename}: {fault.message} {remedy}", f"{filename}：{fault.message_zh}{remedy_zh}")


def _identifier(links: Mapping[str, str]) -> str:
    return next((links[name] for name in ("_id", "_uuid", "KEY", "instanceID") if name in links), "")


def _sheets(content: bytes, filename: str) -> dict[str, list[tuple[Any, ...]]]:
    from openpyxl import load_workbook  # read when it is wanted: it takes time

    try:
        book = load_workbook(BytesIO(content), read_only=True, data_only=True)
        sheets = {}
        for sheet in book.worksheets:
            sheet.reset_dimensions()
            sheets[sheet.title] = [row for row in sheet.iter_rows(values_only=True) if any(_is_filled(c) for c in row)]
    except MemoryError:
        raise
    # A malformed workbook makes openpyxl fail in many ways; to who sends it they are all one.
    except Exception as error:
        kind = type(error).__name__
        raise UnreadableRecordsError(
            f"{filename} is no workbook that can be read ({kind}); save it anew from a spreadsheet program.",
            f"{filename} 不是可读取的工作簿（{kind}）；请用电子表格软件重新保存。",
        ) from None
    return {name: rows for name, rows in sheets.items() if rows}


def _is_filled(cell: Any) -> bool:
    return cell is not None and (not isinstance(cell, str) or bool(cell.strip()))


def _table(name: str, rows: list[tuple[Any, ...]], fields: tuple[Field, ...]) -> Table:
    columns = _Columns({entry.name: entry for entry in fields if entry.type != "repeat"})
    headers = [columns.meaning(str(header).strip()) if _is_filled(header) else None for header in rows[0]]
    unknown = [
        str(header) for header, meaning in zip(rows[0], headers, strict=True) if meaning is None and _is_filled(header)
    ]
    table = Table(name, [], [], [header for header in unknown if not header.startswith("_")])
    for row in rows[1:]:
        answers, links = columns.answers(headers, row)
        table.rows.append(answers)
        table.links.append(links)
    return table


_LINKS = frozenset(
    {"_id", "_uuid", "_index", "index", "_parent_index", "_submission__id", "KEY", "PARENT_KEY", "instanceID"}
)


@dataclass(frozen=True, slots=True)
class _Columns:
    """What the columns of a sheet mean, by the questions that its rows may answer."""

    fields: dict[str, Field]

    def meaning(self, header: str) -> tuple[str, str] | None:
        """Return the question or link that a column is, and the choice that it is about, if it is."""
        if header in self.fields or header in _LINKS:
            return header, ""
        around, _, last = header.replace("::", "/").rpartition("/")
        if last in self.fields:
            return last, ""
        question = around.rpartition("/")[2]
        is_choice = question in self.fields and self.fields[question].type in _SELECTIONS
        return (question, last) if is_choice else None

    def answers(
        self, headers: list[tuple[str, str] | None], row: tuple[Any, ...]
    ) -> tuple[dict[str, Any], dict[str, str]]:
        answers: dict[str, Any] = {}
        links: dict[str, str] = {}
        chosen: dict[str, list[str]] = {}
        for meaning, cell in zip(headers, row, strict=False):
            if meaning is None or not _is_filled(cell):
                continue
            name, choice = meaning
            if choice:
                chosen.setdefault(name, []).extend([choice] if cell in _YES else [])
            elif name in self.fields:
                answers[name] = _answer(self.fields[name], cell)
            else:
                links[name] = _text(cell)
        return {name: names for name, names in chosen.items() if names} | answers, links


def _answer(field: Field, cell: Any) -> Any:
    """Return a cell as JSON has an answer of its question's type; what is not of that type stays what it is."""
    if isinstance(cell, datetime) and field.type == "date":
        return cell.date().isoformat()
    if isinstance(cell, bool):
        return cell if field.type == "calculate" else _text(cell)
    if isinstance(cell, int | float) and field.type in _NUMBERS:
        return int(cell) if float(cell).is_integer() else cell
    return _text(cell)


def _text(cell: Any) -> str:
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _fill(
    around: Table, fields: tuple[Field, ...], sheets: dict[str, list[tuple[Any, ...]]], unknown: dict[str, list[str]]
) -> None:
    """Put the members of repeats into the rows that they belong to, from the outside to the inside."""
    for repeat in fields:
        rows = sheets.get(repeat.name[:_SHEET_NAME_LENGTH]) if repeat.type == "repeat" else None
        if rows is None:
            continue
        members = _table(repeat.name[:_SHEET_NAME_LENGTH], rows, repeat.fields)
        unknown[members.name] = members.unknown
        rows_of = dict(_indexed(around))
        for number, (member, links) in enumerate(zip(members.rows, members.links, strict=True), 2):
            row = next((rows_of[key] for key in _parents(links) if key in rows_of), None)
            if row is None:
                raise _without_record(members.name, number, around.name, [key for _, key in _parents(links)])
            row.setdefault(repeat.name, []).append(member)
        _fill(members, repeat.fields, sheets, unknown)


def _without_record(sheet: str, row: int, around: str, keys: list[str]) -> UnreadableRecordsError:
    said = f"{' and '.join(keys)} is no row of sheet {around}" if keys else f"no row of sheet {around} is named"
    return UnreadableRecordsError(
        f"sheet {sheet}, row {row}: {said}; _parent_index has to name its _index, or _submission__id its _id.",
        f"工作表 {sheet} 第 {row} 行：在工作表 {around} 中没有对应的行（{'、'.join(keys) or '未填写'}）；"
        "_parent_index 须为其 _index，或 _submission__id 须为其 _id。",
    )


def _indexed(table: Table) -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
    for number, (row, links) in enumerate(zip(table.rows, table.links, strict=True), 1):
        yield ("index", links.get("_index") or links.get("index") or str(number)), row
        for name in ("_id", "KEY"):
            if name in links:
                yield (name, links[name]), row


def _parents(links: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for column, name in (("_parent_index", "index"), ("_submission__id", "_id"), ("PARENT_KEY", "KEY")):
        if column in links:
            yield name, links[column]

"""Reports as CSV, as spreadsheet programs open it. Pure."""

from __future__ import annotations

import csv
import io

from fieldsync.reporting.table import Line, Table
from fieldsync.spreadsheets import safe


def as_csv(table: Table, language: str) -> bytes:
    """Return a report as CSV in UTF-8 with a mark, the total last; headings in a language, texts that are no formulas.

    A suppressed count is written as `<5`, what is not known is empty.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([column.heading(language) for column in table.columns])
    writer.writerows(cells(line, table) for line in table.rows)
    writer.writerow(total_cells(table, language))
    return out.getvalue().encode("utf-8-sig")


def cells(line: Line, table: Table) -> list[str]:
    """Return a row as texts."""
    return [_text(line, column.name, table.hidden_below) for column in table.columns]


def total_cells(table: Table, language: str) -> list[str]:
    """Return the total as texts, and say that it is one."""
    return ["合计" if language == "zh" else "total", *cells(table.total, table)[1:]]


def _text(line: Line, name: str, hidden_below: int | None) -> str:
    if name in line.hidden:
        return f"<{hidden_below}"
    value = line.values[name]
    return "" if value is None else safe(value) if isinstance(value, str) else str(value)

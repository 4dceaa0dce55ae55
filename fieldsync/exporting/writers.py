"""Files of an export, written row by row: CSV, XLSX, Parquet, GeoJSON; memory stays flat.

What a spreadsheet program would run is not a formula in CSV and XLSX (see `fieldsync.spreadsheets`).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any, BinaryIO, Protocol

import msgspec

from fieldsync.errors import BadInput
from fieldsync.exporting.columns import Cell, Column
from fieldsync.spreadsheets import safe

_MOST_ROWS = 1_048_575
_BATCH = 5_000


class Writer(Protocol):
    """Writes rows to a file."""

    def write(self, row: Sequence[Cell], point: tuple[float, float] | None) -> None:
        """Write a row; `point` is longitude and latitude, for what can show them."""

    def close(self) -> None:
        """Write what is left; the file itself stays open."""


class CsvWriter:
    """CSV in UTF-8 with a mark, as spreadsheet programs open it."""

    def __init__(self, out: BinaryIO, columns: Sequence[Column]) -> None:
        self._text = io.TextIOWrapper(out, encoding="utf-8-sig", newline="", write_through=False)
        self._csv = csv.writer(self._text)
        self._csv.writerow([column.name for column in columns])

    def write(self, row: Sequence[Cell], point: tuple[float, float] | None) -> None:  # noqa: ARG002
        """Write a row."""
        self._csv.writerow([safe(cell) if isinstance(cell, str) else cell for cell in row])

    def close(self) -> None:
        """Write what is left."""
        self._text.flush()
        self._text.detach()


class WorkbookWriter:
    """A workbook with one sheet."""

    def __init__(self, out: BinaryIO, columns: Sequence[Column]) -> None:
        import openpyxl  # read when it is wanted: it takes time

        self._out, self._book, self._count = out, openpyxl.Workbook(write_only=True), 0
        self._sheet = self._book.create_sheet("registry")
        self._sheet.append([column.name for column in columns])

    def write(self, row: Sequence[Cell], point: tuple[float, float] | None) -> None:  # noqa: ARG002
        """Write a row. Raises BadInput where a sheet has no more."""
        self._count += 1
        if self._count > _MOST_ROWS:
            raise BadInput(
                f"A sheet has at most {_MOST_ROWS:,} rows: export a smaller area, or CSV or Parquet."
                " / 工作表行数已满；请缩小区域，或导出 CSV、Parquet。"
            )
        self._sheet.append([safe(_printable(cell)) if isinstance(cell, str) else cell for cell in row])

    def close(self) -> None:
        """Put the workbook together."""
        self._book.save(self._out)


class ParquetWriter:
    """A Parquet file; integers and decimals are numbers there, all else texts."""

    def __init__(self, out: BinaryIO, columns: Sequence[Column]) -> None:
        import pyarrow
        import pyarrow.parquet

        types = {"integer": pyarrow.int64(), "decimal": pyarrow.float64()}
        self._schema = pyarrow.schema([(c.name, types.get(c.type, pyarrow.string())) for c in columns])
        self._arrow, self._rows = pyarrow, list[Sequence[Cell]]()
        self._file = pyarrow.parquet.ParquetWriter(out, self._schema)

    def write(self, row: Sequence[Cell], point: tuple[float, float] | None) -> None:  # noqa: ARG002
        """Take a row; thousands are written at once."""
        self._rows.append(row)
        if len(self._rows) == _BATCH:
            self._flush()

    def close(self) -> None:
        """Write what is left, and the footer."""
        self._flush()
        self._file.close()

    def _flush(self) -> None:
        if self._rows:
            columns = [
                self._arrow.array(values, field.type)
                for values, field in zip(zip(*self._rows, strict=True), self._schema, strict=True)
            ]
            self._file.write_batch(self._arrow.record_batch(columns, schema=self._schema))
            self._rows = []


class GeoJsonWriter:
    """Features with a point, or none where it is not known (RFC 7946)."""

    def __init__(self, out: BinaryIO, columns: Sequence[Column]) -> None:
        self._out, self._names, self._begun = out, [column.name for column in columns], False
        out.write(b'{"type":"FeatureCollection","features":[\n')

    def write(self, row: Sequence[Cell], point: tuple[float, float] | None) -> None:
        """Write a feature."""
        values: dict[str, Any] = {n: v for n, v in zip(self._names, row, strict=True) if v is not None}
        geometry = {"type": "Point", "coordinates": list(point)} if point else None
        feature = {"type": "Feature", "id": values["id"], "geometry": geometry, "properties": values}
        self._out.write((b",\n" if self._begun else b"") + msgspec.json.encode(feature))
        self._begun = True

    def close(self) -> None:
        """Close the collection."""
        self._out.write(b"\n]}\n")


WRITERS: dict[str, type[CsvWriter] | type[WorkbookWriter] | type[ParquetWriter] | type[GeoJsonWriter]] = {
    "csv": CsvWriter,
    "xlsx": WorkbookWriter,
    "parquet": ParquetWriter,
    "geojson": GeoJsonWriter,
}
MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
    "geojson": "application/geo+json",
}


def _printable(text: str) -> str:
    """Return a text without the characters that XML cannot hold."""
    return text if text.isprintable() else "".join(one for one in text if one >= " " or one in "\n\t")

"""Choices and look-up tables from files beside a form: CSV, XML and GeoJSON, as rows of text.

Source: XLSForm reference, "Multiple choice from file"; ODK XForms specification, "Secondary instances, external".
"""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePath
from typing import Any

import msgspec
from lxml import etree

from forms_spec.faults import SURVEY, Fault
from forms_spec.spec import Choice, Field, FormSpec
from forms_spec.text_files import UnreadableTextError, decode

MAX_FILE_SIZE = 16 * 1024 * 1024
MAX_ROWS = 200_000
MAX_COLUMNS = 400

Row = dict[str, str]


class UnreadableFileError(ValueError):
    """A file beside a form that cannot be read; the message says why, in English and Chinese."""

    def __init__(self, english: str, chinese: str) -> None:
        super().__init__(english)
        self.chinese = chinese


def read_choices(content: bytes, filename: str, value_column: str, label_column: str) -> tuple[Choice, ...]:
    """Read a file's rows as choices, each with all of its columns; a row without a value has the empty value.

    Raises UnreadableFileError.
    """
    return tuple(
        Choice(row.get(value_column, ""), _label(row, label_column), row) for row in _bounded(content, filename)
    )


def _label(row: Row, column: str) -> dict[str, str]:
    return {"default": row[column]} if row.get(column) else {}


def _bounded(content: bytes, filename: str) -> Iterator[Row]:
    if len(content) > MAX_FILE_SIZE:
        size = f"{len(content):,}"
        raise UnreadableFileError(f"it has {size} bytes; the limit is {MAX_FILE_SIZE:,}", f"文件过大（{size} 字节）")
    read = _READERS.get(PurePath(filename).suffix.lower())
    if read is None:
        raise UnreadableFileError("it is neither .csv, .xml nor .geojson", "文件类型应为 .csv、.xml 或 .geojson")
    for number, row in enumerate(read(content), 1):
        if number > MAX_ROWS or len(row) > MAX_COLUMNS:
            raise UnreadableFileError(
                f"it has more than {MAX_ROWS:,} rows or {MAX_COLUMNS} columns",
                f"超过 {MAX_ROWS:,} 行或 {MAX_COLUMNS} 列",
            )
        yield row


def _from_csv(content: bytes) -> Iterator[Row]:
    try:
        text = decode(content)
        rows = csv.reader(io.StringIO(text, newline=""), strict=True)
        header = [name.strip() for name in next(rows, [])]
        for cells in rows:
            if any(cells):
                yield dict(zip(header, cells, strict=False))
    except UnreadableTextError as error:
        raise UnreadableFileError(error.english, error.chinese) from None
    except csv.Error as error:
        raise UnreadableFileError(f"it is no CSV ({error})", f"不是有效的 CSV（{error}）") from None


def _from_xml(content: bytes) -> Iterator[Row]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableFileError(f"it is no XML ({error})", f"不是有效的 XML（{error}）") from None
    if root.getroottree().docinfo.doctype:
        raise UnreadableFileError("it declares a document type", "含有 DOCTYPE 声明")
    for item in root:
        yield {etree.QName(cell).localname: cell.text or "" for cell in item}


def _from_geojson(content: bytes) -> Iterator[Row]:
    try:
        features = msgspec.json.decode(content)["features"]
        for feature in features:
            properties = {str(name): _text(value) for name, value in (feature.get("properties") or {}).items()}
            own = {"id": _text(feature["id"])} if "id" in feature else {}
            yield properties | own | {"geometry": _geometry(feature.get("geometry") or {})}
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise UnreadableFileError(
            f"it is no GeoJSON collection of features ({error})", f"不是 GeoJSON 要素集合（{error}）"
        ) from None


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else msgspec.json.encode(value).decode()


def _geometry(geometry: dict[str, Any]) -> str:
    """Write a geometry as XForms does: latitude first, points with `;` between."""
    coordinates = geometry.get("coordinates", [])
    points = {"Point": [coordinates], "LineString": coordinates, "Polygon": coordinates[:1] and coordinates[0]}
    return "; ".join(f"{point[1]} {point[0]} 0 0" for point in points.get(geometry.get("type", ""), []))


_READERS: dict[str, Callable[[bytes], Iterator[Row]]] = {
    ".csv": _from_csv,
    ".xml": _from_xml,
    ".geojson": _from_geojson,
}


def with_files(spec: FormSpec, files: Mapping[str, bytes]) -> tuple[FormSpec, list[Fault]]:
    """Return a form with the rows of its files as lists, by the names of their instances, and what is amiss."""
    lists: dict[str, tuple[Choice, ...]] = {}
    faults: list[Fault] = []
    columns = _columns(spec.fields)
    for instance, file in spec.files.items():
        content = files.get(file.name)
        if content is None:
            faults.append(missing_file(file.name))
            continue
        try:
            lists[instance] = read_choices(content, file.name, *columns.get(instance, ("name", "label")))
        except UnreadableFileError as error:
            faults.append(unreadable_file(file.name, error))
    return msgspec.structs.replace(spec, choices=spec.choices | lists), faults


def _columns(fields: tuple[Field, ...]) -> dict[str, tuple[str, str]]:
    columns: dict[str, tuple[str, str]] = {}
    for field in fields:
        columns = _columns(field.fields) | columns
        if field.choices is not None:
            columns.setdefault(field.choices, (field.value_column, field.label_column))
    return columns


def missing_file(name: str) -> Fault:
    """Say that a file which the form names was not beside it."""
    return Fault(
        code="file-missing",
        message=f"The file {name} is not beside the form: its choices and look-ups are not checked.",
        message_zh=f"表单旁没有文件 {name}，其选项和查询不作检查。",
        remedy=f"Put {name} into the folder of the form.",
        remedy_zh=f"请将 {name} 放在表单所在的文件夹中。",
        sheet=SURVEY,
    )


def unreadable_file(name: str, error: UnreadableFileError) -> Fault:
    """Say that a file beside the form cannot be read."""
    return Fault(
        code="file-unreadable",
        message=f"The file {name} cannot be read: {error}.",
        message_zh=f"无法读取文件 {name}：{error.chinese}。",
        remedy="Save it as UTF-8, with a row of column names first.",
        remedy_zh="请另存为 UTF-8 编码，首行为列名。",
    )

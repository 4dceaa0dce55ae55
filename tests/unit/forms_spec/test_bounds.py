"""Workbooks that may not be opened are refused before anything opens them."""

import io
import struct
import zipfile

import pytest

from forms_spec.bounds import Limits, check_bounds
from tests.unit.forms_spec.workbooks import question, workbook

SHEET = "xl/worksheets/sheet1.xml"


def zipped(**parts: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name.replace("__", "/") + ".xml", part)
    return content.getvalue()


def test_an_ordinary_workbook_is_within_bounds() -> None:
    """A form as spreadsheet programs write it passes."""
    assert check_bounds(workbook([question("text", "a")]), "a.xlsx") is None


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04" + b"\0" * 100])
def test_what_is_no_zip_is_no_workbook(content: bytes) -> None:
    """The fault says so and names the remedy."""
    fault = check_bounds(content, "a.xlsx")
    assert fault is not None
    assert fault.code == "workbook-unreadable"
    assert ".xlsx" in fault.remedy


def test_a_zip_bomb_is_refused_by_its_directory() -> None:
    """A small file that says it unpacks to more than the limit is not unpacked."""
    bomb = zipped(xl__worksheets__sheet1=b"\0" * 70 * 1024 * 1024)
    assert len(bomb) < 100_000
    fault = check_bounds(bomb, "bomb.xlsx")
    assert fault is not None
    assert fault.code == "workbook-too-large"


def test_a_bomb_that_lies_about_its_size_is_not_unpacked_either() -> None:
    """A directory that understates a size gives an unsound archive, not gigabytes."""
    size = 30 * 1024 * 1024
    bomb = zipped(xl__worksheets__sheet1=b" " * size).replace(struct.pack("<I", size), struct.pack("<I", 100))
    fault = check_bounds(bomb, "bomb.xlsx")
    assert fault is not None
    assert fault.code == "workbook-unreadable"


def test_too_many_parts_are_refused() -> None:
    """The number of parts is bounded before any is read."""
    fault = check_bounds(zipped(**{f"part{number}": b"" for number in range(20)}), "a.xlsx", Limits(parts=10))
    assert fault is not None
    assert fault.code == "workbook-too-large"


@pytest.mark.parametrize(
    "xml",
    [
        b'<worksheet><dimension ref="A1:XFD1048576"/></worksheet>',
        b'<worksheet><sheetData><row r="1048576"/></sheetData></worksheet>',
        b"<worksheet><sheetData><row><c r='XFD3'/></row></sheetData></worksheet>",
        b'<x:worksheet><x:row spans="1:2" r="99999999999999999999"/></x:worksheet>',
        b'<worksheet><row r="1"/>' + b" " * 262_000 + b'<c t="s" r="B1048576"/></worksheet>',
    ],
)
def test_gigantic_dimensions_are_refused(xml: bytes) -> None:
    """A sheet that declares or holds a cell far out is refused, and the fault says which sheet."""
    fault = check_bounds(zipped(xl__worksheets__sheet1=xml), "a.xlsx")
    assert fault is not None
    assert fault.code == "workbook-dimensions"
    assert fault.sheet == SHEET


def test_a_document_type_is_refused() -> None:
    """Entities, the stuff of the billion laughs, do not reach a parser."""
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    fault = check_bounds(zipped(xl__workbook=laughs), "a.xlsx")
    assert fault is not None
    assert "DOCTYPE" in fault.message_zh


@pytest.mark.parametrize("part", ["xl__workbook", "xl__evil", "xl__worksheets__sheet1"])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "cp037"])
def test_an_encoding_that_hides_a_document_type_is_refused(part: str, encoding: str) -> None:
    """A parser would read what a scan of bytes does not see."""
    laughs = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE x [<!ENTITY a "ha">]><x>&a;</x>'
    fault = check_bounds(zipped(**{part: laughs.encode(encoding)}), "a.xlsx")
    assert fault is not None
    assert fault.code == "workbook-unreadable"


def test_cells_are_counted_wherever_they_stand() -> None:
    """Cells without a place, in a part of any name, count towards the limit."""
    xml = b"<worksheet><sheetData>" + b"<row><c><v>1</v></c></row>" * 60 + b"</sheetData></worksheet>"
    fault = check_bounds(zipped(xl__other=xml, xl__more=xml), "a.xlsx", Limits(cells=100))
    assert fault is not None
    assert fault.code == "workbook-too-large"


def test_other_files_are_named_by_their_suffix() -> None:
    """A picture is refused as what it is called, without being looked at."""
    fault = check_bounds(b"\x89PNG", "photo.png")
    assert fault is not None
    assert ".png" in fault.message


def test_a_file_above_the_limit_is_refused() -> None:
    """The size of the file itself is bounded for every kind of file."""
    fault = check_bounds(b"|" * 100, "a.md", Limits(file_size=99))
    assert fault is not None
    assert "100 bytes" in fault.message

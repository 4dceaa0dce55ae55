"""Forms that are too large or too deep are refused before pyxform works on them."""

import csv
import io

import pytest

from forms_spec.xlsform import read_form
from tests.unit.forms_spec.workbooks import question, workbook

HEADERS = {"survey": ["type", "name", "label"], "choices": ["list_name", "name", "label"]}


def comma(**sheets: list[list[str]]) -> bytes:
    """Return a form as CSV from the rows of its sheets."""
    text = io.StringIO()
    writer = csv.writer(text)
    for name, rows in sheets.items():
        writer.writerows([[name], ["", *HEADERS[name]], *(["", *row] for row in rows)])
    return text.getvalue().encode()


def test_a_hundred_thousand_choices_are_sent_to_a_file() -> None:
    """The remedy is the one that works for such lists."""
    form = comma(survey=[["select_one c", "a", "A"]], choices=[["c", f"n{number}", "N"] for number in range(100_000)])
    (fault,) = read_form(form, "a.csv").errors
    assert (fault.code, fault.sheet) == ("form-too-large", "choices")
    assert "100,000" in fault.message_zh
    assert "select_one_from_file" in fault.remedy


@pytest.mark.parametrize(
    ("survey", "word"),
    [
        ([["text", f"q{number}", "Q"] for number in range(5_001)], "5,001 rows"),
        ([["text", "a", "A", *map(str, range(10_000))]], ""),
    ],
)
def test_too_many_questions_and_cells_beyond_the_headers(survey: list[list[str]], word: str) -> None:
    """Too many questions are counted; cells without a header are nobody's."""
    errors = read_form(comma(survey=survey), "a.csv").errors
    assert [fault.code for fault in errors] == (["form-too-large"] if word else [])
    assert all(word in fault.message for fault in errors)


def test_ten_thousand_columns_are_refused() -> None:
    """A sheet is as wide as its headers."""
    headers = ",".join(f"c{number}" for number in range(10_000))
    (fault,) = read_form(f"survey\n,type,name,label,{headers}\n,text,a,A\n".encode(), "a.csv").errors
    assert (fault.code, fault.sheet) == ("form-too-large", "survey")


def test_groups_inside_groups_end_somewhere() -> None:
    """Fifty levels are read, one more is refused at its row; recursion never decides."""
    names = [f"g{number}" for number in range(51)]
    begin, end = [["begin group", name, "G"] for name in names], [["end group", "", ""] for _ in names]
    assert read_form(comma(survey=[*begin[1:], ["text", "a", "A"], *end[1:]]), "a.csv").errors == ()
    (fault,) = read_form(comma(survey=[*begin, ["text", "a", "A"], *end]), "a.csv").errors
    assert (fault.code, fault.row) == ("form-too-deep", 52)


@pytest.mark.parametrize(
    ("content", "filename", "code", "word"),
    [
        ("survey\n,type,name,label\n,text,a,姓名\n".encode("gb18030"), "a.csv", "workbook-encoding", "GB18030"),
        ("survey\n,type,name,label\n".encode("utf-16"), "a.csv", "workbook-encoding", "UTF-16"),
        ("| survey |\n| | type | name |\n| | 姓 | 名 |".encode("gb18030"), "a.md", "workbook-encoding", "line 3"),
        (b"survey\n,type,name,label\n,text,a\0,A\n", "a.csv", "workbook-encoding", "NUL"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "a.csv", "workbook-encoding", "binary"),
        (b"survey\n,type,name,label\n,text,a," + b"x" * 200_000, "a.csv", "workbook-encoding", "field limit"),
        (workbook([question("text", "a")]), "a.xls", "workbook-unreadable", ".xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "a.xlsx", "workbook-unreadable", "password"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "a.xls", "workbook-unreadable", ".xls"),
        (b"<html><table>", "a.xls", "workbook-unreadable", "zip"),
    ],
)
def test_files_that_are_not_what_they_are_called(content: bytes, filename: str, code: str, word: str) -> None:
    """Other encodings are named, other kinds of file too."""
    (fault,) = read_form(content, filename).errors
    assert fault.code == code
    assert word in fault.message
    assert fault.message_zh
    assert fault.remedy_zh

"""Records from workbooks of several sheets, as ODK and Kobo export them."""

from datetime import date, datetime
from io import BytesIO
from typing import Any

import pytest
from openpyxl import Workbook

from forms_spec.records import UnreadableRecordsError
from forms_spec.workbook_records import WorkbookRecords, read_workbook_records
from tests.unit.forms_spec.workbooks import YES_NO, question, spec_of

SPEC = spec_of(
    [
        question("text", "name"),
        question("date", "born"),
        question("begin group", "g"),
        question("integer", "size"),
        question("select_multiple yes_no", "tags"),
        question("end group", ""),
        question("begin repeat", "members"),
        question("integer", "age"),
        question("begin repeat", "jobs"),
        question("text", "job"),
        question("end repeat", ""),
        question("end repeat", ""),
    ],
    YES_NO,
)


def read(**sheets: list[list[Any]]) -> WorkbookRecords:
    book = Workbook()
    del book["Sheet"]
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    content = BytesIO()
    book.save(content)
    return read_workbook_records(content.getvalue(), "answers.xlsx", SPEC)


MAIN = [
    ["name", "born", "g/size", "g/tags/yes", "g/tags/no", "_id", "weight"],
    ["A", datetime(2020, 1, 2), 2.0, 1, 0, 71, 0.5],
    ["B", date(2021, 3, 4), 1, 0, 0, 72, None],
]


def test_cells_become_answers_of_their_questions_type() -> None:
    """Dates lose their midnight, whole numbers their point, columns of choices become one answer."""
    found = read(main=MAIN)
    assert [dict(record.data) for record in found.records] == [
        {"name": "A", "born": "2020-01-02", "size": 2, "tags": ["yes"]},
        {"name": "B", "born": "2021-03-04", "size": 1},
    ]
    assert [(record.number, record.id) for record in found.records] == [(1, "71"), (2, "72")]
    assert found.unknown_columns == {"main": ["weight"]}


@pytest.mark.parametrize("link", ["_parent_index", "_submission__id"])
def test_members_stand_in_the_row_that_they_name(link: str) -> None:
    """By the number of the row or by its identifier, whatever their order."""
    one, two = (1, 2) if link == "_parent_index" else (71, 72)
    found = read(main=MAIN, members=[["age", link], [30, two], [4, one], [31, two]])
    assert [record.data["members"] for record in found.records] == [[{"age": 4}], [{"age": 30}, {"age": 31}]]


def test_members_of_members_stand_in_theirs() -> None:
    """A sheet of an inner repeat names the rows of the outer one's sheet."""
    members = [["age", "_index", "_parent_index"], [30, 1, 1], [4, 2, 2]]
    found = read(main=MAIN, members=members, jobs=[["job", "_parent_index"], ["x", 2], ["y", 1]])
    assert found.records[0].data["members"] == [{"age": 30, "jobs": [{"job": "y"}]}]
    assert found.records[1].data["members"] == [{"age": 4, "jobs": [{"job": "x"}]}]


def test_a_member_of_no_record_is_an_error_that_names_it() -> None:
    """It is not dropped in silence."""
    with pytest.raises(UnreadableRecordsError, match=r"sheet members, row 3: 9 is no row of sheet main"):
        read(main=MAIN, members=[["age", "_parent_index"], [1, 1], [2, 9]])


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04" + b"\0" * 50])
def test_what_is_no_workbook_is_one_error(content: bytes) -> None:
    """Whatever is wrong inside."""
    with pytest.raises(UnreadableRecordsError, match=r"answers.xlsx"):
        read_workbook_records(content, "answers.xlsx", SPEC)

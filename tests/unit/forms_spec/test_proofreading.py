"""A form that pyxform refuses: its author is told of every mistake in one run, once each."""

import pytest

from forms_spec.faults import Checked
from forms_spec.xlsform import read_form
from tests.unit.forms_spec.workbooks import YES_NO, checked, question

MANY = """
| survey |
| | Type | name | label | relevant | constraint | calculation | bind::fs:merge |
| | itneger | age | Age | | | | |
| | text | | No name | | | | |
| | text | first name | Name | | | | |
| | select_one yes_on | a | A | | | | |
| | select_multiple langs | langs | L | | | | |
| | begin_group | g | G | | | | |
| | text | b | B | ${aeg} > 3 | | | |
| | text | b | B again | | | | |
| | calculate | c | | | | | |
| | text | d | D | | twice(.) | | |
| | text | e | E | | | | newest |
| | end_repeat | | | | | | |
| | | nothing | No type | | | | |
| | range | r | R | ${age} = 1 | | | |
| | text | f | F ${nope} | ${b | . > (1 | | |
| | text | h | | | | | |
| | select_one_from_file x.txt | k | K | | | | |
| | select_one | m | M | | | | |
| choices |
| | list_name | name | label |
| | yes_no | yes | Yes |
| | yes_no | yes | Yes again |
| | yes_no | | Nothing |
| | langs | zh cn | Chinese |
| settings |
| | form_id | version | namespaces |
| | x | 1 | fs="https://fieldsync.example/ns" |
"""

FOUND = [
    ("survey", 2, "type", "type-unknown"),
    ("survey", 3, "name", "name-missing"),
    ("survey", 4, "name", "name-invalid"),
    ("survey", 5, "type", "list-unknown"),
    ("survey", 8, "relevant", "reference-unknown"),
    ("survey", 9, "name", "name-duplicate"),
    ("survey", 10, "calculation", "calculation-missing"),
    ("survey", 11, "constraint", "expression-unsupported"),
    ("survey", 12, "bind::fs:merge", "column-value"),
    ("survey", 13, "type", "end-unmatched"),
    ("survey", 14, "type", "type-missing"),
    ("survey", 16, "label", "reference-unknown"),
    ("survey", 16, "relevant", "reference-malformed"),
    ("survey", 16, "constraint", "expression-syntax"),
    ("survey", 17, "label", "label-missing"),
    ("survey", 18, "type", "file-type"),
    ("survey", 19, "type", "list-missing"),
    ("choices", 3, "name", "choice-duplicate"),
    ("choices", 4, "name", "choice-name-missing"),
    ("choices", 5, "name", "choice-name"),
]


def places(found: Checked) -> list[tuple[str, int | None, str, str]]:
    return [(fault.sheet, fault.row, fault.column, fault.code) for fault in found.errors]


def test_all_mistakes_are_told_in_one_run_and_once_each() -> None:
    """Those that pyxform stops at, those in our columns, and those of expressions, in the order of the rows."""
    found = read_form(MANY.encode(), "many.md")
    assert found.spec is None
    assert places(found) == FOUND
    assert all(fault.message and fault.remedy and fault.message_zh and fault.remedy_zh for fault in found.errors)


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        (["begin_group", "begin_repeat", "end_group"], [(3, "begin-unmatched")]),
        (["begin_group", "end_repeat"], [(3, "end-unmatched")]),
        (["begin_group", "end_group", "end_group"], [(4, "end-unmatched")]),
        (["begin_group", "end_repeat", "end_group"], [(3, "end-unmatched")]),
        (["begin_group", "begin_group"], [(2, "begin-unmatched"), (3, "begin-unmatched")]),
    ],
)
def test_each_unbalanced_group_is_one_mistake(types: list[str], expected: list[tuple[int, str]]) -> None:
    """What was opened and not closed, closed and not opened, or closed as something else; questions inside stay."""
    survey = [question(kind, f"n{number}") for number, kind in enumerate(types)] + [question("text", "last")]
    assert [(fault.row, fault.code) for fault in checked(survey).errors] == expected


def test_what_follows_from_a_mistake_is_not_told() -> None:
    """A misspelt list does not make its question unknown, a mended choice does not empty its list."""
    survey = [
        question("select_one yes_on", "a"),
        question("text", "b", relevant="${a} = 'yes'"),
        question("select_multiple only", "c", relevant="selected(${c}, 'x')"),
    ]
    choices = [*YES_NO, {"list_name": "only", "name": "x y", "label": "X"}]
    found = [place for place in places(checked(survey, choices)) if place[2] != "relevant"]
    assert found == [("survey", 2, "type", "list-unknown"), ("choices", 4, "name", "choice-name")]


def test_our_namespace_missing_hides_no_other_mistake() -> None:
    """The columns are checked beside it, and so is the rest of the form."""
    survey = [question("text", "a", fs_merge="newest"), question("itneger", "b"), question("text", "c", relevant="(")]
    found = checked(survey, namespaces="")
    assert {fault.code for fault in found.errors} == {
        "namespace-missing",
        "column-value",
        "type-unknown",
        "expression-syntax",
    }


def test_a_form_that_pyxform_takes_is_not_proofread() -> None:
    """What this knows of types and names may be out of date: it speaks only where pyxform refused."""
    survey = [{"type": "note", "label": "Told"}, question("phonenumber", "p"), question("select one from yes_no", "s")]
    assert checked(survey, YES_NO).errors == ()


def test_older_and_capital_headers_have_their_rows() -> None:
    """Type, Name and caption are what type, name and label are."""
    found = read_form(b"| survey |\n| | Type | Name | caption | Constraint |\n| | text | a | A | . > (1 |\n", "a.md")
    assert [(fault.row, fault.code) for fault in found.errors] == [(2, "expression-syntax")]


def test_a_csv_as_spreadsheet_programs_write_it_is_read() -> None:
    """With a byte order mark, and with a sheet of notes that no XLSForm has."""
    text = "survey,,\n,type,name,label\n,text,a,A\nsettings,,\n,form_id,version\n,x,1\nnotes,,\n,what,\n,hello,\n"
    found = read_form(b"\xef\xbb\xbf" + text.encode(), "a.csv")
    assert (found.errors, found.spec is not None and found.spec.id) == ((), "x")


@pytest.mark.parametrize(
    ("content", "name", "code", "remedy"),
    [
        (b'a,b,c\n1,2,3\n"x', "a.csv", "workbook-unreadable", "',type,name,label'"),
        (b'"survey,\n"survey,\n', "a.csv", "workbook-unreadable", "',type,name,label'"),
        (b'{"a": [1, 2]}', "a.csv", "workbook-unreadable", "',type,name,label'"),
        (b"# Title\n\nWords.\n", "a.md", "workbook-unreadable", "| | type | name | label |"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a.csv", "workbook-encoding", "CSV UTF-8"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a.xlsx", "workbook-unreadable", ".xlsx"),
        (b"| survey |\n| | type | name | label |\n", "a.md", "form-empty", "type, name and label"),
    ],
)
def test_what_is_no_form_says_what_one_looks_like(content: bytes, name: str, code: str, remedy: str) -> None:
    """No exception's words reach an author; a picture is not taken for Chinese text."""
    (fault,) = read_form(content, name).errors
    assert (fault.code, remedy in fault.remedy) == (code, True)
    for text in (fault.message, fault.message_zh):
        assert "Error" not in text
        assert "GB18030" not in text


def test_blank_and_disabled_rows_are_none() -> None:
    """They are passed over, with mistakes beside them and without."""
    survey = [question("text", "a"), {"type": "", "name": ""}, question("wrong", "b", disabled="yes")]
    assert checked(survey).errors == ()
    assert places(checked([*survey, question("wrong", "c")])) == [("survey", 5, "type", "type-unknown")]


def test_every_circle_of_questions_is_told() -> None:
    """Each once, at one of its references."""
    survey = [
        question("calculate", "a", calculation="${b} + 1"),
        question("calculate", "b", calculation="${a} + 1"),
        question("text", "c", relevant="${d} = 1"),
        question("text", "d", relevant="${c} = 1"),
        question("text", "e"),
    ]
    found = checked(survey).errors
    assert [fault.code for fault in found] == ["expression-cycle", "expression-cycle"]
    assert {fault.column for fault in found} == {"calculation", "relevant"}


def test_a_form_of_mistakes_is_told_the_first_of_them() -> None:
    """A thousand rows with two wrong references each do not take the time that reading a form may take."""
    rows = "".join(f"| | text | q{i} | Q | ${{no}} = ${{nothing{i}}} |\n" for i in range(1_000))
    found = read_form(f"| survey |\n| | type | name | label | relevant |\n{rows}".encode(), "a.md")
    assert [fault.row for fault in found.errors] == [row for row in range(2, 102) for _ in range(2)]

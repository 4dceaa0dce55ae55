"""What a form's author is told: the place, the meaning in both languages, what was meant, the remedy."""

import csv
from importlib.resources import files
from pathlib import Path

import pytest

from forms_spec.code_lists import STANDARDS
from forms_spec.faults import Fault
from forms_spec.pyxform_faults import TYPES, error_of, warning_of
from forms_spec.resemblance import alike
from forms_spec.xlsform import read_form
from tests.unit.forms_spec.workbooks import YES_NO, checked, question

Rows = list[dict[str, str]]
DOCS = Path(__file__).parents[3] / "docs" / "forms.md"


@pytest.mark.parametrize(
    ("survey", "code", "row", "column", "meant"),
    [
        ([question("text", "b"), question("itneger", "a")], "type-unknown", 3, "type", "integer"),
        ([question("select_one yes_on", "a")], "list-unknown", 2, "type", "yes_no"),
        ([question("text", "age", relevant="${aeg} = 1")], "reference-unknown", 2, "relevant", "age"),
        ([question("text", "a b")], "name-invalid", 2, "name", ""),
        ([question("text", "a"), question("text", "a")], "name-duplicate", 3, "name", ""),
        ([question("begin group", "g"), question("text", "a")], "begin-unmatched", 2, "type", ""),
        ([question("text", "a"), question("end repeat", "")], "end-unmatched", 3, "type", ""),
        ([question("calculate", "a")], "calculation-missing", 2, "calculation", ""),
        ([{"type": "text", "name": "a"}], "label-missing", 2, "label", ""),
        ([{"type": "text", "label": "A"}], "name-missing", 2, "name", ""),
        ([question("text", "meta")], "name-reserved", 2, "name", ""),
        ([question("range", "a", parameters="start=x")], "parameters-invalid", 2, "parameters", ""),
        ([question("text", "a", relevant="${b = 1")], "reference-malformed", 2, "relevant", ""),
        ([question("select_one_from_file a.txt", "a")], "file-type", 2, "type", ""),
    ],
)
def test_the_usual_errors_say_what_and_where(survey: Rows, code: str, row: int, column: str, meant: str) -> None:
    """Sheet, row, column; in Chinese without the English; and the word that was meant."""
    (fault,) = checked(survey, YES_NO).errors
    assert (fault.code, fault.sheet, fault.row, fault.column) == (code, "survey", row, column)
    assert f"Did you mean {meant}?" in fault.message if meant else "Did you mean" not in fault.message
    assert (f"是否指 {meant}？" in fault.message_zh) == bool(meant)
    assert _is_chinese(fault.message_zh)
    assert _is_chinese(fault.remedy_zh)


def _is_chinese(text: str) -> bool:
    return any("\u4e00" <= letter <= "\u9fff" for letter in text)


def test_a_repeat_without_a_label_is_named() -> None:
    """By its name, in both languages, rather than by its row as Python writes it."""
    survey = [{"type": "begin repeat", "name": "roster"}, question("text", "a"), {"type": "end repeat"}]
    (fault,) = [fault for fault in checked(survey).warnings if fault.code == "label-missing"]
    assert (fault.row, fault.message, fault.message_zh) == (2, "Repeat 'roster' has no label.", "“roster”缺少标签。")


def test_what_is_not_usual_is_passed_on() -> None:
    """An unknown message stays readable, within a Chinese frame."""
    for fault in (error_of("Something new."), warning_of("Something new.")):
        assert fault.message == "Something new."
        assert fault.message_zh == "表单转换程序提示：Something new."


@pytest.mark.parametrize(
    ("column", "value", "code", "meant"),
    [
        ("bind::fs:mrege", "union", "column-unknown", "merge"),
        ("bind::fs:sensitve", "yes", "column-unknown", "sensitive"),
        ("fs:merge", "union", "column-unknown", ""),
        ("bind::fs:merge", "lastest", "column-value", "latest"),
        ("bind::fs:admit", "distrct", "column-value", "district"),
        ("bind::fs:owner", "sever", "column-value", "server"),
        ("bind::fs:key", "yess", "column-value", "yes"),
    ],
)
def test_our_columns_are_spelt_out(column: str, value: str, code: str, meant: str) -> None:
    """A misspelt column or value is an error that says what was meant."""
    (fault,) = checked([{**question("text", "a"), column: value}]).errors
    assert (fault.code, fault.column) == (code, column)
    assert f"Did you mean {meant}?" in fault.message if meant else "lacks bind::" in fault.message


def test_what_a_column_may_say_is_told_in_words_of_either_language() -> None:
    """A value from a list names the list; a name or a text is described, and not listed as if it were a choice."""
    wrong = {"fs_merge": "?", "fs_ref": "A B", "fs_code": "x" * 101}
    survey = [question("text", f"q{number}", **{name: said}) for number, (name, said) in enumerate(wrong.items())]
    merge, ref, code = checked(survey).errors
    assert merge.remedy.startswith("Write one of: latest, ")
    assert merge.remedy_zh.startswith("请填写下列之一：latest、")
    assert (ref.remedy, ref.remedy_zh) == (
        "Write a name of small letters, digits, - and _.",
        "请填写由小写字母、数字、- 和 _ 组成的名称。",
    )
    assert code.remedy_zh == "请填写标准名称，最多 100 个字符。"


def test_columns_that_pyxform_passes_over_are_named() -> None:
    """A condition in a misspelt column would never be asked; a column of notes is the author's own."""
    survey = [question("text", "a", relevent="false()", constrain="1", notes="x", translator="y")]
    found = [fault for fault in checked(survey).warnings if fault.code == "column-misspelt"]
    assert [(fault.column, fault.row) for fault in found] == [("relevent", 1), ("constrain", 1)]
    assert "relevant" in found[0].message_zh


def test_a_word_is_like_its_nearest_only() -> None:
    """A known word is itself; what is like nothing gets no suggestion."""
    assert [alike(word, TYPES) for word in ("text", "TEXT", "geopiont", "qwxz")] == ["text", "text", "geopoint", None]


CODED = [
    question("select_one sex", "sex", fs_code="GB/T 2261.1-2003"),
    question("select_one sex", "sex_again", fs_code="GBT 2261.1"),
    question("select_one sex", "other", fs_code="ISO 5218:2022"),
]


def codes(*choices: tuple[str, str]) -> list[Fault]:
    """Return what is said of a list of codes and names that follows the standard of sexes."""
    rows = [{"list_name": "sex", "name": code, "label": label} for code, label in choices]
    return [fault for fault in checked(CODED[:1], rows).warnings if fault.code.startswith("code-")]


def test_a_list_like_its_standard_is_left_alone() -> None:
    """Codes may be left out, and names shortened, in any language."""
    assert codes(("1", "男"), ("2", "女性"), ("9", "未说明的性别")) == []
    assert codes(("1", "Male"), ("2", "Female"), ("0", "不详")) == []


def test_a_name_that_is_right_in_one_language_does_not_excuse_another() -> None:
    """The tablet shows a Chinese collector the code of the other sex."""
    rows = [{"list_name": "sex", "name": "1", "label::English (en)": "Male", "label::中文 (zh)": "女性"}]
    survey = [{**CODED[0], "label::English (en)": "Sex", "label::中文 (zh)": "性别"}]
    (fault,) = [fault for fault in checked(survey, rows).warnings if fault.code == "code-name"]
    assert (fault.row, "(女性)" in fault.message, "（女性）" in fault.message_zh) == (2, True, True)


def test_codes_that_were_swapped_or_invented_are_found() -> None:
    """A code with the name of another, and one that the standard does not have, at their rows."""
    found = codes(("1", "女"), ("2", "女性"), ("3", "其他"))
    assert [(fault.code, fault.sheet, fault.row, fault.column) for fault in found] == [
        ("code-name", "choices", 2, "label"),
        ("code-unknown", "choices", 4, "name"),
    ]
    assert "男性" in found[0].remedy_zh


@pytest.mark.parametrize("name", STANDARDS)
def test_the_lists_of_the_standards_are_sound(name: str) -> None:
    """Each code stands once, with a name in both languages; where they were compared is said."""
    text = files("forms_spec").joinpath("standards", STANDARDS[name].file).read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    codes = [row["code"] for row in rows]
    assert codes == sorted(set(codes))
    assert all(row["zh"] and row["en"] for row in rows)
    assert STANDARDS[name].source
    assert name in DOCS.read_text(encoding="utf-8")


def test_what_a_partial_list_lacks_is_not_called_unknown() -> None:
    """GA/T 517 has more documents than are shipped; a code with the name of another is still a slip."""
    rows = [
        {"list_name": "papers", "name": "233", "label": "A card of some kind"},
        {"list_name": "papers", "name": "414", "label": "居民身份证"},
    ]
    found = checked([question("select_one papers", "papers", fs_code="GA/T 517-2004")], rows).warnings
    assert [(fault.code, fault.row) for fault in found] == [("code-name", 3)]


def test_a_misspelt_standard_is_named_an_unknown_one_is_not() -> None:
    """Standards that are not shipped may be named."""
    choices = [{"list_name": "sex", "name": "1", "label": "男"}]
    found = [fault for fault in checked(CODED, choices).warnings if fault.code.startswith("code-")]
    assert [(fault.code, fault.row) for fault in found] == [("code-standard", 3)]
    assert "GB/T 2261.1" in found[0].message


def test_sensitive_items_are_found_in_every_text() -> None:
    """Labels, messages, groups, repeats, and the name that lists of instances show."""
    survey = [
        question("text", "id_number", fs_sensitive="yes"),
        question("note", "told", label="You said ${id_number}."),
        question("text", "b", constraint=". != ''", constraint_message="Not ${id_number}"),
        question("begin group", "g", label="Of ${id_number}"),
        question("text", "c"),
        question("end group", ""),
    ]
    found = checked(survey, instance_name="concat(${id_number}, ' ', ${b})").warnings
    assert [(fault.sheet, fault.row) for fault in found if fault.code == "sensitive-in-text"] == [
        ("survey", 3),
        ("survey", 4),
        ("survey", 5),
        ("settings", 2),
    ]


def test_a_workbook_without_survey_says_so() -> None:
    """The sheet's name is part of the remedy."""
    (fault,) = read_form(b"| sruvey |\n| | type | name |\n| choices |\n| | list_name | name |\n", "a.md").errors
    assert "survey" in fault.remedy

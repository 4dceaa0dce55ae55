"""Forms read from workbooks: what is wrong is said with its place and remedy."""

from pathlib import Path

import pytest

from forms_spec.faults import Checked, Fault
from forms_spec.items import admission
from forms_spec.xlsform import read_form
from tests.unit.forms_spec.workbooks import YES_NO, checked, question, spec_of, workbook


def only(faults: tuple[Fault, ...]) -> Fault:
    assert len(faults) == 1, [fault.message for fault in faults]
    return faults[0]


def test_types_and_texts_are_read_in_every_language() -> None:
    """Labels, hints, messages and choices come in the languages of the form, its own first."""
    survey = [
        {
            "type": "select_one yes_no",
            "name": "a",
            "label::English (en)": "Name of ${b}",
            "label::中文 (zh)": "名称",
            "hint::English (en)": "As written",
            "constraint": ". != 'no'",
            "constraint_message::中文 (zh)": "不可以",
            "required": "yes",
            "required_message::English (en)": "Needed",
        },
        {"type": "text", "name": "b", "label::English (en)": "B", "label::中文 (zh)": "乙"},
    ]
    choices = [{"list_name": "yes_no", "name": "no", "label::English (en)": "No", "label::中文 (zh)": "否"}]
    spec = spec_of(survey, choices, default_language="中文 (zh)")
    field = spec.field("a")
    assert field is not None
    assert spec.languages == ("zh", "en")
    assert field.labels == {"zh": "名称", "en": "Name of ${b}"}
    assert field.hints == {"en": "As written"}
    assert field.constraint_messages == {"zh": "不可以"}
    assert field.required_messages == {"en": "Needed"}
    assert spec.label("a", "zh") == "名称"
    assert spec.choice_label("a", "no", "zh") == "否"
    assert spec.choice_label("a", "gone", "zh") == "gone"


def test_every_type_of_the_first_forms_is_told_apart() -> None:
    """A question keeps its XLSForm type, also where the XForm writes several types alike."""
    types = [
        "text",
        "integer",
        "decimal",
        "date",
        "dateTime",
        "time",
        "geopoint",
        "note",
        "barcode",
        "acknowledge",
        "image",
        "hidden",
    ]
    survey = [question(type_, f"q{number}") for number, type_ in enumerate(types)]
    survey += [
        question("select_one yes_no", "one"),
        question("select_multiple yes_no", "many"),
        question("calculate", "sum", calculation="${q1} + 1"),
        question("text", "shown", read_only="yes", fs_owner="server"),
    ]
    spec = spec_of(survey, YES_NO)
    expected = [*types, "select_one", "select_multiple", "calculate", "text"]
    assert [field.type for field in spec.fields] == expected


def test_groups_are_flattened_and_their_conditions_kept() -> None:
    """A document's data has no groups; a group's condition governs its questions as a section."""
    survey = [
        question("text", "a"),
        question("begin group", "outer", relevant="${a} = 'x'"),
        question("begin group", "inner"),
        question("text", "b"),
        question("end group", ""),
        question("end group", ""),
    ]
    spec = spec_of(survey)
    assert [field.name for field in spec.fields] == ["a", "b"]
    assert [(section.name, section.parent) for section in spec.sections] == [
        ("outer", None),
        ("inner", "/data/outer"),
    ]
    assert spec.fields[1].section == "/data/outer/inner"


def test_a_repeat_is_one_field_with_fields_of_its_own() -> None:
    """The members of a repeat are described inside its field."""
    survey = [question("begin repeat", "member"), question("text", "name"), question("end repeat", "")]
    repeat = spec_of(survey).field("member")
    assert repeat is not None
    assert repeat.type == "repeat"
    assert [field.path for field in repeat.fields] == ["/data/member/name"]


def test_titles_in_two_languages_ride_on_the_root() -> None:
    """XLSForm titles have one language; `attribute::fs:title-zh` adds another."""
    settings = {"attribute::fs:title-zh": "测试", "form_title": "Test"}
    assert spec_of([question("text", "a")], **settings).title == {"default": "Test", "zh": "测试"}


def test_our_columns_arrive_in_the_spec() -> None:
    """Every mark of a question is read, and what others build on is derived from it."""
    survey = [
        question("select_one yes_no", "kind", fs_group="who", fs_key="yes", fs_admit="community", fs_code="GB/T 1"),
        question("text", "number", fs_group="who", fs_key="TRUE", fs_admit="street", fs_admit_first="community"),
        question("text", "phone", fs_sensitive="yes", fs_merge="latest"),
        question("text", "home", fs_ref="household"),
        question("text", "status", fs_owner="server"),
    ]
    spec = spec_of(survey, YES_NO)
    assert spec.merge_rules() == {
        "kind": {"group": "who", "key": True},
        "number": {"group": "who", "key": True},
        "phone": {"merge": "latest"},
        "home": {},
        "status": {},
    }
    assert (admission(spec, "who").admit, admission(spec, "who").admit_first) == ("street", "community")
    assert (admission(spec, "phone").admit, admission(spec, "nobody").admit) == ("auto", "auto")
    assert spec.server_owned() == {"status"}
    assert spec.sensitive_fields() == {"phone"}
    assert list(spec.items()) == ["who", "phone", "home", "status"]
    assert [getattr(spec.field(name), mark) for name, mark in (("home", "ref"), ("kind", "code"))] == [
        "household",
        "GB/T 1",
    ]


@pytest.mark.parametrize(
    ("columns", "column", "said"),
    [
        ({"fs_merge": "lastest"}, "bind::fs:merge", "lastest"),
        ({"fs_key": "maybe"}, "bind::fs:key", "maybe"),
        ({"fs_sensitive": "2"}, "bind::fs:sensitive", "2"),
        ({"fs_admit": "province"}, "bind::fs:admit", "province"),
        ({"fs_admit_first": "me"}, "bind::fs:admit-first", "me"),
        ({"fs_owner": "tablet"}, "bind::fs:owner", "tablet"),
        ({"fs_ref": "House Hold"}, "bind::fs:ref", "House Hold"),
        ({"fs_merge": "union"}, "bind::fs:merge", "select_multiple"),
        ({"fs_merge": "roster"}, "bind::fs:merge", "a repeat"),
    ],
)
def test_a_wrong_mark_is_named_with_its_place(columns: dict[str, str], column: str, said: str) -> None:
    """The fault names sheet, row, column, the value, and what may stand there."""
    errors = checked([question("text", "a"), question("text", "b", **columns)]).errors
    fault = next(fault for fault in errors if fault.sheet)
    assert (fault.sheet, fault.row, fault.column) == ("survey", 3, column)
    assert said in fault.message + fault.remedy
    assert fault.message_zh
    assert fault.remedy_zh


def test_an_unknown_column_of_ours_is_an_error() -> None:
    """A misspelt header would silently change how items merge."""
    fault = only(checked([question("text", "a", fs_mrege="latest")]).errors)
    assert (fault.code, fault.row, fault.column) == ("column-unknown", 1, "bind::fs:mrege")
    assert "bind::fs:merge" in fault.remedy


def test_marks_without_a_namespace_are_refused_with_the_line_to_add() -> None:
    """Without the declaration the XForm would not even be XML."""
    fault = only(checked([question("text", "a", fs_key="yes")], namespaces="").errors)
    assert (fault.code, fault.sheet) == ("namespace-missing", "settings")
    assert 'fs="https://fieldsync.example/ns"' in fault.remedy


def test_a_mark_on_a_screen_group_is_an_error() -> None:
    """A group of questions on the screen is no item, so a mark on it would do nothing."""
    survey = [question("begin group", "g", fs_key="yes"), question("text", "a"), question("end group", "")]
    assert only(checked(survey).errors).code == "column-place"


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        ({"fs_merge": "latest"}, {"fs_merge": "review"}, "group-mixed"),
        ({"fs_merge": "append"}, {}, "group-combining"),
    ],
)
def test_a_group_is_one_item(first: dict[str, str], second: dict[str, str], code: str) -> None:
    """Its members merge alike, and whole."""
    survey = [question("text", "a", fs_group="g", **first), question("text", "b", fs_group="g", **second)]
    assert only(checked(survey).errors).code == code


def test_a_group_named_as_a_question_is_an_error() -> None:
    """Both would be the same item."""
    survey = [question("text", "a", fs_group="b"), question("text", "b")]
    assert only(checked(survey).errors).code == "group-name"


def test_a_key_that_nobody_admits_is_a_warning() -> None:
    """The form works, but its author should know."""
    found = checked([question("text", "a", fs_key="yes")])
    assert found.errors == ()
    fault = only(found.warnings)
    assert (fault.code, fault.row, fault.column) == ("key-unadmitted", 2, "bind::fs:admit")


def test_a_sensitive_item_in_a_label_is_a_warning() -> None:
    """What is masked elsewhere should not be printed in a question."""
    survey = [question("text", "secret", fs_sensitive="yes"), {**question("text", "b"), "label": "Is ${secret} right?"}]
    fault = only(checked(survey).warnings)
    assert (fault.code, fault.row) == ("sensitive-in-text", 3)


def test_the_same_name_in_two_groups_is_an_error() -> None:
    """pyxform allows it; a document's flat data does not."""
    survey = [
        question("text", "a"),
        question("begin group", "g"),
        question("text", "a"),
        question("end group", ""),
    ]
    fault = only(checked(survey).errors)
    assert (fault.code, fault.sheet, fault.row, fault.column) == ("name-duplicate", "survey", 4, "name")
    assert "row 2" in fault.message


@pytest.mark.parametrize(
    ("column", "text", "said"),
    [
        ("relevant", "instance-of(..) = 1", "instance-of()"),
        ("constraint", "regex(., '(?<a>b)(?!c)')", "regex()"),
        ("required", "once()", "once()"),
        ("constraint", ". >", "the end"),
    ],
)
def test_an_unsupported_expression_names_field_and_function(column: str, text: str, said: str) -> None:
    """It is found when the form is checked, with the row and column it stands in."""
    fault = only(checked([question("text", "a"), question("text", "b", **{column: text})]).errors)
    assert (fault.sheet, fault.row, fault.column) == ("survey", 3, column)
    assert fault.message.startswith("b: ")
    assert said in fault.message


def test_an_unsupported_condition_of_a_group_is_found() -> None:
    """Conditions of groups are checked like those of questions."""
    survey = [question("begin group", "g", relevant="guid() = 1"), question("text", "a"), question("end group", "")]
    fault = only(checked(survey).errors)
    assert (fault.row, fault.column) == (2, "relevant")


def test_questions_that_depend_on_each_other_in_a_circle_are_an_error() -> None:
    """A circle of conditions has no meaning."""
    survey = [question("text", "a", relevant="${b} = ''"), question("text", "b", relevant="${a} = ''")]
    fault = only(checked(survey).errors)
    assert fault.code == "expression-cycle"
    assert fault.column == "relevant"
    assert "a → b → a" in fault.message or "b → a → b" in fault.message


def test_a_long_circle_names_its_first_questions_only() -> None:
    """And says how many more there are."""
    names = [f"q{number}" for number in range(40)]
    survey = [
        question("text", name, relevant=f"${{{other}}} = ''")
        for name, other in zip(names, [*names[1:], names[0]], strict=True)
    ]
    fault = only(checked(survey).errors)
    assert (fault.message.count("→"), fault.message_zh.count("→")) == (9, 9)
    assert fault.message.endswith(", and 30 more.")
    assert fault.message_zh.endswith("，另有 30 个。")


def test_a_circle_is_reported_where_an_expression_refers_on() -> None:
    """A calculation in the column calculation; a condition of a group about what is inside at the group."""
    counted = [question("calculate", name, calculation=f"${{{other}}} + 1") for name, other in ("ab", "ba")]
    fault = only(checked([*counted, question("text", "t")]).errors)
    assert (fault.code, fault.column, fault.row in (2, 3)) == ("expression-cycle", "calculation", True)
    group = [question("begin group", "g", relevant="${a} = ''"), question("text", "a"), question("end group", "")]
    fault = only(checked(group).errors)
    assert (fault.code, fault.column, fault.row) == ("expression-cycle", "relevant", 2)
    assert fault.message.startswith("g: ")


def test_what_pyxform_finds_keeps_its_place() -> None:
    """pyxform's errors come with row and column, and say in Chinese what they mean."""
    fault = only(checked([question("text", "a", relevant="${zz} = 1")]).errors)
    assert (fault.code, fault.sheet, fault.row, fault.column) == ("reference-unknown", "survey", 2, "relevant")
    assert "引用了不存在的问题" in fault.message_zh


def test_a_form_without_version_is_a_warning() -> None:
    """Documents name the version they were filled in with."""
    assert [fault.code for fault in checked([question("text", "a")], version="").warnings] == ["version-missing"]


def test_choices_that_the_server_cannot_check_are_warnings() -> None:
    """A list from a file that is not there works on tablets only."""
    survey = [
        question("text", "a"),
        question("select_one yes_no", "b", choice_filter="name = ${a}"),
        question("select_one_from_file towns.csv", "c"),
    ]
    found = checked(survey, YES_NO)
    assert found.errors == ()
    assert [fault.code for fault in found.warnings] == ["file-missing"]


@pytest.mark.parametrize(
    ("content", "filename"),
    [
        (b"PK\x05\x06" + b"\0" * 18, "empty.xlsx"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "old.xls"),
        (b"\xff\xfe\x00", "form.csv"),
        (b"hello", "form.md"),
        (workbook([question("no such type", "a")]), "type.xlsx"),
        (workbook([question("text", "a b")]), "name.xlsx"),
        (workbook([question("begin group", "g"), question("text", "a")]), "open.xlsx"),
        (workbook([question("select_one nowhere", "a")]), "list.xlsx"),
        (workbook([]), "nothing.xlsx"),
        (workbook([question("text", "a")], **{"title::en": "x"}), "settings.xlsx"),
    ],
)
def test_malformed_workbooks_are_faults_not_exceptions(content: bytes, filename: str) -> None:
    """Whatever is wrong inside, the author gets a message in both languages."""
    found = read_form(content, filename)
    assert found.spec is None
    fault = only(found.errors)
    assert fault.message
    assert fault.message_zh


def test_markdown_and_csv_forms_are_read() -> None:
    """An XLSForm may be a text file; rows are counted as in the sheet."""
    markdown = (
        b"| survey |\n| | type | name | label |\n| | text | a | A |\n| settings |\n| | form_id | version |\n| | f | 1 |"
    )
    comma = b"survey,,,\n,type,name,label\n,text,a,A\nsettings,,,\n,form_id,version,\n,f,1,\n"
    specs: list[Checked] = [read_form(markdown, "f.md"), read_form(comma, "f.csv")]
    assert [found.spec and found.spec.id for found in specs] == ["f", "f"]


def test_a_bare_word_is_a_warning() -> None:
    """A yes without quotes is a path to nothing: false on tablets and here, and hardly what was meant."""
    found = checked([question("text", "a", required="T")])
    assert found.errors == ()
    (fault,) = [fault for fault in found.warnings if fault.code == "expression-word"]
    assert (fault.row, fault.column) == (2, "required")


@pytest.mark.parametrize(
    "text",
    ["count(//*[count(//*[count(//*[count(//*) > 0]) > 0]) > 0]) > 0", "count(//a/following::*[//*[//*[//*]]]) > 0"],
)
def test_a_rule_that_never_ends_is_refused(text: str) -> None:
    """It is tried on an empty document before anybody fills in the form."""
    survey = [question("text", "a", constraint=text), *[question("text", f"q{n}") for n in range(60)]]
    fault = only(checked(survey).errors)
    assert (fault.code, fault.row, fault.column) == ("expression-budget", 2, "constraint")


def test_a_long_list_is_searched_by_index_and_not_once_for_each_row() -> None:
    """A filter on a list of 5,000 is cheap; one that searches the list again for each of its rows is refused."""
    many = [{"list_name": "towns", "name": f"t{n}", "label": "x", "up": f"t{n // 10}"} for n in range(5_000)]
    row = question("select_one towns", "b", choice_filter="up = ${a}")
    assert checked([question("select_one towns", "a"), row], many).errors == ()
    slow = "count(instance('towns')/root/item[concat(up, '') = current()/../a]) > 0"
    worse = question("select_one towns", "b", choice_filter=f"string-length(name) > 1 and {slow}")
    (fault,) = checked([question("select_one towns", "a"), worse], many).errors
    assert (fault.code, fault.column) == ("expression-budget", "choice_filter")


def test_an_old_workbook_is_read() -> None:
    """A BIFF file as Excel wrote them until 2003: languages, our columns, and numbers that are codes."""
    file = Path(__file__).with_name("old_workbook.xls")
    found = read_form(file.read_bytes(), file.name)
    assert found.spec is not None
    assert (found.errors, found.warnings) == ((), ())
    assert [(field.name, field.type, field.row) for field in found.spec.fields] == [
        ("name", "text", 2),
        ("sex", "select_one", 3),
        ("age", "integer", 4),
    ]
    assert [choice.value for choice in found.spec.choices["sex"]] == ["1", "2"]
    assert (found.spec.fields[0].key, found.spec.fields[0].admit) == (True, "street")

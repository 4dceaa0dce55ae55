"""Documents checked against their forms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms_spec.expression_errors import ExpressionError
from forms_spec.validate import Validator, validate
from tests.unit.forms_spec.workbooks import YES_NO, checked, question, spec_of

TODAY = "2026-11-23"

SPEC = spec_of(
    [
        question("text", "name", required="yes"),
        question("integer", "age", constraint=". >= 0 and . <= 120", constraint_message="Between 0 and 120."),
        question("select_one yes_no", "at_school", relevant="${age} < 30", required="yes"),
        question("text", "school", relevant="${at_school} = 'yes'", required="${age} < 7"),
        question("select_multiple yes_no", "answers"),
        question("date", "born", constraint=". <= today()"),
        question("geopoint", "place"),
        question("calculate", "next_age", calculation="${age} + 1"),
        question("integer", "guess", constraint=". = ${next_age}"),
        question("text", "home", fs_ref="household"),
        question("text", "status", required="yes", fs_owner="server"),
        question("begin repeat", "pets"),
        question("text", "pet", required="yes"),
        question("integer", "pet_age", relevant="../pet != 'fish'", constraint=". <= ${age}"),
        question("end repeat", ""),
    ],
    YES_NO,
)
VALIDATOR = Validator(SPEC)


def found(data: dict[str, object], missing: dict[str, str] | None = None) -> set[tuple[str, str]]:
    base = {"name": "A", "age": 40}
    return {(finding.field, finding.code) for finding in VALIDATOR.findings(base | data, missing or {}, TODAY)}


def test_a_sound_document_has_no_findings() -> None:
    """Answers of the right type that keep all rules are passed in silence."""
    data = {"answers": ["yes", "no"], "born": TODAY, "place": "30.6 104.05 500 6", "home": "household:1", "guess": 41}
    assert found(data) == set()


@pytest.mark.parametrize("blank", [None, "", "  ", []])
def test_a_required_answer_may_not_be_blank(blank: object) -> None:
    """Null, blank text and an empty list are no answers."""
    assert found({"name": blank}) == {("name", "required")}


def test_a_reason_stands_for_a_required_answer() -> None:
    """Refused or unknown is an answer of a kind."""
    assert found({"name": ""}, {"name": "refused"}) == set()


def test_what_the_server_owns_is_not_required_of_tablets() -> None:
    """A tablet cannot fill in a server-owned item."""
    assert ("status", "required") not in found({})


def test_relevance_follows_other_answers() -> None:
    """An irrelevant question is not required, and an answer to it is a warning, never an error."""
    assert found({"age": 10}) == {("at_school", "required")}
    assert found({"age": 40, "at_school": "nonsense"}) == {("at_school", "irrelevant")}
    findings = VALIDATOR.findings({"name": "A", "age": 40, "school": "x"}, {}, TODAY)
    assert [(finding.code, finding.severity) for finding in findings] == [("irrelevant", "warning")]


def test_an_irrelevant_answer_counts_as_blank_for_others() -> None:
    """What depends on an irrelevant answer is irrelevant too, though the answer is still there."""
    assert found({"age": 40, "at_school": "yes", "school": "x"}) == {
        ("at_school", "irrelevant"),
        ("school", "irrelevant"),
    }


def test_required_may_depend_on_other_answers() -> None:
    """`required` is an expression like any other."""
    assert found({"age": 6, "at_school": "yes"}) == {("school", "required")}
    assert found({"age": 8, "at_school": "yes"}) == set()


@pytest.mark.parametrize(
    ("field", "answer"),
    [
        ("age", "four"),
        ("age", 1.5),
        ("age", True),
        ("age", [3]),
        ("age", 10**400),
        ("born", "23.11.2026"),
        ("born", "2026-02-30"),
        ("born", "20261123"),
        ("place", "30.6"),
        ("place", "91 104"),
        ("place", "here there"),
        ("answers", 3),
        ("answers", [1]),
        ("home", "person:1"),
        ("home", "household:"),
        ("name", {"first": "A"}),
        ("name", 7),
        ("pets", "dog"),
        ("pets", ["dog"]),
    ],
)
def test_an_answer_of_the_wrong_type_is_an_error(field: str, answer: object) -> None:
    """Each type has its form in JSON, and no other is taken."""
    assert (field, "type") in found({field: answer})


@pytest.mark.parametrize(("field", "answer"), [("age", "40"), ("age", 40.0), ("answers", "yes no")])
def test_numbers_and_lists_may_be_written_as_text(field: str, answer: object) -> None:
    """CSV and ODK write them so."""
    assert found({field: answer}) == set()


def test_choices_are_those_of_the_list() -> None:
    """Every value of a select that is no choice is named."""
    findings = VALIDATOR.findings({"name": "A", "age": 40, "answers": ["yes", "perhaps", "never"]}, {}, TODAY)
    assert [finding.code for finding in findings] == ["choice", "choice"]
    assert "perhaps" in findings[0].message["en"]
    assert "never" in findings[1].message["zh"]


def test_a_constraint_speaks_in_the_forms_words() -> None:
    """The form's own message is given, and ours in the other languages."""
    (finding,) = VALIDATOR.findings({"name": "A", "age": 130}, {}, TODAY)
    assert (finding.field, finding.code, finding.severity) == ("age", "constraint", "error")
    assert finding.message["default"] == "Between 0 and 120."
    assert finding.message["zh"]


def test_today_is_what_the_caller_says() -> None:
    """The rules read no clock."""
    data = {"name": "A", "age": 40, "born": "2026-11-23"}
    assert VALIDATOR.findings(data, {}, "2026-11-23") == []
    assert [finding.code for finding in VALIDATOR.findings(data, {}, "2026-11-22")] == ["constraint"]


def test_a_missing_calculation_is_reckoned() -> None:
    """Rules that look at a calculated value find it, whether the document holds it or not."""
    assert found({"guess": 41}) == set()
    assert found({"guess": 42}) == {("guess", "constraint")}


def test_members_of_a_repeat_are_checked_one_by_one() -> None:
    """Findings name the member, counted from 0; rules see the member and the document around it."""
    pets = [{"pet": "dog", "pet_age": 50}, {}, {"pet": "fish", "pet_age": 1}, {"pet": "cat", "tail": 1}]
    assert found({"pets": pets}) == {
        ("pets[0].pet_age", "constraint"),
        ("pets[1].pet", "required"),
        ("pets[2].pet_age", "irrelevant"),
        ("pets[3].tail", "unknown_field"),
    }


def test_a_field_that_the_form_does_not_know_is_a_warning() -> None:
    """It is kept, and said."""
    (finding,) = VALIDATOR.findings({"name": "A", "age": 40, "shoe": 1}, {}, TODAY)
    assert (finding.field, finding.code, finding.severity) == ("shoe", "unknown_field", "warning")


def test_a_section_governs_its_questions() -> None:
    """A group that is irrelevant makes all of its questions so, nested ones included."""
    survey = [
        question("text", "a"),
        question("begin group", "g", relevant="${a} = 'x'"),
        question("begin group", "h"),
        question("text", "b", required="yes"),
        question("end group", ""),
        question("end group", ""),
    ]
    spec = spec_of(survey)
    assert validate(spec, {"a": "y"}, {}, TODAY) == []
    assert [finding.field for finding in validate(spec, {"a": "x"}, {}, TODAY)] == ["b"]


def test_a_form_with_an_unsupported_rule_has_no_validator() -> None:
    """The rule is not skipped in silence."""
    found_errors = checked([question("text", "a", constraint="twice(.)")])
    assert found_errors.spec is not None
    with pytest.raises(ExpressionError):
        Validator(found_errors.spec)


def test_a_chain_of_conditions_is_settled_in_its_order() -> None:
    """Each question depends on the one below it in the form; the order of dependency counts, not the form's."""
    chain = [question("text", f"q{n}", relevant=f"${{q{n + 1}}} = 'x'") for n in range(40)]
    validator = Validator(spec_of([*chain, question("text", "q40")]))
    answers = {f"q{n}": "x" for n in range(41)}
    assert validator.findings(answers, {}, TODAY) == []
    assert len(validator.findings(answers | {"q40": "y"}, {}, TODAY)) == 40


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["pet", "pet_age", "x"]), inner),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*sorted(VALIDATOR.rules.places.root.names), "other"]), json_values))
def test_any_json_is_checked_without_an_exception(data: dict[str, object]) -> None:
    """Whatever a tablet sent, the check answers with findings in both languages."""
    for finding in VALIDATOR.findings(data, {}, TODAY):
        assert finding.message["en"]
        assert finding.message["zh"]


WHOLE = spec_of(
    [
        question("select_one yes_no", "has"),
        question("integer", "size"),
        question("begin group", "g", relevant="${has} = 'yes'"),
        question("begin repeat", "members", repeat_count="${size}"),
        question("text", "who", required="yes", **{"label::fr": "Qui"}),
        question("integer", "age"),
        question("select_one yes_no", "kind", choice_filter="name = ${has}"),
        question("calculate", "is_adult", calculation="if(${age} >= 18, 1, 0)"),
        question("end repeat", ""),
        question("end group", ""),
        question("calculate", "adults", calculation="sum(${is_adult})"),
        question("calculate", "stamp", calculation="now()"),
        question("calculate", "once_only", calculation="once(uuid())"),
    ],
    YES_NO,
)


def codes(data: dict[str, object]) -> set[tuple[str, str]]:
    return {(finding.field, finding.code) for finding in validate(WHOLE, data, {}, TODAY)}


def test_a_repeat_has_as_many_members_as_the_form_counts() -> None:
    """One more or one less is an error that says both numbers."""
    members = [{"who": "A", "age": 3}, {"who": "B", "age": 40}]
    assert codes({"has": "yes", "size": 2, "members": members}) == set()
    assert codes({"has": "yes", "size": 3, "members": members}) == {("members", "repeat_count")}
    assert codes({"has": "yes", "size": 1}) == {("members", "repeat_count")}


def test_what_is_inside_of_an_irrelevant_group_is_irrelevant() -> None:
    """A repeat in it is flagged once, its members are neither required nor counted nor seen by calculations."""
    assert codes({"has": "no", "size": 2, "members": [{"age": 40}]}) == {("members", "irrelevant")}
    assert codes({"has": "no", "members": [{"age": 40}], "adults": 1}) == {
        ("members", "irrelevant"),
        ("adults", "calculation"),
    }


def test_a_choice_that_the_filter_excludes_is_an_error() -> None:
    """It is told apart from a value that is no choice at all."""
    base = {"has": "yes", "size": 1}
    assert codes({**base, "members": [{"who": "A", "kind": "yes"}]}) == set()
    assert codes({**base, "members": [{"who": "A", "kind": "no"}]}) == {("members[0].kind", "choice_filter")}
    assert codes({**base, "members": [{"who": "A", "kind": "x"}]}) == {("members[0].kind", "choice")}


def test_calculations_are_worked_out_anew_and_compared() -> None:
    """Another value is a warning; what depends on the clock or on chance is left alone."""
    members = [{"who": "A", "age": 20, "is_adult": 0}]
    data = {"has": "yes", "size": 1, "members": members, "adults": 1, "stamp": "2020-01-01", "once_only": "x"}
    (finding,) = validate(WHOLE, data, {}, TODAY)
    assert (finding.field, finding.code, finding.severity) == ("members[0].is_adult", "calculation", "warning")
    assert "'1'" in finding.message["en"]
    assert codes({**data, "members": [{"who": "A", "age": 20, "is_adult": "1.0"}]}) == set()


def test_findings_name_the_row_of_the_sheet_and_speak_the_forms_languages() -> None:
    """So that the author of the form finds the question, and whoever filled it in understands."""
    (finding,) = validate(WHOLE, {"has": "yes", "size": 1, "members": [{"age": 1}]}, {}, TODAY)
    assert (finding.field, finding.row) == ("members[0].who", 6)
    assert finding.message["fr"].startswith("Qui: ")
    assert finding.message["zh"].endswith("必填。")


def test_a_document_that_costs_too_much_is_held_and_said_so() -> None:
    """A thousand members, each looking at all others for each of them: stopped within its budget."""
    survey = [
        question("begin repeat", "r"),
        question("integer", "n", constraint="count(../../r[count(../r[n = current()/../n]) > 0]) > 0"),
        question("end repeat", ""),
    ]
    found = validate(spec_of(survey), {"r": [{"n": number} for number in range(1_000)]}, {}, TODAY)
    assert [(finding.code, finding.severity) for finding in found] == [("budget", "error")]

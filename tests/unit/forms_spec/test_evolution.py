"""Two versions of a form compared."""

from forms_spec.changes import Change
from forms_spec.evolution import compare, forbidden
from tests.unit.forms_spec.workbooks import YES_NO, question, spec_of

OLD = [question("text", "a"), question("integer", "b"), question("select_one yes_no", "c")]


def changes(survey: list[dict[str, str]], choices: list[dict[str, str]] = YES_NO, **settings: str) -> list[Change]:
    return compare(spec_of(OLD, YES_NO), spec_of(survey, choices, **({"version": "2"} | settings)))


def test_the_same_form_has_no_changes() -> None:
    """A new version number alone is no change."""
    assert changes(OLD) == []


def test_retyping_is_forbidden() -> None:
    """A value of one type would be read as another."""
    (change,) = changes([OLD[0], question("decimal", "b"), OLD[2]])
    assert (change.kind, change.field, change.severity) == ("retyped", "b", "error")
    assert "integer" in change.message["zh"]


def test_adding_is_harmless_and_removing_needs_a_look() -> None:
    """Old documents stay valid under the version they name."""
    found = changes([OLD[0], OLD[2], question("text", "d")])
    assert [(change.kind, change.field, change.severity) for change in found] == [
        ("added", "d", "info"),
        ("removed", "b", "warning"),
    ]


def test_rules_marks_and_choices_are_compared() -> None:
    """What a document must keep, how it merges, and what may be answered."""
    survey = [question("text", "a", required="yes"), question("integer", "b", fs_key="yes"), OLD[2]]
    choices = [YES_NO[0], {"list_name": "yes_no", "name": "maybe", "label": "Maybe"}]
    found = {(change.kind, change.field, change.severity) for change in changes(survey, choices)}
    assert found == {
        ("rule", "a", "info"),
        ("mark", "b", "warning"),
        ("choices_added", "c", "info"),
        ("choices_removed", "c", "warning"),
    }


def test_a_published_version_never_changes() -> None:
    """A difference under the same version number is an error, and so is another form."""
    assert changes([*OLD, question("text", "d")], version="1")[0].kind == "version"
    assert changes(OLD, form_id="other")[0].severity == "error"


def test_an_item_keeps_its_name() -> None:
    """What was recorded of a question stays under its group's name, so it neither joins nor leaves a group."""
    (change,) = changes([question("text", "a", fs_group="g"), *OLD[1:]])
    assert (change.kind, change.severity, change.before, change.after) == ("regrouped", "error", "a", "g")
    assert "g" in change.message["zh"]


def test_every_earlier_version_counts() -> None:
    """A question that was taken out may not come back as another type: documents of then are still there."""
    first = spec_of(OLD, YES_NO)
    second = spec_of([OLD[0], OLD[2]], YES_NO, version="2")
    third = spec_of([*OLD[:1], question("text", "b"), OLD[2]], YES_NO, version="3")
    assert [change.kind for change in compare(second, third)] == ["added"]
    (change,) = forbidden([first, second], third)
    assert (change.kind, change.field) == ("retyped", "b")


def test_texts_and_expressions_read_as_their_author_wrote_them() -> None:
    """Labels are told by name; a rule says what it was, with `${name}` for a path."""
    survey = [OLD[0] | {"label": "Anna"}, question("integer", "b", relevant="${a} != ''"), OLD[2]]
    choices = [YES_NO[0] | {"label": "Surely"}, YES_NO[1]]
    found = {change.kind: change for change in changes(survey, choices)}
    assert set(found) == {"relabelled", "rule", "choices_relabelled"}
    assert (found["rule"].rule, found["rule"].before, found["rule"].after) == ("relevant", None, "${a} != ''")
    assert "显示条件" in found["rule"].message["zh"]
    assert (found["choices_relabelled"].field, found["choices_relabelled"].choices) == ("c", ("yes",))


def test_a_condition_of_a_group_of_questions_is_compared() -> None:
    """It governs the questions inside as their own would."""
    group = {"type": "begin group", "name": "g", "label": "G"}
    end = {"type": "end group"}
    old = spec_of([OLD[0], group, OLD[1], end])
    new = spec_of([OLD[0], group | {"relevant": "${a} = 'x'"}, OLD[1], end], version="2")
    (change,) = compare(old, new)
    assert (change.kind, change.field, change.after) == ("rule", "g", "${a} = 'x'")
    (change,) = compare(spec_of(OLD[:2]), spec_of([OLD[0], group, OLD[1], end], version="2"))
    assert (change.kind, change.field, change.after) == ("moved", "b", "g")


def test_a_message_names_some_of_many_choices() -> None:
    """A list from a file may lose thousands: all are in `choices`, twenty in the words."""
    many = [{"list_name": "yes_no", "name": f"v{number}", "label": f"V{number}"} for number in range(1025)]
    found = {change.kind: change for change in changes(OLD, [*YES_NO, *many])}["choices_added"]
    assert len(found.choices) == 1025
    assert found.message["en"].endswith("v1014 and 1,005 more.")
    assert found.message["zh"].endswith("v1014 等 1,025 项。")

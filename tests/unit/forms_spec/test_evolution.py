"""Two versions of a form compared."""

from forms_spec.evolution import Change, compare
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

"""JSON equality, its keys, and the value of an item."""

from __future__ import annotations

from typing import Any

import pytest

from conflict import ABSENT, Missing, Rule, Rules, changed_items, item_value, json_equal, json_key

RULES = Rules.of({"id_type": Rule(group="identity"), "id_number": Rule(group="identity"), "name": Rule()})

EQUAL: list[tuple[Any, Any]] = [
    (1, 1.0),
    (0, -0.0),
    (10**22, 1e22),
    ("a", "a"),
    (None, None),
    ([1, [2.0]], [1.0, [2]]),
    ({"a": 1, "b": [True]}, {"b": [True], "a": 1.0}),
    (Missing("refused"), Missing("refused")),
]
DIFFERENT: list[tuple[Any, Any]] = [
    (True, 1),
    (False, 0),
    (False, None),
    (None, ABSENT),
    ("1", 1),
    ("", None),
    ([1, 2], [2, 1]),
    ([True], [1]),
    ([1], [1, 1]),
    ({"a": True}, {"a": 1}),
    ({"a": None}, {}),
    ({"a": 1}, {"b": 1}),
    ([], {}),
    ([["a"]], ["a"]),
    (Missing("refused"), Missing("unknown")),
    (Missing("refused"), "refused"),
    (Missing("refused"), {"missing": "refused"}),
]


@pytest.mark.parametrize(("a", "b"), EQUAL)
def test_equal_values_are_equal_and_share_a_key(a: Any, b: Any) -> None:
    """Numbers compare by value and objects without order, at any depth."""
    assert json_equal(a, b)
    assert json_equal(b, a)
    assert json_key(a) == json_key(b)
    assert hash(json_key(a)) == hash(json_key(b))


@pytest.mark.parametrize(("a", "b"), DIFFERENT)
def test_different_values_differ_and_have_different_keys(a: Any, b: Any) -> None:
    """Truth values are not numbers, arrays are ordered, and absent is not null."""
    assert not json_equal(a, b)
    assert not json_equal(b, a)
    assert json_key(a) != json_key(b)


def test_key_of_something_that_is_not_json_is_refused() -> None:
    """A value no JSON text can hold raises rather than compare by chance."""
    with pytest.raises(TypeError, match="a set is not a JSON value"):
        json_key({1, 2})


def test_value_of_a_field_is_bare_and_a_reason_is_a_value() -> None:
    """A field is its value, its reason, or absent; an answer hides a reason beside it."""
    assert item_value({"name": "Li"}, {}, "name", RULES) == "Li"
    assert item_value({}, {"name": "refused"}, "name", RULES) == Missing("refused")
    assert item_value({"name": "Li"}, {"name": "refused"}, "name", RULES) == "Li"
    assert item_value({"other": 1}, {}, "name", RULES) is ABSENT


def test_value_of_a_group_is_an_object_of_its_present_fields() -> None:
    """A group holds values and reasons side by side, and is absent when it holds none."""
    assert item_value({"id_type": "1"}, {"id_number": "refused"}, "identity", RULES) == {
        "id_type": "1",
        "id_number": Missing("refused"),
    }
    assert item_value({"id_type": "1"}, {}, "identity", RULES) == {"id_type": "1"}
    assert item_value({"name": "Li"}, {}, "identity", RULES) is ABSENT


def test_changed_items_name_groups_and_fields_on_either_side() -> None:
    """Values set, taken out, replaced by a reason, or given another reason are changes; equal ones are not."""
    before = ({"id_type": "1", "name": "Li", "age": 1, "gone": "x", "said": "y"}, {"why": "refused"})
    after = ({"id_type": "2", "name": "Li", "age": 1.0, "new": "z"}, {"why": "unknown", "said": "refused"})
    assert changed_items(before, after, RULES) == ("gone", "identity", "new", "said", "why")


def test_new_document_changes_each_item_with_a_value_or_a_reason() -> None:
    """Without a document before, everything it says is a change."""
    assert changed_items(None, ({"name": "Li", "flag": None}, {"id_number": "refused"}), RULES) == (
        "flag",
        "identity",
        "name",
    )


def test_reason_that_an_answer_hides_is_no_change() -> None:
    """A reason beside an answer says nothing, so adding or losing it changes nothing."""
    assert changed_items(({"name": "Li"}, {}), ({"name": "Li"}, {"name": "refused"}), RULES) == ()

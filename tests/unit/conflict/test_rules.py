"""Rules: what they say of fields and items, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest

from conflict import Base, Rule, Rules, RulesError, Side, merge


def nested_rosters(levels: int) -> dict[str, Any]:
    """Return rules of rosters in rosters."""
    rules: dict[str, Any] = {"id": {}}
    for _ in range(levels):
        rules = {"a": {"merge": "roster", "fields": rules}}
    return rules


def in_a_circle(as_rules: bool = False) -> dict[str, Any]:
    """Return rules of a roster that is in itself."""
    rules: dict[str, Any] = {}
    rules["a"] = Rule(merge="roster", fields=rules) if as_rules else {"merge": "roster", "fields": rules}
    return rules


def test_items_of_a_roster_are_named_by_member() -> None:
    """A member is the group of its key; fields, groups and rosters inside have its name before theirs."""
    inner = {"id": {}, "a": {"group": "g"}, "b": {"group": "g", "key": True}, "n": {"merge": "max"}}
    jobs = {"merge": "roster", "key": "no", "fields": {"no": {}, "t": {"key": True}}}
    rules = Rules.of({"m": {"merge": "roster", "key": "id", "fields": {**inner, "jobs": jobs}}})
    assert (rules.item_of("m[1].id"), rules.fields_of("m[1]"), rules.is_group("m[1]")) == ("m[1]", ("m[1].id",), True)
    assert (rules.item_of("m[1].a"), rules.fields_of("m[1].g")) == ("m[1].g", ("m[1].a", "m[1].b"))
    assert [rules.strategy_of(f"m[1].{name}") for name in ("g", "n", "free", "jobs[2].t")] == [
        "review",
        "max",
        "latest",
        "review",
    ]
    assert list(rules.around("m[1].jobs[2].t")) == ["m", "m[1]", "m[1].jobs", "m[1].jobs[2]"]
    assert (rules.is_order("m[]"), rules.is_member("m[]"), rules.is_roster("m[1].jobs")) == (True, False, True)


def test_rosters_may_be_nested_as_deep_as_documents_are() -> None:
    """64 levels are read."""
    assert "a" in Rules.of(nested_rosters(64)).rosters


def test_field_without_a_rule_is_an_item_that_takes_the_latest() -> None:
    """Rules need not name every field."""
    rules = Rules.of({})
    assert (rules.item_of("x"), rules.fields_of("x"), rules.strategy_of("x")) == ("x", ("x",), "latest")
    assert not rules.is_group("x")


def test_key_items_are_reviewed_unless_the_rule_names_a_strategy() -> None:
    """The default of a key item is review, of any other latest."""
    rules = Rules.of({"a": {"key": True}, "b": Rule(key=True, merge="latest"), "c": {"merge": "union"}, "d": {}})
    assert [rules.strategy_of(item) for item in "abcd"] == ["review", "latest", "union", "latest"]


def test_group_is_one_item_with_its_fields_in_order() -> None:
    """Grouped fields share an item; one key or one named strategy speaks for all of them."""
    rules = Rules.of(
        {
            "id_type": {"group": "identity"},
            "id_number": {"group": "identity", "key": True},
            "street": {"group": "place"},
            "point": {"group": "place", "merge": "authority"},
        }
    )
    assert rules.item_of("id_type") == rules.item_of("id_number") == "identity"
    assert rules.fields_of("identity") == ("id_type", "id_number")
    assert rules.is_group("identity")
    assert not rules.is_group("id_type")
    assert (rules.strategy_of("identity"), rules.strategy_of("place")) == ("review", "authority")


def test_group_may_be_named_after_one_of_its_fields() -> None:
    """The name of a group and of a member may be the same word."""
    rules = Rules.of({"address": {"group": "address"}, "point": {"group": "address"}})
    assert rules.fields_of("address") == ("address", "point")


def test_stray_field_with_the_name_of_a_group_is_an_item_of_its_own() -> None:
    """A field no rule names does not slip into the group whose name it bears."""
    rules = Rules.of({"id_type": {"group": "identity"}, "id_number": {"group": "identity"}})
    stray = rules.item_of("identity")
    assert stray != "identity"
    assert rules.fields_of(stray) == ("identity",)
    merged = merge(Base({}), [Side("2-a", {"identity": "?", "id_type": "1"})], rules)
    assert merged.data == {"identity": "?", "id_type": "1"}


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"a": {"merge": "newest"}}, "a: there is no strategy 'newest'; use one of latest, review"),
        ({"a": {"merge": "roster", "group": "g"}}, "a: the group 'g' is chosen whole and cannot merge by roster"),
        ({"a": {"fields": {"b": {}}}}, "a: only a roster has fields of its own"),
        ({"a": {"strategy": "max"}}, "a: a rule has no member 'strategy'; it may have merge, group, key, fields"),
        ({"a": {"key": "yes"}}, "a: key is true or false, not 'yes'"),
        ({"a": {"merge": 1}}, "a: merge is a text, not 1"),
        ({"a": "latest"}, "a: a rule is an object"),
        ({"a": {"fields": ["b"]}}, "a: fields is an object"),
        ({"a": {"group": "g", "merge": "union"}}, "a: the group 'g' is chosen whole and cannot merge by union"),
        (
            {"a": {"group": "g", "merge": "latest"}, "b": {"group": "g", "merge": "review"}},
            "g: the fields of a group merge alike, but these differ: a by latest and b by review",
        ),
        ({"g": {}, "b": {"group": "g"}}, "g: a group has the same name as this field"),
        ({"a": {"key": "id"}}, "a: key is true or false, not 'id'"),
        ({"a": Rule(key="id")}, "a: only a roster names its key"),
        ({"a": {"merge": "roster", "key": 7}}, "a: key is true or false, or for a roster the name of a field, not 7"),
        ({"a": {"merge": "roster", "key": "no", "fields": {"b": {}}}}, "a: the key 'no' is not among its fields b;"),
        (
            {"a": {"merge": "roster", "key": "b", "fields": {"b": {"merge": "roster"}}}},
            "a: the key 'b' is a roster itself",
        ),
        ({"a[0]": {"merge": "roster"}}, "a[0]: no field or group has brackets in its name"),
        (
            {"x": {}, "a": {"merge": "roster", "fields": {"b": {"group": "x"}}}},
            "a.b: the group 'x' is outside of this roster",
        ),
        (
            {"x": {"group": "g"}, "a": {"merge": "roster", "fields": {"b": {"group": "g"}}}},
            "a.b: the group 'g' is outside of this roster",
        ),
        ({"a": {"merge": "roster", "fields": {"b": {"merge": "newest"}}}}, "a.b: there is no strategy 'newest'"),
        ({"a": {"merge": "roster", "fields": {"b": {"group": "g", "merge": "max"}}}}, "a.b: the group 'g' is chosen"),
        (nested_rosters(65), "a: its rosters are nested deeper than 64 levels, or in a circle"),
        (in_a_circle(), "a: its rosters are nested deeper than 64 levels, or in a circle"),
        ({"a": Rule(merge="roster", fields=in_a_circle(as_rules=True))}, "a: its rosters are nested deeper than 64"),
    ],
)
def test_rules_that_cannot_be_followed_name_the_field_and_the_mend(rules: dict[str, Any], message: str) -> None:
    """Every refusal is one clear line."""
    with pytest.raises(RulesError) as caught:
        Rules.of(rules)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)

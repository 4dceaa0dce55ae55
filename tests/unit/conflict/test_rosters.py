"""Rosters by example: what becomes of members that two sides edit, add, remove and move."""

from __future__ import annotations

from typing import Any

import pytest

from conflict import (
    ABSENT,
    Base,
    Candidate,
    Contest,
    Decision,
    Merge,
    Rules,
    Side,
    changed_items,
    contest_from_json,
    contest_to_json,
    item_value,
    merge,
    set_items,
)

MEMBERS = {
    "merge": "roster",
    "key": "id",
    "fields": {
        "id": {},
        "name": {"key": True},
        "tags": {"merge": "union"},
        "street": {"group": "place"},
        "house": {"group": "place"},
        "jobs": {"merge": "roster", "key": "no", "fields": {"no": {}, "pay": {"merge": "max"}}},
    },
}
RULES = Rules.of({"m": MEMBERS})
P, Q, R = {"id": "p", "age": 1}, {"id": "q", "age": 2}, {"id": "r", "age": 3}


def merged(base: Any, first: Any, second: Any, rules: Rules = RULES) -> Merge:
    """Merge two values of the roster, the second the later one."""
    sides = [
        Side("2-a", {"m": first}, at="2026-11-23T08:00:00Z"),
        Side("2-b", {"m": second}, at="2026-11-23T09:00:00Z"),
    ]
    return merge(Base({"m": base}), sides, rules)


def told(found: Merge) -> dict[str, str]:
    """Return the strategy of each decision, by its item."""
    return {one.item: one.strategy for one in found.decisions}


@pytest.mark.parametrize(
    ("base", "first", "second", "result", "decisions"),
    [
        ([P, Q], [{**P, "age": 9}, Q], [{**Q, "x": 1}, P], [{**Q, "x": 1}, {**P, "age": 9}], {}),
        ([P], [P, Q], [P, R], [P, Q, R], {}),
        ([P], [Q, P], [P, R], [Q, P, R], {}),
        ([P], [P, Q], [P, {"id": "q", "x": 1}], [P, {**Q, "x": 1}], {}),
        ([P], [P, Q], [P, {**Q, "age": 5}], [P, {**Q, "age": 5}], {"m[q].age": "latest"}),
        ([P, Q], [P], [P, Q], [P], {}),
        ([P, Q], [P], [P, {**Q, "age": 5}], [P, {**Q, "age": 5}], {"m[q]": "deletion"}),
        ([P, Q], [], [P, {**Q, "age": 5}], [{**Q, "age": 5}], {"m[q]": "deletion"}),
        ([P, Q, R], [R, P, Q], [Q, P, R], [Q, P, R], {"m[]": "latest"}),
        ([P], [{**P, "tags": "a b"}], [{**P, "tags": "a c"}], [{**P, "tags": "a b c"}], {"m[p].tags": "union"}),
        (
            [{**P, "jobs": [{"no": 1, "pay": 2}]}],
            [{**P, "jobs": [{"no": 1, "pay": 5}]}],
            [{**P, "jobs": [{"no": 1.0, "pay": 4}, {"no": 2}]}],
            [{**P, "jobs": [{"no": 1, "pay": 5}, {"no": 2}]}],
            {"m[p].jobs[1].pay": "max"},
        ),
        ([{**P, "jobs": [{"no": 1}]}], [], [{**P, "jobs": [{"no": 1, "pay": 4}]}], None, {"m[p]": "deletion"}),
        ([P], "text", [P], "text", {}),
        ([P], "text", [{**P, "age": 5}], [{**P, "age": 5}], {"m": "latest"}),
        ([P], [{**P, "age": 5}], "text", "text", {"m": "latest"}),
        ([{"x": 1}], [{"x": 1}, {"x": 2}], [{"x": 1}, {"x": 1}], [{"x": 1}, {"x": 1}, {"x": 2}], {}),
        ([P, P], [P, {**P, "age": 5}], [P, P, Q], [P, {**P, "age": 5}, Q], {}),
    ],
)
def test_members_merge_by_key(base: Any, first: Any, second: Any, result: Any, decisions: dict[str, str]) -> None:
    """Wherever they stand, in the order of whoever moved them last."""
    found = merged(base, first, second)
    assert found.data == {"m": second if result is None else result}
    assert told(found) == decisions


@pytest.mark.parametrize("array", [[], [P], [{"x": 1}]])
@pytest.mark.parametrize("other", [None, "text"])
@pytest.mark.parametrize("deleted", [False, True])
def test_a_first_roster_against_another_value_is_told_whole(array: Any, other: Any, deleted: bool) -> None:
    """Where there was only a reason, the later counts, and the decision has the array with its members."""
    sides = [
        Side("2-a", {"m": array}, at="2026-11-23T08:00:00Z"),
        Side("2-b", {"m": other}, at="2026-11-23T09:00:00Z"),
    ]
    found = merge(Base({}, {"m": "refused"}, deleted=deleted), sides, RULES)
    assert (found.data, found.missing) == ({"m": other}, {})
    (decision,) = found.decisions
    assert decision == Decision("m", ("m",), "latest", "2-b", (Candidate("2-a", array), Candidate("2-b", other)))


def test_group_in_a_member_is_chosen_whole() -> None:
    """No address arises that nobody entered; its value is an object of its fields, by their names."""
    found = merged([P], [{**P, "street": "a", "house": 1}], [{**P, "street": "b", "house": 2}])
    assert found.data == {"m": [{**P, "street": "b", "house": 2}]}
    (decision,) = found.decisions
    assert (decision.item, decision.fields) == ("m[p].place", ("m[p].street", "m[p].house"))
    assert decision.values[0].value == {"m[p].street": "a", "m[p].house": 1}


def test_contest_in_a_member_stays_open_and_keeps_the_member() -> None:
    """Through JSON and a further merge, in which somebody removes the member."""
    found = merged([P], [{**P, "name": "李"}], [{**P, "name": "黎"}])
    (contest,) = found.contests
    assert (contest.item, found.data) == ("m[p].name", {"m": [P]})
    assert contest_from_json(contest_to_json(contest), RULES) == contest
    later = merge(Base(found.data, contests=found.contests), [Side("4-a", {"m": []})], RULES)
    assert (later.data, later.contests, told(later)) == ({"m": [P]}, found.contests, {"m[p]": "deletion"})


def test_contest_that_is_closed_lets_the_member_go() -> None:
    """A side that decided and removed it."""
    contest = Contest("m[p].name", ("m[p].name",), (Candidate("2-a", "李"), Candidate("2-b", "黎")))
    assert merge(Base({"m": [P]}, contests=(contest,)), [Side("4-a", {"m": []}, contests=())], RULES).data == {"m": []}


@pytest.mark.parametrize(
    ("key", "member", "name"),
    [
        ({"key": "id"}, {"id": "p"}, "m[p]"),
        ({"key": "id"}, {"id": 7}, "m[7]"),
        ({"key": "id"}, {"id": 7.0}, "m[7]"),
        ({"key": "id"}, {"id": "7"}, 'm["7"]'),
        ({"key": "id"}, {"id": True}, "m[true]"),
        ({"key": "id"}, {"id": "a[b]#1,%"}, "m[a%5Bb%5D%231%2C%25]"),
        ({"key": "id"}, {"id": "李"}, "m[李]"),
        ({"fields": {"a": {"key": True}, "b": {"key": True}}}, {"a": "x", "b": 1}, "m[x,1]"),
        ({}, {"id": "p"}, "m[p]"),
    ],
)
def test_members_are_called_by_their_key(key: dict[str, Any], member: dict[str, Any], name: str) -> None:
    """A named field, else those marked as keys, else `id`; texts and numbers apart."""
    rules = Rules.of({"m": {"merge": "roster", **key}})
    assert changed_items(None, ({"m": [member]}, {}), rules) == (name,)
    assert set_items(({}, {}), {name: item_value({"m": [member]}, {}, name, rules)}, rules)[0] == {"m": [member]}


@pytest.mark.parametrize("key", [None, "", [1], {"a": 1}])
def test_member_without_a_key_is_known_by_its_whole_value(key: Any) -> None:
    """So are those of a key that is nothing, an array or an object; a long key is known by a digest."""
    (item,) = changed_items(None, ({"m": [{"id": key, "x": 1}]}, {}), RULES)
    assert item.startswith("m[=")
    assert item_value({"m": [{"id": key, "x": 1.0}]}, {}, item, RULES) == {"id": key, "x": 1}
    assert changed_items(None, ({"m": [{"id": "x" * 200}]}, {}), RULES)[0].startswith("m[~")


def test_changes_name_what_a_side_did() -> None:
    """A removal is one change, a move one of the order; a field that looks like an item in a roster is none."""
    before = {"m": [P, Q, R], "m[p].age": 1}
    assert changed_items((before, {}), ({"m": [R, Q], "m[p].age": 2}, {}), RULES) == ("m%5Bp].age", "m[]", "m[p]")
    assert changed_items((before, {}), ({**before, "m": [P, R, Q, {"id": "n"}]}, {}), RULES) == ("m[]", "m[n]")


def test_values_are_set_by_item() -> None:
    """A field in a member, a member that goes, another order; a field of a member that is not there is left."""
    values = {"m[q].age": 7, "m[p]": ABSENT, "m[]": ["m[r]", "m[q]"], "m[z].age": 1}
    assert set_items(({"m": [P, Q, R]}, {}), values, RULES)[0] == {"m": [R, {**Q, "age": 7}]}

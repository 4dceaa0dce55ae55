"""Contests across merges: they stay open, are joined, closed, and opened again."""

from __future__ import annotations

from typing import Any

import pytest

from conflict import ABSENT, Base, Candidate, Contest, Decision, Merge, Rule, Rules, Side, merge

REVIEW = Rules.of({"x": Rule(key=True), "y": Rule()})
OPEN = Contest("x", ("x",), (Candidate("2-a", 8), Candidate("2-b", 9)))
CONTESTED = Base({"x": 1, "y": 0}, contests=(OPEN,))


def side(rev: str, x: Any, contests: tuple[Contest, ...] | None = None, y: Any = 0, at: str = "") -> Side:
    """Return a side with a value of x; `()` closes the contest, None inherits it."""
    return Side(rev, {"y": y} if x is ABSENT else {"x": x, "y": y}, contests=contests, at=at)


def candidates(merged: Merge) -> list[tuple[str, Any]]:
    """Return what is contested in x."""
    return [(one.rev, one.value) for contest in merged.contests for one in contest.candidates]


def test_contest_stays_open_while_other_items_change() -> None:
    """An edit elsewhere does not decide it."""
    merged = merge(CONTESTED, [side("4-c", 1, y=5)], REVIEW)
    assert merged.data == {"x": 1, "y": 5}
    assert merged.contests == (OPEN,)


@pytest.mark.parametrize("value", [1, 8, 9, 9.0])
def test_side_with_the_base_value_or_a_candidate_changes_nothing(value: Any) -> None:
    """Only a person closes a contest: holding one of its values does not."""
    merged = merge(CONTESTED, [side("4-c", value)], REVIEW)
    assert merged.data == {"x": 1, "y": 0}
    assert merged.contests == (OPEN,)
    assert (merged.sources, merged.decisions) == ({}, ())


def test_new_values_join_an_open_contest() -> None:
    """Each with its revision, equal ones too; the base's value stays."""
    merged = merge(CONTESTED, [side("4-c", 7), side("4-d", 6), side("4-e", 7)], REVIEW)
    assert merged.data["x"] == 1
    assert candidates(merged) == [("2-a", 8), ("2-b", 9), ("4-c", 7), ("4-d", 6), ("4-e", 7)]


def test_removing_a_contested_value_joins_as_absent() -> None:
    """Taking the field out is a proposal like any other."""
    merged = merge(CONTESTED, [side("4-c", ABSENT)], REVIEW)
    assert merged.data["x"] == 1
    assert candidates(merged)[-1] == ("4-c", ABSENT)


@pytest.mark.parametrize("value", [9, 1, 5])
def test_closing_counts_against_sides_that_inherited_the_contest(value: Any) -> None:
    """A person decided for a candidate, for the value that stood, or for another: it is closed for all."""
    merged = merge(CONTESTED, [side("4-c", value, ()), side("4-d", 1, y=3)], REVIEW)
    assert merged.data == {"x": value, "y": 3}
    assert merged.contests == ()
    assert merged.sources["x"] == ("4-c",)


def test_closing_overrules_a_candidate_still_held_and_says_so() -> None:
    """A side that wrote a candidate without seeing the closing finds it in a decision."""
    merged = merge(CONTESTED, [side("4-c", 9, ()), side("4-d", 8)], REVIEW)
    assert merged.data["x"] == 9
    assert merged.decisions == (Decision("x", ("x",), "closing", "4-c", (Candidate("4-c", 9), Candidate("4-d", 8))),)


def test_new_value_made_without_seeing_the_closing_opens_it_again() -> None:
    """Between the decided value and the new one; the old candidates are done with."""
    merged = merge(CONTESTED, [side("4-c", 9, ()), side("4-d", 7)], REVIEW)
    assert merged.data["x"] == 1
    assert candidates(merged) == [("4-c", 9), ("4-d", 7)]


def test_new_value_equal_to_the_decided_one_agrees_with_the_closing() -> None:
    """Nothing is left to decide."""
    merged = merge(CONTESTED, [side("4-c", 7, ()), side("4-d", 7)], REVIEW)
    assert (merged.data["x"], merged.contests) == (7, ())


def test_two_different_closings_are_contested_again_under_review() -> None:
    """Two people decided differently, so a third one must."""
    merged = merge(CONTESTED, [side("4-c", 9, ()), side("4-d", 8, ())], REVIEW)
    assert merged.data["x"] == 1
    assert candidates(merged) == [("4-c", 9), ("4-d", 8)]


def test_two_different_closings_follow_the_strategy_of_the_item() -> None:
    """Where the item takes the latest value, the later closing stands, with a decision."""
    sides = [side("4-c", 9, (), at="2026-11-23T09:00:00Z"), side("4-d", 8, (), at="2026-11-23T08:00:00Z")]
    merged = merge(CONTESTED, sides, Rules.of({}))
    assert (merged.data["x"], merged.contests) == (9, ())
    assert [one.strategy for one in merged.decisions] == ["latest"]


def test_contest_that_only_a_side_has_joins_the_result() -> None:
    """A resolution brings its contest along; a plain value of another side joins it."""
    merged = merge(Base({"x": 1}), [Side("4-c", {"x": 1}, contests=(OPEN,)), Side("4-d", {"x": 7})], REVIEW)
    assert merged.data["x"] == 1
    assert candidates(merged) == [("2-a", 8), ("2-b", 9), ("4-d", 7)]


@pytest.mark.parametrize("value", [8, 9.0, 1])
def test_plain_value_that_a_sides_contest_has_changes_nothing(value: Any) -> None:
    """A leaf that a resolution took in adds nothing when it is merged again, nor does one that agrees with it."""
    resolution = Side("4-c", {"x": 1}, contests=(OPEN,))
    merged = merge(Base({"x": 0}), [resolution, Side("4-d", {"x": value})], REVIEW)
    assert (merged.data, merged.contests) == ({"x": 1}, (OPEN,))


def test_value_that_another_side_has_added_to_the_contest_is_not_listed_again() -> None:
    """A resolution has put it among the candidates, with the revision it came from."""
    more = Contest("x", ("x",), (*OPEN.candidates, Candidate("4-a", 7)))
    merged = merge(CONTESTED, [side("5-c", 1, (more,)), side("4-d", 7)], REVIEW)
    assert candidates(merged) == [("2-a", 8), ("2-b", 9), ("4-a", 7)]


def test_contests_of_two_resolutions_become_one() -> None:
    """Their candidates are put together, each once."""
    other = Contest("x", ("x",), (Candidate("2-b", 9.0), Candidate("3-f", 5)))
    sides = [Side("4-c", {"x": 1}, contests=(OPEN,)), Side("4-d", {"x": 1}, contests=(other,))]
    assert candidates(merge(Base({"x": 1}), sides, REVIEW)) == [("2-a", 8), ("2-b", 9), ("3-f", 5)]


def test_value_that_stood_when_a_contest_arose_stays() -> None:
    """A tablet goes on from a candidate: its new value joins, and the value under the contest is nobody's proposal."""
    base = Base({"x": 8})
    resolution = Side("4-c", {"x": 1}, contests=(OPEN,))
    merged = merge(base, [resolution, Side("4-d", {"x": 7})], REVIEW)
    assert merged.data["x"] == 1
    assert candidates(merged) == [("2-a", 8), ("2-b", 9), ("4-d", 7)]


def test_contests_over_different_values_leave_the_base_value_and_contest_both() -> None:
    """Neither resolution's value is lost where they opened contests over different ones."""
    other = Contest("x", ("x",), (Candidate("3-f", 5), Candidate("3-e", 6)))
    sides = [Side("4-c", {"x": 2}, contests=(OPEN,)), Side("4-d", {"x": 1}, contests=(other,))]
    merged = merge(Base({"x": 1}), sides, REVIEW)
    assert merged.data["x"] == 1
    assert candidates(merged) == [("2-a", 8), ("2-b", 9), ("3-e", 6), ("3-f", 5), ("4-c", 2)]


def test_contest_closed_and_opened_again_replaces_the_one_the_base_knew() -> None:
    """Candidates that a closing settled do not come back from a side that merely inherited them."""
    again = Contest("x", ("x",), (Candidate("5-c", 8), Candidate("5-d", 3)))
    merged = merge(CONTESTED, [side("6-c", 1, (again,)), side("4-e", 1, y=2)], REVIEW)
    assert merged.contests == (again,)
    assert merged.data == {"x": 1, "y": 2}


def test_folded_sides_name_the_revisions_they_came_from() -> None:
    """A contest reached in two merges lists the edits, not the merge in between."""
    base = Base({"x": 1})
    first = merge(base, [Side("2-a", {"x": 5}), Side("2-b", {"x": 5})], REVIEW)
    merged = merge(base, [first.as_side("3-merged"), Side("2-c", {"x": 6})], REVIEW)
    assert candidates(merged) == [("2-a", 5), ("2-b", 5), ("2-c", 6)]


def test_folded_side_keeps_the_authority_of_each_item() -> None:
    """A supervisor's value that a merge took on still outranks a collector's."""
    rules = Rules.of({"x": Rule(merge="authority")})
    base = Base({"x": 0})
    first = merge(base, [Side("2-a", {"x": 1}, authority="supervisor"), Side("2-b", {"x": 2})], rules)
    later = Side("2-c", {"x": 3}, at="2026-11-23T08:00:00Z")
    assert merge(base, [first.as_side("2-b"), later], rules).data == {"x": 1}

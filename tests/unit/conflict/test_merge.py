"""Whole documents: untouched items, missing bases, deletions, and results in words and as JSON."""

from __future__ import annotations

import pytest

from conflict import (
    ABSENT,
    Base,
    Candidate,
    Contest,
    Missing,
    Rule,
    Rules,
    Side,
    contest_from_json,
    contest_to_json,
    decision_to_json,
    merge,
)

PLAIN = Rules.of({})
GROUPED = Rules.of({"id_type": Rule(group="identity", key=True), "id_number": Rule(group="identity", key=True)})


def test_items_changed_on_different_sides_come_together() -> None:
    """The point of it all: two people edit one document offline, and both edits are in it."""
    base = Base({"name": "Li", "phone": "1", "note": "x"})
    sides = [Side("2-a", {"name": "Li Na", "phone": "1", "note": "x"}), Side("2-b", {"name": "Li", "phone": "2"})]
    merged = merge(base, sides, PLAIN)
    assert merged.data == {"name": "Li Na", "phone": "2"}
    assert merged.sources == {"name": ("2-a",), "note": ("2-b",), "phone": ("2-b",)}
    assert merged.decisions == ()


def test_merge_leaves_what_it_was_given_alone() -> None:
    """Bases and sides are read only."""
    base, side = {"a": [1]}, {"a": [1, 2], "b": 1}
    merge(Base(base), [Side("2-a", side), Side("2-b", {})], Rules.of({"a": Rule(merge="union")}))
    assert (base, side) == ({"a": [1]}, {"a": [1, 2], "b": 1})


def test_without_a_base_every_value_is_a_change() -> None:
    """Two documents made apart under one id: what only one has is kept, what differs meets its rule."""
    merged = merge(
        None, [Side("1-a", {"x": 1, "y": 1}), Side("1-b", {"x": 2, "z": 1})], Rules.of({"x": Rule(key=True)})
    )
    assert merged.data == {"y": 1, "z": 1}
    assert [contest.item for contest in merged.contests] == ["x"]


def test_merge_without_sides_is_refused() -> None:
    """There is nothing to merge."""
    with pytest.raises(ValueError, match="at least one side"):
        merge(Base({}), [], PLAIN)


def test_deletion_stands_beside_untouched_sides() -> None:
    """Where the deletion is the only change, the document is deleted."""
    base = Base({"x": 1})
    merged = merge(base, [Side("2-a", {}, deleted=True), Side("2-b", {"x": 1.0})], PLAIN)
    assert (merged.deleted, merged.data, merged.decisions) == (True, {}, ())


def test_edit_is_kept_against_a_deletion_and_says_so() -> None:
    """The decision names the edit as the winner, the fields it set, and the deletion as absent."""
    merged = merge(Base({"x": 1, "y": 1}), [Side("3-a", {}, deleted=True), Side("2-b", {"x": 2, "y": 1})], PLAIN)
    assert (merged.deleted, merged.data) == (False, {"x": 2, "y": 1})
    (decision,) = merged.decisions
    assert (decision.strategy, decision.winner, decision.fields) == ("deletion", "2-b", ("x",))
    assert decision.values == (Candidate("2-b", {"x": 2}), Candidate("3-a", ABSENT))


def test_closing_a_contest_is_an_edit_against_a_deletion() -> None:
    """A person's decision is not lost to a tombstone, though the value is the base's."""
    contest = Contest("x", ("x",), (Candidate("2-a", 8), Candidate("2-b", 9)))
    base = Base({"x": 1}, contests=(contest,))
    merged = merge(base, [Side("4-a", {}, deleted=True), Side("4-b", {"x": 1}, contests=())], PLAIN)
    assert (merged.deleted, merged.contests) == (False, ())
    assert merged.decisions[0].winner == "4-b"


def test_document_that_was_deleted_comes_back_with_a_live_side() -> None:
    """Life is the change, so it wins without a decision."""
    merged = merge(Base({}, deleted=True), [Side("3-a", {"x": 1}), Side("3-b", {}, deleted=True)], PLAIN)
    assert (merged.deleted, merged.data, merged.decisions) == (False, {"x": 1}, ())


def test_contests_and_decisions_are_written_as_json_and_contests_read_back() -> None:
    """Absent is null, a reason an object; what is read equals what was written."""
    base = Base({"id_type": "1"})
    sides = [Side("2-a", {"id_type": "2"}, {"id_number": "refused"}), Side("2-b", {})]
    (contest,) = merge(base, sides, GROUPED).contests
    written = contest_to_json(contest)
    assert written == {
        "fields": ["id_type", "id_number"],
        "candidates": [
            {"rev": "2-a", "value": {"id_type": "2", "id_number": {"missing": "refused"}}},
            {"rev": "2-b", "value": None},
        ],
    }
    assert contest_from_json(written, GROUPED) == contest


def test_plain_objects_are_not_mistaken_for_reasons() -> None:
    """An answer that is an object stays one in decisions."""
    sides = [Side("2-a", {"x": {"lon": 104.05}}), Side("2-b", {}, {"x": "refused"})]
    (decision,) = merge(Base({}), sides, PLAIN).decisions
    assert decision.values == (Candidate("2-a", {"lon": 104.05}), Candidate("2-b", Missing("refused")))
    assert [one["value"] for one in decision_to_json(decision)["values"]] == [{"lon": 104.05}, {"missing": "refused"}]

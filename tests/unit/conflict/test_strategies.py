"""Each strategy, where different values meet."""

from __future__ import annotations

from typing import Any

import pytest

from conflict import ABSENT, Base, Candidate, Merge, Missing, Rule, Rules, Side, item_value, merge

EIGHT, NINE, TEN = "2026-11-23T08:00:00Z", "2026-11-23T09:00:00Z", "2026-11-23T10:00:00Z"


def merged(strategy: str, base: Any, *values: Any, ats: tuple[str, ...] = (EIGHT, NINE, TEN)) -> Merge:
    """Merge one field `x`; the sides are 2-a, 2-b, 2-c in order of time. A Missing value is a reason."""
    sides = [Side(f"2-{'abc'[n]}", *document(value), at=ats[n]) for n, value in enumerate(values)]
    return merge(Base(*document(base)), sides, Rules.of({"x": Rule(merge=strategy)}))


def document(value: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """Return data and reasons that hold a value of `x`."""
    if value is ABSENT:
        return {}, {}
    return ({}, {"x": value.reason}) if isinstance(value, Missing) else ({"x": value}, {})


def value_of(result: Merge) -> Any:
    """Return the value of `x` in a result."""
    return item_value(result.data, result.missing, "x", Rules.of({}))


@pytest.mark.parametrize(
    ("early", "late"),
    [
        ("2026-11-23T08:00:00Z", "2026-11-23T08:00:00.001Z"),
        ("2026-11-23T15:59:59+08:00", "2026-11-23T08:00:00Z"),
        ("", "1969-01-01T00:00:00Z"),
        ("half past eight", "2026-11-23T08:00:00Z"),
        ("2026-11-23T08:00:00", "2026-11-23t08:00:01z"),
        ("0001-01-01T00:00:00+14:00", "2026-11-23T08:00:00Z"),
    ],
)
def test_latest_takes_the_later_instant(early: str, late: str) -> None:
    """Stamps are instants, whatever their offset; what is no stamp is earlier than any."""
    result = merged("latest", 0, 1, 2, ats=(late, early))
    assert value_of(result) == 1
    assert result.stamps == {"x": late}
    assert [(one.strategy, one.winner) for one in result.decisions] == [("latest", "2-a")]
    assert result.decisions[0].values == (Candidate("2-a", 1), Candidate("2-b", 2))


def test_latest_breaks_ties_by_generation_then_hash() -> None:
    """Of equal stamps, the tenth generation is later than the ninth, though it sorts before it as text."""
    rules = Rules.of({})
    sides = [Side("9-f", {"x": 9}, at=NINE), Side("10-a", {"x": 10}, at=NINE), Side("10-b", {"x": 11}, at=NINE)]
    assert merge(Base({"x": 0}), sides, rules).data == {"x": 11}


def test_stamp_of_an_item_goes_before_that_of_the_edit() -> None:
    """An item changed early in an edit that was closed late counts from when it was changed."""
    sides = [Side("2-a", {"x": 1}, stamps={"x": EIGHT}, at=TEN), Side("2-b", {"x": 2}, at=NINE)]
    assert merge(Base({"x": 0}), sides, Rules.of({})).data == {"x": 2}


def test_stamp_of_a_group_is_its_own_or_the_latest_of_its_fields() -> None:
    """A tablet may stamp the group or the fields in it."""
    rules = Rules.of({"a": Rule(group="g"), "b": Rule(group="g")})
    early = Side("2-a", {"a": 1}, stamps={"a": EIGHT, "b": TEN}, at=EIGHT)
    late = Side("2-b", {"a": 2}, stamps={"g": NINE}, at=EIGHT)
    assert merge(Base({}), [early, late], rules).data == {"a": 1}


def test_equal_values_from_several_sides_are_no_conflict() -> None:
    """Agreement needs no decision; all who agree are sources, and the last stamp counts."""
    result = merged("review", 0, 1, 1.0)
    assert value_of(result) == 1
    assert (result.decisions, result.contests) == ((), ())
    assert result.sources == {"x": ("2-a", "2-b")}
    assert result.stamps == {"x": NINE}


def test_agreement_counts_with_its_latest_stamp() -> None:
    """A value two sides entered is as late as the later of them."""
    assert value_of(merged("latest", 0, 1, 2, 1)) == 1


def test_review_contests_every_value_and_keeps_the_base() -> None:
    """Nothing is chosen; each revision and its value is listed, equal values too."""
    result = merged("review", 0, 1, 2, 1)
    assert value_of(result) == 0
    (contest,) = result.contests
    assert (contest.item, contest.fields) == ("x", ("x",))
    assert contest.candidates == (Candidate("2-a", 1), Candidate("2-b", 2), Candidate("2-c", 1))
    assert (result.decisions, result.sources) == ((), {})


@pytest.mark.parametrize(
    ("base", "values", "expected"),
    [
        (["a", "b"], (["a", "b", "d"], ["b", "c"]), ["b", "d", "c"]),
        ("a b", ("a b d", "b c"), "b d c"),
        (ABSENT, (["b"], ["a"]), ["b", "a"]),
        (["a"], (ABSENT, ["a", "b"]), ["b"]),
        (["a"], ("a b", ["a", "c"]), ["a", "b", "c"]),
        ([1], ([1, True], [1.0, "1"]), [1, True, "1"]),
        ([], ([{"k": 1}], [{"k": 1.0}, {"k": 2}]), [{"k": 1.0}, {"k": 2}]),
        (Missing("refused"), (["a"], ["b"]), ["a", "b"]),
        (["a", "b"], (["a"], ["b"]), []),
        (["a", "b"], (["b", "a"], ["b", "a", "a"]), ["b", "a", "a"]),
        (["a"], (["c", "b", "a"], ["a", "b"]), ["c", "b", "a"]),
    ],
)
def test_union_is_the_base_plus_additions_minus_removals(base: Any, values: Any, expected: Any) -> None:
    """In the base's order, then by stamp; a side that has the whole set already keeps its order; words stay words."""
    result = merged("union", base, *values)
    assert value_of(result) == expected
    assert [one.strategy for one in result.decisions] == ["union"]
    assert result.sources == {"x": ("2-a", "2-b")}


@pytest.mark.parametrize(
    ("values", "expected"),
    [((["a"], 7), 7), ((7, ["a"]), ["a"]), ((["a"], Missing("refused")), Missing("refused")), (({}, ["b"]), ["b"])],
)
def test_union_of_what_is_no_set_takes_the_latest_and_says_so(values: Any, expected: Any) -> None:
    """A set and something else cannot be combined."""
    result = merged("union", [], *values)
    assert value_of(result) == expected
    assert [(one.strategy, one.winner) for one in result.decisions] == [("latest", "2-b")]


@pytest.mark.parametrize(
    ("base", "values", "expected"),
    [
        ("seen", ("seen\ndog", "seen\nlift"), "seen\ndog\nlift"),
        (ABSENT, ("dog", "lift"), "dog\nlift"),
        ("old", ("new", "newer"), "old\nnew\nnewer"),
        ("a", ("a\nb", "c\na\nb"), "c\na\nb"),
        (["a"], (["a", "b"], ["a", "c"]), ["a", "b", "c"]),
        (["a"], (["a", "b"], "c"), ["a", "b", "c"]),
        ("a\nb\nc", ("a\nc", "a\nb"), "a"),
        ("a", (ABSENT, "a\nb"), "a\nb"),
    ],
)
def test_append_keeps_every_text_in_order(base: Any, values: Any, expected: Any) -> None:
    """The base's entries stay first, additions follow by stamp; where all only struck out, what they struck is gone."""
    result = merged("append", base, *values)
    assert value_of(result) == expected
    assert [one.strategy for one in result.decisions] == ["append"]


def test_append_of_what_is_no_text_takes_the_latest() -> None:
    """A text and a number cannot be put one after the other."""
    result = merged("append", "a", "a\nb", 7)
    assert value_of(result) == 7
    assert [one.strategy for one in result.decisions] == ["latest"]


@pytest.mark.parametrize(
    ("strategy", "values", "expected"),
    [
        ("max", (10, 9.5), 10),
        ("min", (10, 9.5), 9.5),
        ("max", ("10", "9"), "10"),
        ("max", ("2026-11-23", "2025-12-31"), "2026-11-23"),
        ("min", ("2026-11-23", "2025-12-31"), "2025-12-31"),
        ("max", ("2026-11-23T08:00:00Z", "2026-11-23T15:00:00+08:00"), "2026-11-23T08:00:00Z"),
        ("min", ("2026-11-23T08:00:00Z", "2026-11-23T15:00:00+08:00"), "2026-11-23T15:00:00+08:00"),
        ("max", (8, "x", 7), 8),
    ],
)
def test_max_and_min_compare_by_value(strategy: str, values: Any, expected: Any) -> None:
    """Numbers as numbers, numerals too, dates as dates, times as instants; the base's value does not compete."""
    result = merged(strategy, 99, *values)
    assert value_of(result) == expected
    assert [one.strategy for one in result.decisions] == [strategy]


@pytest.mark.parametrize(
    "values", [(9, "10"), (9, True), (9, None), ("x", Missing("refused")), (9, ABSENT), ([1], [2])]
)
def test_max_of_different_kinds_takes_the_latest(values: Any) -> None:
    """What cannot be compared is not."""
    result = merged("max", 0, *values)
    assert value_of(result) == values[1]
    assert [one.strategy for one in result.decisions] == ["latest"]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("registry", "supervisor", 1),
        ("supervisor", "collector", 1),
        ("reviewer", "supervisor", 2),
        ("administrator", "reviewer", 2),
        ("collector", "collector", 2),
        ("collector", "stranger", 2),
        ("registry", 4, 2),
    ],
)
def test_authority_takes_the_highest_then_the_latest(first: str, second: Any, expected: int) -> None:
    """The registry stands above staff, staff above collectors; among equals the latest."""
    sides = [Side("2-a", {"x": 1}, at=EIGHT, authority=first), Side("2-b", {"x": 2}, at=NINE, authority=second)]
    result = merge(Base({"x": 0}), sides, Rules.of({"x": Rule(merge="authority")}))
    assert result.data == {"x": expected}
    assert result.authorities == {"x": (first, second)[expected - 1]}


def test_group_is_chosen_whole_with_its_reasons() -> None:
    """Type and number of an identity come from one side, a refusal among them; no row arises nobody entered."""
    rules = Rules.of({"id_type": Rule(group="identity"), "id_number": Rule(group="identity")})
    base = Base({"id_type": "1", "id_number": "51"})
    sides = [
        Side("2-a", {"id_type": "1", "id_number": "52"}, at=EIGHT),
        Side("2-b", {"id_type": "2"}, {"id_number": "refused"}, at=NINE),
    ]
    result = merge(base, sides, rules)
    assert (result.data, result.missing) == ({"id_type": "2"}, {"id_number": "refused"})
    assert result.decisions[0].fields == ("id_type", "id_number")
    assert result.decisions[0].values[1] == Candidate("2-b", {"id_type": "2", "id_number": Missing("refused")})


def test_answer_replaces_a_reason_and_a_reason_an_answer() -> None:
    """Taking an item from a side takes its data and its reason together."""
    base = Base({"phone": "1"}, {"job": "unknown"})
    result = merge(base, [Side("2-a", {"job": "cook"}, {"phone": "refused"})], Rules.of({}))
    assert (result.data, result.missing) == ({"job": "cook"}, {"phone": "refused"})


@pytest.mark.parametrize(
    ("strategy", "values"),
    [
        ("max", (7, "x", 5)),
        ("min", (5, "x", 7)),
        ("union", (["a"], 7, ["b"])),
        ("append", ("a", 7, "b")),
        ("append", ("a", "a", 7)),
        ("union", (["b"], ["a"], ["b", "a"])),
        ("max", ("b a", ["b"], "a b")),
        ("min", (2, "x", 3)),
    ],
)
@pytest.mark.parametrize("ats", [(EIGHT, NINE, TEN), (EIGHT, EIGHT, EIGHT)])
def test_result_of_several_kinds_stands_against_each_of_its_sides(
    strategy: str, values: Any, ats: tuple[str, str, str]
) -> None:
    """A result bears the stamp of the latest value of its kind, so what it was preferred to cannot overturn it.

    Where all have one stamp, neither can what came from a higher revision than the value that was taken.
    """
    result = merged(strategy, "base", *values, ats=ats)
    rules = Rules.of({"x": Rule(merge=strategy)})
    for number, value in enumerate(values):
        side = Side(f"2-{'abc'[number]}", *document(value), at=ats[number])
        again = merge(Base(*document("base")), [result.as_side("3-a"), side], rules)
        assert (again.data, again.stamps) == (result.data, result.stamps)

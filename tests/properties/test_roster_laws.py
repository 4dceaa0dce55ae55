"""The laws of merging for rosters: members matched by key, moved, doubled, without a key; and no roster at all."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from conflict import (
    ABSENT,
    Base,
    Candidate,
    Contest,
    Merge,
    Rules,
    Side,
    changed_items,
    item_value,
    merge,
    same_value,
    set_items,
)
from conflict.equality import json_equal, json_key
from conflict.rosters import array_of, flatten

LAW = settings(deadline=None, max_examples=100)
KEYS: list[Any] = ["p", "q", "r", 1, "1", 1.0]
POOLS: list[list[Any]] = [["a", "b", "a b", "b c"], [1, 2, 3, "x"], [["a"], ["b", "a"], []], ["u", "v", "w"]]
STAMPS = ("", "2026-11-23T08:00:00Z", "2026-11-23T16:00:00+08:00", "2026-11-23T08:00:00.5Z", "2026-11-24T00:00:00Z")
CHOSEN_WHOLE = ("latest", "review", "authority")
STRATEGIES = (*CHOSEN_WHOLE, "union", "append", "max", "min")
Case = tuple[Rules, Base, list[Side]]


@st.composite
def rules(draw: st.DrawFn) -> Rules:
    """Draw rules of a roster `m`: by a named key, marked fields or `id`; a group and a roster in it."""
    group = draw(st.sampled_from(CHOSEN_WHOLE))
    inner: dict[str, Any] = {
        "id": {"key": draw(st.booleans())},
        "n": {"merge": draw(st.sampled_from(STRATEGIES))},
        "g1": {"group": "g", "merge": group},
        "g2": {"group": "g", "merge": group},
        "jobs": {
            "merge": "roster",
            "key": "id",
            "fields": {"id": {}, "t": {"merge": draw(st.sampled_from(STRATEGIES))}},
        },
    }
    by: dict[str, Any] = {"merge": "roster", "fields": inner}
    how = draw(st.sampled_from(["named", "marked", "default"]))
    if how == "named":
        by["key"] = "id"
    elif how == "marked":
        inner["id"] = inner["part"] = {"key": True}
    return Rules.of({"m": by, "x": {"merge": draw(st.sampled_from(STRATEGIES))}})


def member(draw: st.DrawFn, pool: Sequence[Any], *, with_jobs: bool = True) -> dict[str, Any]:
    """Draw a member: seldom without a key."""
    made: dict[str, Any] = {"id": draw(st.sampled_from(KEYS))} if draw(st.integers(0, 9)) else {}
    for name in ("n", "g1", "g2", "t", "part"):
        if draw(st.integers(0, 2)) == 0 or (name == "part" and draw(st.integers(0, 4))):
            made[name] = draw(st.sampled_from(pool))
    if with_jobs and draw(st.integers(0, 3)) == 0:
        made["jobs"] = array(draw, pool, with_jobs=False)
    return made


def array(draw: st.DrawFn, pool: Sequence[Any], *, with_jobs: bool = True) -> Any:
    """Draw a roster, or seldom a value that is none."""
    if draw(st.integers(0, 19)) == 0:
        return draw(st.sampled_from([None, "text", 7, ["a"], [{"id": "p"}, 1]]))
    return [member(draw, pool, with_jobs=with_jobs) for _ in range(draw(st.integers(0, 4)))]


def edited(draw: st.DrawFn, value: Any, pool: Sequence[Any], *, with_jobs: bool = True) -> Any:
    """Draw what a side made of a roster: it removes, edits, adds and moves members, or writes something else."""
    if not isinstance(value, list) or draw(st.integers(0, 14)) == 0:
        return array(draw, pool, with_jobs=with_jobs)
    made = [one if draw(st.booleans()) else changed(draw, one, pool) for one in value if draw(st.integers(0, 3))]
    for _ in range(draw(st.integers(0, 2))):
        made.insert(draw(st.integers(0, len(made))), member(draw, pool, with_jobs=with_jobs))
    return draw(st.permutations(made)) if draw(st.integers(0, 3)) == 0 else made


def changed(draw: st.DrawFn, one: Any, pool: Sequence[Any]) -> Any:
    """Draw an edit of one member."""
    if not isinstance(one, dict):
        return one
    name = draw(st.sampled_from(["n", "g1", "g2", "t", "jobs"]))
    rest = {part: value for part, value in one.items() if part != name}
    if name == "jobs":
        return {**rest, name: edited(draw, one.get(name, []), pool, with_jobs=False)}
    return {**rest, name: draw(st.sampled_from(pool))} if draw(st.integers(0, 3)) else rest


def document(
    draw: st.DrawFn, before: dict[str, Any] | None, pool: Sequence[Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Draw data and reasons, new or an edit of those before."""
    if draw(st.integers(0, 11)) == 0:
        return {}, draw(st.sampled_from([{}, {"m": "refused"}]))
    held = before and before.get("m")
    data = {"m": array(draw, pool) if held is None else edited(draw, held, pool)}
    return data | ({"x": draw(st.sampled_from(pool))} if draw(st.booleans()) else {}), {}


def contests(draw: st.DrawFn, prefix: str, docs: Sequence[Any], by: Rules) -> tuple[Contest, ...]:
    """Draw contests over items in members of these documents."""
    items = sorted({i for doc in docs for i in changed_items(None, doc, by) if "]." in i and not by.is_member(i)})
    items = [item for item in items if not by.is_roster(item) and not by.is_order(item)]
    chosen = [item for item in items if draw(st.integers(0, 9)) == 0]
    values = {item: [item_value(*doc, item, by) for doc in docs] for item in chosen}
    return tuple(
        Contest(i, by.fields_of(i), tuple(Candidate(f"{prefix}{n}", v) for n, v in enumerate(values[i])))
        for i in chosen
    )


@st.composite
def cases(draw: st.DrawFn, count: int | None = None, with_contests: bool = True) -> Case:
    """Draw rules, a base and its sides."""
    by, pool = draw(rules()), draw(st.sampled_from(POOLS))
    before = document(draw, None, pool)
    old = contests(draw, "1-", [before, document(draw, before[0], pool)], by) if with_contests else ()
    base = Base(*before, deleted=draw(st.integers(0, 19)) == 0, contests=old)
    given_sides = []
    for number in range(count or draw(st.integers(1, 4))):
        doc = document(draw, copy.deepcopy(before[0]), pool)
        own = None
        if with_contests and draw(st.integers(0, 3)) == 0:
            kept = tuple(one for one in old if draw(st.booleans()))
            fresh = contests(draw, f"2-c{number}", [before, doc], by)
            own = (*kept, *(one for one in fresh if one.item not in {k.item for k in old}))
        stamps = {
            n: draw(st.sampled_from(STAMPS)) for n in ("m", "m[p]", "m[p].n", "m[]") if draw(st.integers(0, 3)) == 0
        }
        given_sides.append(
            Side(
                f"{draw(st.integers(2, 3))}-{number}",
                *doc,
                deleted=draw(st.integers(0, 11)) == 0,
                stamps=stamps,
                at=draw(st.sampled_from(STAMPS)),
                authority=draw(st.sampled_from(["collector", "supervisor", "registry"])),
                contests=own,
            )
        )
    return by, base, given_sides


def state(merged: Merge) -> Any:
    """Return everything a merge leaves behind, comparable as JSON is."""
    open_now = {one.item: frozenset((c.rev, json_key(c.value)) for c in one.candidates) for one in merged.contests}
    return json_key(merged.data), merged.missing, merged.deleted, open_now


@given(cases(), st.randoms(use_true_random=False))
@LAW
def test_order_of_sides_does_not_matter(case: Case, random: Any) -> None:
    """The same sides in another order give the same result, to the byte, decisions included."""
    by, base, given_sides = case
    shuffled = random.sample(given_sides, len(given_sides))
    assert repr(merge(base, shuffled, by)) == repr(merge(base, given_sides, by))


@given(cases(count=1, with_contests=False))
@LAW
def test_one_side_alone_is_that_side(case: Case) -> None:
    """A side with nobody beside it is the result as it is, the order of members included."""
    by, base, (side,) = case
    merged = merge(base, [side], by)
    assert json_equal(merged.data, dict(side.data))
    assert (merged.missing, merged.deleted, merged.decisions, merged.contests) == (side.missing, side.deleted, (), ())


@given(cases(), st.data())
@LAW
def test_untouched_side_changes_nothing(case: Case, data: st.DataObject) -> None:
    """A side that is still the base may be left out."""
    by, base, given_sides = case
    at, own = data.draw(st.sampled_from(STAMPS)), data.draw(st.sampled_from([None, base.contests]))
    untouched = Side("9-f", base.data, base.missing, base.deleted, at=at, contests=own)
    with_it, without = merge(base, [*given_sides, untouched], by), merge(base, given_sides, by)
    assert state(with_it) == state(without)
    assert with_it.decisions == without.decisions


@given(cases(), st.data())
@LAW
def test_side_already_merged_in_changes_nothing(case: Case, data: st.DataObject) -> None:
    """Merging a result with sides it was made of gives that result, as their child or as the latest of them."""
    by, base, given_sides = case
    merged = merge(base, given_sides, by)
    last = max((side.rev for side in given_sides), key=lambda rev: (int(rev.partition("-")[0]), rev.partition("-")[2]))
    rev = data.draw(st.sampled_from([last, "9-0"]))
    again = data.draw(st.lists(st.sampled_from(given_sides), min_size=1, max_size=3, unique_by=lambda side: side.rev))
    assert state(merge(base, [merged.as_side(rev), *again], by)) == state(merged)


@given(cases())
@LAW
def test_every_changed_value_is_kept_decided_or_contested(case: Case) -> None:
    """A value that a live side changed is in the result, or in a decision or a contest over it or what it stands in.

    Of a roster, decisions hold the whole array, of which the roster's own value, `[]`, is only the beginning.
    """
    by, base, given_sides = case
    merged = merge(base, given_sides, by)
    if merged.deleted:
        return
    decided = {(one.item, json_key(c.value)) for one in merged.decisions for c in one.values}
    told = decided | {(one.item, json_key(c.value)) for one in merged.contests for c in one.candidates}
    for side in (one for one in given_sides if not one.deleted):
        for item in changed_items((base.data, base.missing), (side.data, side.missing), by):
            value = item_value(side.data, side.missing, item, by)
            rosters = filter(by.is_roster, (*by.around(item), item))
            whole = {(name, json_key(whole_value(side, name, by))) for name in rosters}
            assert (
                same_value(item, value, item_value(merged.data, merged.missing, item, by), by)
                or (item, json_key(value)) in told
                or not whole.isdisjoint(decided)
            ), item


def whole_value(side: Side, roster: str, by: Rules) -> Any:
    """Return what a side has in the place of a roster, which may be one in a member."""
    array = array_of(flatten(side.data, by), roster, by)
    return item_value(side.data, side.missing, roster, by) if array is ABSENT else array


@given(cases())
@LAW
def test_sources_and_stamps_name_what_changed(case: Case) -> None:
    """Each item that differs from the base has a stamp and the revisions of sides that changed it."""
    by, base, given_sides = case
    merged = merge(base, given_sides, by)
    if merged.deleted:
        return
    assert merged.stamps.keys() == merged.sources.keys() == merged.authorities.keys()
    for item in changed_items((base.data, base.missing), (merged.data, merged.missing), by):
        assert merged.sources[item]
        assert set(merged.sources[item]) <= {side.rev for side in given_sides}


@given(cases(count=1))
@LAW
def test_setting_what_changed_gives_the_other_document(case: Case) -> None:
    """What items say is everything but where added members stand: a side's items set in the base give the side."""
    by, base, (side,) = case
    before, after = (base.data, base.missing), (side.data, side.missing)
    values = {item: item_value(*after, item, by) for item in changed_items(before, after, by)}
    assert all(map(by.is_order, changed_items(set_items(before, values, by), after, by)))

"""The laws of merging, over generated rules, bases and sides with groups, reasons, contests and deletions."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from conflict import (
    ABSENT,
    Base,
    Missing,
    Rule,
    Rules,
    Side,
    changed_items,
    item_value,
    json_equal,
    json_key,
    merge,
)

from .merge_cases import AUTHORITIES, ITEMS, LAW, POOLS, STAMPS, STRATEGIES, cases, document, generation, state


@given(cases(), st.randoms(use_true_random=False))
@LAW
def test_order_of_sides_does_not_matter(case: tuple[Rules, Base, list[Side]], random: Any) -> None:
    """The same sides in another order give the same result, to the byte, decisions included."""
    by, base, given_sides = case
    shuffled = random.sample(given_sides, len(given_sides))
    assert repr(merge(base, shuffled, by)) == repr(merge(base, given_sides, by))


@given(cases(count=1, with_contests=False))
@LAW
def test_one_side_alone_is_that_side(case: tuple[Rules, Base, list[Side]]) -> None:
    """A side with nobody beside it is the result, as it is."""
    by, base, (side,) = case
    merged = merge(base, [side], by)
    assert json_equal(merged.data, dict(side.data))
    assert merged.missing == side.missing
    assert merged.deleted == side.deleted
    assert merged.decisions == ()
    assert merged.contests == ()


@given(cases(count=1))
@LAW
def test_one_side_alone_with_its_contests_is_that_side(case: tuple[Rules, Base, list[Side]]) -> None:
    """A side with contests is the result too, but where it wrote over a contest that is still open in it."""
    by, base, (side,) = case
    assume(not side.deleted and side.contests is not None)
    merged = merge(base, [side], by)
    open_in_both = {one.item for one in base.contests} & {one.item for one in side.contests or ()}
    for item in set(ITEMS) - open_in_both:
        assert json_equal(
            item_value(merged.data, merged.missing, item, by), item_value(side.data, side.missing, item, by)
        )
    assert {one.item for one in merged.contests} == {one.item for one in side.contests or ()}


@given(cases(), st.data())
@LAW
def test_untouched_side_changes_nothing(case: tuple[Rules, Base, list[Side]], data: st.DataObject) -> None:
    """A side that is still the base may be left out."""
    by, base, given_sides = case
    untouched = Side(
        "9-f",
        base.data,
        base.missing,
        base.deleted,
        at=data.draw(st.sampled_from(STAMPS)),
        contests=data.draw(st.sampled_from([None, base.contests])),
    )
    with_it, without = merge(base, [*given_sides, untouched], by), merge(base, given_sides, by)
    assert state(with_it, by) == state(without, by)
    assert with_it.decisions == without.decisions


@given(cases(), st.data())
@LAW
def test_side_already_merged_in_changes_nothing(case: tuple[Rules, Base, list[Side]], data: st.DataObject) -> None:
    """Merging a result with sides it was made of gives that result, as their child or as the latest of them."""
    by, base, given_sides = case
    merged = merge(base, given_sides, by)
    last = max((side.rev for side in given_sides), key=lambda rev: (generation(rev), rev.partition("-")[2]))
    rev = data.draw(st.sampled_from([last, f"{generation(last) + 1}-0"]))
    again = data.draw(st.lists(st.sampled_from(given_sides), min_size=1, max_size=3, unique_by=lambda side: side.rev))
    assert state(merge(base, [merged.as_side(rev), *again], by), by) == state(merged, by)


@pytest.mark.parametrize("strategy", STRATEGIES)
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_side_already_merged_in_changes_nothing_in_a_field(strategy: str, data: st.DataObject) -> None:
    """The same law where it is hardest: several sides change one field to values of the kind its strategy is for."""
    by = Rules.of({"a": Rule(merge=strategy)})
    pool = data.draw(st.sampled_from(POOLS))
    entry = st.sampled_from((*pool, *pool, Missing("refused"), ABSENT))
    base = Base(*document({"a": data.draw(entry)}))
    given_sides = [
        Side(
            f"2-{number}",
            *document({"a": data.draw(entry)}),
            at=data.draw(st.sampled_from(STAMPS)),
            authority=data.draw(st.sampled_from(AUTHORITIES)),
        )
        for number in range(data.draw(st.integers(2, 4)))
    ]
    merged = merge(base, given_sides, by)
    side = merged.as_side(data.draw(st.sampled_from([given_sides[-1].rev, "3-0"])))
    again = data.draw(st.lists(st.sampled_from(given_sides), min_size=1, unique_by=lambda side: side.rev))
    assert state(merge(base, [side, *again], by), by) == state(merged, by)


@given(cases())
@LAW
def test_every_changed_value_is_kept_decided_or_contested(case: tuple[Rules, Base, list[Side]]) -> None:
    """A value that a live side changed is in the result, or in a decision or a contest that names it."""
    by, base, given_sides = case
    merged = merge(base, given_sides, by)
    assume(not merged.deleted)
    told = {(one.item, json_key(c.value)) for one in merged.decisions for c in one.values}
    told |= {(one.item, json_key(c.value)) for one in merged.contests for c in one.candidates}
    for side in given_sides:
        if side.deleted:
            continue
        for item in changed_items((base.data, base.missing), (side.data, side.missing), by):
            value = item_value(side.data, side.missing, item, by)
            is_kept = json_equal(value, item_value(merged.data, merged.missing, item, by))
            assert is_kept or (item, json_key(value)) in told


@given(cases(with_contests=False))
@LAW
def test_every_proposal_in_a_new_contest_keeps_its_revision(case: tuple[Rules, Base, list[Side]]) -> None:
    """Where sides meet in a contest that the base does not have, each plain value is listed with each revision."""
    by, base, given_sides = case
    merged = merge(base, given_sides, by)
    assume(not merged.deleted)
    for contest in merged.contests:
        for side in given_sides:
            if not side.deleted and contest.item in changed_items(
                (base.data, base.missing), (side.data, side.missing), by
            ):
                value = item_value(side.data, side.missing, contest.item, by)
                assert any(c.rev == side.rev and json_equal(c.value, value) for c in contest.candidates)


@given(cases())
@LAW
def test_contested_items_keep_the_base_value(case: tuple[Rules, Base, list[Side]]) -> None:
    """Until a person decides, an item in contest has the base's value, or the one of all sides that opened it."""
    by, base, given_sides = case
    merged = merge(base, given_sides, by)
    assume(not merged.deleted)
    for contest in merged.contests:
        value = item_value(merged.data, merged.missing, contest.item, by)
        opened = [side for side in given_sides if contest.item in {one.item for one in side.contests or ()}]
        assert json_equal(value, item_value(base.data, base.missing, contest.item, by)) or any(
            json_equal(value, item_value(side.data, side.missing, contest.item, by)) for side in opened
        )


@given(cases())
@LAW
def test_sources_and_stamps_name_what_changed(case: tuple[Rules, Base, list[Side]]) -> None:
    """Each item that differs from the base has a stamp and the revisions of sides that changed it."""
    by, base, given_sides = case
    merged = merge(base, given_sides, by)
    assume(not merged.deleted)
    revs = {side.rev for side in given_sides}
    assert merged.stamps.keys() == merged.sources.keys() == merged.authorities.keys()
    for item in changed_items((base.data, base.missing), (merged.data, merged.missing), by):
        assert merged.sources[item]
        assert set(merged.sources[item]) <= revs


SETS = st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=6)


@given(SETS, st.lists(SETS, min_size=1, max_size=4), st.booleans())
@LAW
def test_sets_hold_additions_less_removals(base: list[str], edits: list[list[str]], as_text: bool) -> None:
    """A set ends as the base plus what anybody added minus what anybody removed, as a list or as words."""
    by = Rules.of({"tags": Rule(merge="union")})
    write = " ".join if as_text else list
    given_sides = [Side(f"2-{number}", {"tags": write(edit)}) for number, edit in enumerate(edits)]
    found = merge(Base({"tags": write(base)}), given_sides, by).data["tags"]
    added, removed = set().union(*edits) - set(base), set(base) - set.intersection(*map(set, edits))
    tokens = found.split() if as_text else found
    assert len(tokens) == len(set(tokens))
    assert set(tokens) == (set(base) - removed) | added


@given(cases(with_contests=False))
@LAW
def test_deletion_stands_only_where_nobody_edited(case: tuple[Rules, Base, list[Side]]) -> None:
    """A live side with an edit keeps the document, and a decision says so."""
    by, base, given_sides = case
    merged = merge(base, given_sides, by)
    before = (base.data, base.missing)
    is_edited = any(
        not side.deleted and (base.deleted or changed_items(before, (side.data, side.missing), by))
        for side in given_sides
    )
    is_gone = any(side.deleted for side in given_sides)
    assert merged.deleted == (is_gone and not is_edited)
    kept = [one for one in merged.decisions if one.strategy == "deletion"]
    assert bool(kept) == (is_gone and is_edited and not base.deleted)
    assert all(any(candidate.value is ABSENT for candidate in one.values) for one in kept)

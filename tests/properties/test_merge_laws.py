"""The laws of merging, over generated rules, bases and sides with groups, reasons, contests and deletions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from conflict import (
    ABSENT,
    Base,
    Candidate,
    Contest,
    Merge,
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

PLAIN = ("a", "b", "free")
IDENTITY = ("id_type", "id_number")
FIELDS = (*PLAIN, *IDENTITY)
ITEMS = (*PLAIN, "identity")
LAW = settings(deadline=None)
CHOSEN_WHOLE = ("latest", "review", "authority")
STRATEGIES = (*CHOSEN_WHOLE, "union", "append", "max", "min")
MIXED = [None, True, 1, 1.0, "1", "a b", ["a"], [], {}, {"x": 1}, {"x": True}]
POOLS: list[list[Any]] = [
    [["a"], ["b", "a"], ["a", "a"], ["c"], [], ["a", "b", "c"], "a c", 7],
    ["a", "b a", "a b", "c", "", "a b c", ["b"]],
    ["a", "a\nb", "b\n\na", "c\na", "b", "", ["c"], 7],
    [1, 2, 2.5, 3, "10", "9", True],
    ["9", "10", "10.0", "2026-11-23", "2026-11-24T00:30:00+08:00", "2026-11-23T16:30:00Z", 4],
    [1, 2, 3],
    MIXED,
]
"""Values that meet in one case: mostly of one kind, so that the strategy for it has work to do."""
STAMPS = ("", "2026-11-23T08:00:00Z", "2026-11-23T16:00:00+08:00", "2026-11-23T08:00:00.5Z", "2026-11-24T00:00:00Z")
AUTHORITIES = ("collector", "supervisor", "reviewer", "registry", 2)


@dataclass(frozen=True)
class Room:
    """What one case draws from: its rules and the values that meet in it."""

    by: Rules
    pool: tuple[Any, ...]

    def entry(self, draw: st.DrawFn) -> Any:
        """Draw a value, or seldom a reason or nothing."""
        return draw(st.sampled_from((*self.pool, *self.pool, Missing("refused"), ABSENT)))

    def value(self, draw: st.DrawFn, item: str) -> Any:
        """Draw the value of an item."""
        if not self.by.is_group(item):
            return self.entry(draw)
        parts = {name: self.entry(draw) for name in self.by.fields_of(item)}
        return {name: part for name, part in parts.items() if part is not ABSENT} or ABSENT

    def contests(self, draw: st.DrawFn, prefix: str, items: Sequence[str]) -> tuple[Contest, ...]:
        """Draw open contests over some of the items; `prefix` keeps their revisions apart from others'."""
        chosen = [item for item in items if draw(st.integers(0, 3)) == 0]
        return tuple(
            Contest(
                item,
                self.by.fields_of(item),
                tuple(Candidate(f"{prefix}{number}", self.value(draw, item)) for number in range(2)),
            )
            for item in chosen
        )


@st.composite
def rooms(draw: st.DrawFn) -> Room:
    """Draw rules and values: any strategy for a and b, one that chooses whole for the group."""
    group = Rule(merge=draw(st.sampled_from(CHOSEN_WHOLE)), group="identity")
    named = {name: Rule(merge=draw(st.sampled_from(STRATEGIES))) for name in ("a", "b")}
    pool = draw(st.lists(st.sampled_from(draw(st.sampled_from(POOLS))), min_size=2, max_size=4))
    return Room(Rules.of({**named, **dict.fromkeys(IDENTITY, group)}), tuple(pool))


def document(entries: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return data and reasons that hold these entries."""
    data = {name: one for name, one in entries.items() if one is not ABSENT and not isinstance(one, Missing)}
    return data, {name: one.reason for name, one in entries.items() if isinstance(one, Missing)}


def drawn_base(draw: st.DrawFn, room: Room, with_contests: bool) -> Base:
    """Draw a base."""
    data, missing = document({name: room.entry(draw) for name in FIELDS})
    open_contests = room.contests(draw, "1-0", ITEMS) if with_contests else ()
    return Base(data, missing, deleted=draw(st.integers(0, 9)) == 0, contests=open_contests)


def drawn_side(draw: st.DrawFn, room: Room, base: Base, number: int, with_contests: bool) -> Side:
    """Draw one side, which keeps about half of the base's fields."""
    old = {name: item_value(base.data, base.missing, name, Rules.of({})) for name in FIELDS}
    data, missing = document({name: room.entry(draw) if draw(st.booleans()) else old[name] for name in FIELDS})
    return Side(
        rev=f"{draw(st.integers(2, 3))}-{number}",
        data=data,
        missing=missing,
        deleted=draw(st.integers(0, 7)) == 0,
        stamps={name: draw(st.sampled_from(STAMPS)) for name in ("a", "id_type", "identity") if draw(st.booleans())},
        at=draw(st.sampled_from(STAMPS)),
        authority=draw(st.sampled_from(AUTHORITIES)),
        contests=own_contests(draw, room, base, number) if with_contests and draw(st.booleans()) else None,
    )


def own_contests(draw: st.DrawFn, room: Room, base: Base, number: int) -> tuple[Contest, ...]:
    """Draw what is open in a side: it closes, adds to or replaces contests of the base, and has some of its own."""
    found = []
    for contest in base.contests:
        fate = draw(st.sampled_from(["open", "added", "closed", "replaced"]))
        fresh = room.contests(draw, f"2-x{number}", (contest.item,))
        if fate == "open" or (fate == "added" and not fresh):
            found.append(contest)
        elif fate == "added":
            found.append(replace(contest, candidates=(*contest.candidates, *fresh[0].candidates)))
        elif fate == "replaced":
            found.extend(fresh)
    free = [item for item in ITEMS if item not in {contest.item for contest in base.contests}]
    return (*found, *room.contests(draw, f"2-y{number}", free))


@st.composite
def cases(draw: st.DrawFn, count: int | None = None, with_contests: bool = True) -> tuple[Rules, Base, list[Side]]:
    """Draw rules, a base and its sides."""
    room = draw(rooms())
    base = drawn_base(draw, room, with_contests)
    many = count or draw(st.integers(1, 4))
    return room.by, base, [drawn_side(draw, room, base, number, with_contests) for number in range(many)]


def state(merged: Merge, by: Rules) -> Any:
    """Return everything a merge leaves behind, comparable as JSON is."""
    open_now = {
        contest.item: frozenset((one.rev, json_key(one.value)) for one in contest.candidates)
        for contest in merged.contests
    }
    items = {item: json_key(item_value(merged.data, merged.missing, item, by)) for item in ITEMS}
    return items, merged.deleted, open_now


def generation(rev: str) -> int:
    """Return the generation of a revision."""
    return int(rev.partition("-")[0])


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
@settings(max_examples=300, deadline=None)
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

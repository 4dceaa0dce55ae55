"""Generated rules, bases and sides with groups, reasons, contests and deletions, for the laws of merging."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import settings
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
    item_value,
    json_key,
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

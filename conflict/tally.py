"""Which sides touched what in the rosters of a document, and what is still contested there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from conflict.draft import Draft, Reading, touched_by
from conflict.equality import ABSENT
from conflict.paths import twin
from conflict.result import Contest
from conflict.rosters import is_whole

Positions = dict[str, dict[int, list[str]]]
"""For a member or a roster, the sides by position among the readings, each with the items it touched inside."""


@dataclass(slots=True)
class Tally:
    """Which sides touched what, and what is still contested.

    `within`: who touched what in a member or roster; `added`, `removed`: who added or removed a member; `replaced`: who
    put a value that is no roster in a roster's place; `stirred`: rosters whose members came, went or moved;
    `contested`: the contests in each member or roster. `dropped` and `outvoted` come of rosters that were replaced:
    those that are gone, and the sides against whom the others stay.
    """

    within: Positions = field(default_factory=dict)
    added: dict[str, set[int]] = field(default_factory=dict)
    removed: dict[str, set[int]] = field(default_factory=dict)
    replaced: dict[str, set[int]] = field(default_factory=dict)
    stirred: set[str] = field(default_factory=set)
    contested: dict[str, list[Contest]] = field(default_factory=dict)
    dropped: set[str] = field(default_factory=set)
    outvoted: dict[str, set[int]] = field(default_factory=dict)


def is_dropped(draft: Draft, tally: Tally, item: str) -> bool:
    """Tell whether an item stands in a roster that is gone."""
    return bool(tally.dropped) and not tally.dropped.isdisjoint(draft.rules.around(item))


def tallied(draft: Draft, contests: Mapping[str, Contest], readings: Sequence[Reading]) -> Tally:
    """Return who touched what; `contests` are the base's."""
    tally = Tally()
    for number, reading in enumerate(readings):
        for item in touched_by(reading, contests):
            _count_touch(draft, tally, number, item)
        for item, value in reading.changes.items():
            _count_change(draft, tally, number, (item, value))
    for item, contest in draft.contests.items():
        for name in draft.rules.around(item):
            tally.contested.setdefault(name, []).append(contest)
    return tally


def _count_touch(draft: Draft, tally: Tally, number: int, item: str) -> None:
    around = tuple(draft.rules.around(item))
    for name in around:
        tally.within.setdefault(name, {}).setdefault(number, []).append(item)
    if around and (draft.rules.is_member(item) or draft.rules.is_order(item)):
        tally.stirred.add(around[-1])


def _count_change(draft: Draft, tally: Tally, number: int, change: tuple[str, Any]) -> None:
    item, value = change
    if draft.rules.is_member(item):
        (tally.removed if value is ABSENT else tally.added).setdefault(item, set()).add(number)
    elif is_whole(value) and draft.rules.is_roster(item):
        tally.replaced.setdefault(item, set()).add(number)


def removed_twins(tally: Tally) -> dict[str, int]:
    """Return the first member of each key of which a member was removed, and the number of the last one concerned."""
    numbers: dict[str, int] = {}
    for member in (*tally.added, *tally.removed):
        first, number = twin(member)
        numbers[first] = max(number, numbers.get(first, 0))
    removed = {twin(member)[0] for member in tally.removed}
    return {first: number for first, number in numbers.items() if first in removed}

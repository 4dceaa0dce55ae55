"""A merge in the making: what the sides changed, and what has become of each item so far. Flat fields throughout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from conflict.contests import Candidates, candidates_of, same_candidates
from conflict.equality import Missing
from conflict.items import flat_value, put_item
from conflict.result import Base, Contest, Decision, Side, rev_order
from conflict.rules import Rules
from conflict.strategies import Choice, Proposal, instant, rank


@dataclass(slots=True)
class Reading:
    """A side, what it changed from the base, and the contests open in it, by item."""

    side: Side
    changes: Mapping[str, Any]
    contests: Mapping[str, Contest]


@dataclass(slots=True)
class Draft:
    """What has become of a document so far; `stamps`, `sources`, `authorities` as in Merge."""

    base: Base
    rules: Rules
    data: dict[str, Any]
    missing: dict[str, str]
    contests: dict[str, Contest]
    decisions: list[Decision] = field(default_factory=list)
    stamps: dict[str, str] = field(default_factory=dict)
    sources: dict[str, tuple[str, ...]] = field(default_factory=dict)
    authorities: dict[str, int | str] = field(default_factory=dict)


def proposal_of(reading: Reading, item: str, value: Any, rules: Rules) -> Proposal:
    """Return what a side proposes for an item: a value, with where it is from, when and by whose authority."""
    side = reading.side
    revs = side.sources.get(item) or (side.rev,)
    return Proposal(side.rev, revs, value, stamp_of(side, item, rules), side.authorities.get(item, side.authority))


def stamp_of(side: Side, item: str, rules: Rules) -> str:
    """Return when a side changed an item: its own stamp, else the latest of its fields', else that of the edit.

    In a roster, the stamp of what the item stands in, the inmost first, comes before that of the edit.
    """
    if item in side.stamps:
        return side.stamps[item]
    stamps = [side.stamps[name] for name in rules.fields_of(item) if name in side.stamps]
    if not stamps and rules.rosters and side.stamps:
        stamps = [side.stamps[name] for name in rules.around(item) if name in side.stamps][-1:]
    return max(stamps, key=lambda stamp: (instant(stamp), stamp), default=side.at)


def base_value(draft: Draft, item: str) -> Any:
    """Return the base's value of an item."""
    return flat_value(draft.base.data, draft.base.missing, item, draft.rules)


def contest_item(draft: Draft, item: str, candidates: Candidates) -> None:
    """Leave an item contested between these candidates."""
    before = draft.contests.get(item)
    if before is None or not same_candidates(before.candidates, candidates):
        draft.contests[item] = Contest(item, draft.rules.fields_of(item), candidates)


def take_alone(draft: Draft, item: str, reading: Reading) -> None:
    """Take an item from the one side that changed it."""
    side = reading.side
    put_item(draft.data, draft.missing, item, reading.changes[item], draft.rules)
    draft.stamps[item] = stamp_of(side, item, draft.rules) if side.stamps else side.at
    draft.sources[item] = side.sources.get(item) or (side.rev,)
    draft.authorities[item] = side.authorities.get(item, side.authority)


def take(draft: Draft, item: str, choice: Choice) -> None:
    """Take what a strategy came to."""
    put_item(draft.data, draft.missing, item, choice.value, draft.rules)
    draft.stamps[item] = choice.stamp
    if len(choice.sources) == 1:
        draft.sources[item], draft.authorities[item] = choice.sources[0].revs, choice.sources[0].authority
        return
    revs = [rev for one in choice.sources for rev in one.revs]
    draft.sources[item] = tuple(dict.fromkeys(reversed(revs)))[::-1]
    draft.authorities[item] = max((one.authority for one in choice.sources), key=lambda one: (rank(one), str(one)))


def decide(draft: Draft, item: str, strategy: str, winner: Proposal, proposals: Sequence[Proposal]) -> None:
    """Note a decision between proposals."""
    fields = draft.rules.fields_of(item)
    draft.decisions.append(Decision(item, fields, strategy, winner.revs[-1], candidates_of(proposals)))


def touched_by(reading: Reading, contests: Mapping[str, Contest]) -> set[str]:
    """Return the items a side changed, by their values or by their contests."""
    items = set(reading.changes)
    for item in reading.contests.keys() | contests.keys():
        before, after = contests.get(item), reading.contests.get(item)
        if not before or not after or not same_candidates(before.candidates, after.candidates):
            items.add(item)
    return items


def revs_of(side: Side) -> Sequence[str]:
    """Return the revisions a side came from, in order."""
    return sorted({rev for revs in side.sources.values() for rev in revs}, key=rev_order) or [side.rev]


def fields_value(side: Side, fields: Sequence[str]) -> dict[str, Any]:
    """Return what a side holds of these fields, as the value of a group."""
    reasons = {name: Missing(side.missing[name]) for name in fields if name in side.missing}
    return reasons | {name: side.data[name] for name in fields if name in side.data}


def forget(draft: Draft, item: str) -> None:
    """Forget that an item changed: it has the base's value after all, or is gone with what it stood in."""
    for known in (draft.stamps, draft.sources, draft.authorities):
        known.pop(item, None)

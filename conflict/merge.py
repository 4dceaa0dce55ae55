"""Merging: from a base and its sides to one document, item by item.

An item is a field, or a group of fields that mean something only together. Against the base: nobody changed it, the
base's value stays; one value, or equal ones, that value; different ones, its strategy. Pure and deterministic, and the
order of the sides does not matter. The laws are properties in tests/properties/test_merge_laws.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from conflict.contests import (
    Candidates,
    Standing,
    candidates_of,
    carry_on,
    given_up,
    ordered,
    same_candidates,
)
from conflict.equality import ABSENT, Missing, changes, item_value, json_equal
from conflict.result import Base, Candidate, Contest, Decision, Merge, Side, rev_order
from conflict.rules import Rules
from conflict.strategies import Choice, Proposal, by_stamp, choose, instant, rank

_NO_BASE: Final = Base({})


@dataclass(frozen=True, slots=True)
class _Reading:
    """A side, what it changed from the base, and the contests open in it, by item."""

    side: Side
    changes: Mapping[str, Any]
    contests: Mapping[str, Contest]


@dataclass(slots=True)
class _Draft:
    """A merge in the making."""

    base: Base
    rules: Rules
    data: dict[str, Any]
    missing: dict[str, str]
    contests: dict[str, Contest]
    decisions: list[Decision] = field(default_factory=list)
    stamps: dict[str, str] = field(default_factory=dict)
    sources: dict[str, tuple[str, ...]] = field(default_factory=dict)
    authorities: dict[str, int | str] = field(default_factory=dict)


def merge(base: Base | None, sides: Sequence[Side], rules: Rules) -> Merge:
    """Merge the sides over their base (None: no base is known) into one document.

    An edit is kept against a deletion; where nobody edited, a deletion stands. Pure and independent of the order of
    the sides.

    Raises: ValueError when there is no side.
    """
    if not sides:
        raise ValueError("a merge needs at least one side; give the revisions to merge")
    ground = base or _NO_BASE
    contests = {contest.item: contest for contest in ground.contests if contest.candidates}
    readings = [_read(ground, contests, side, rules) for side in sides]
    live = [one for one in readings if not one.side.deleted]
    gone = [one for one in readings if one.side.deleted] if len(live) < len(readings) else []
    draft = _Draft(ground, rules, dict(ground.data), dict(ground.missing), dict(contests))
    _merge_items(draft, contests, live)
    if gone and (not live or (base and not base.deleted and not _is_changed(draft, contests))):
        return _deleted(ground, contests, gone)
    if gone and not ground.deleted:
        draft.decisions.append(_kept(draft, contests, live, gone))
    return _finished(draft)


def _read(base: Base, contests: Mapping[str, Contest], side: Side, rules: Rules) -> _Reading:
    changed = changes((base.data, base.missing), (side.data, side.missing), rules)
    if side.contests is not None:
        contests = {contest.item: contest for contest in side.contests if contest.candidates}
    return _Reading(side, changed, contests)


def _merge_items(draft: _Draft, contests: Mapping[str, Contest], readings: Sequence[_Reading]) -> None:
    changers: dict[str, list[_Reading]] = {}
    for reading in readings:
        for item in reading.changes:
            changers.setdefault(item, []).append(reading)
    contested = set(contests).union(*(reading.contests for reading in readings))
    for item in sorted(contested.union(changers)):
        if item not in contested and len(changers[item]) == 1:
            _take_alone(draft, item, changers[item][0])
        elif item not in contested:
            _settle(draft, item, [_proposal(one, item, one.changes[item], draft.rules) for one in changers[item]])
        elif item in changers or any(one.contests is not contests for one in readings):
            _merge_contested(draft, item, contests.get(item), readings)


def _proposal(reading: _Reading, item: str, value: Any, rules: Rules) -> Proposal:
    side = reading.side
    revs = side.sources.get(item) or (side.rev,)
    return Proposal(side.rev, revs, value, _stamp(side, item, rules), side.authorities.get(item, side.authority))


def _stamp(side: Side, item: str, rules: Rules) -> str:
    """Return when a side changed an item: its own stamp, else the latest of its fields', else that of the edit."""
    if item in side.stamps:
        return side.stamps[item]
    stamps = [side.stamps[name] for name in rules.fields_of(item) if name in side.stamps]
    return max(stamps, key=lambda stamp: (instant(stamp), stamp), default=side.at)


def _settle(draft: _Draft, item: str, proposals: Sequence[Proposal]) -> None:
    """Put into the draft what becomes of values that are not contested yet."""
    latest_last = by_stamp(proposals) if len(proposals) > 1 else proposals
    latest = latest_last[-1]
    if all(json_equal(one.value, latest.value) for one in latest_last):
        _take(draft, item, Choice(latest.value, "", latest, latest_last, latest.stamp))
        return
    strategy = draft.rules.strategy_of(item)
    if strategy == "review":
        _contest(draft, item, candidates_of(proposals))
        return
    choice = choose(strategy, _base_value(draft, item), latest_last)
    _take(draft, item, choice)
    _decide(draft, item, choice.strategy, choice.winner, proposals)


def _base_value(draft: _Draft, item: str) -> Any:
    return item_value(draft.base.data, draft.base.missing, item, draft.rules)


def _merge_contested(draft: _Draft, item: str, contest: Contest | None, readings: Sequence[_Reading]) -> None:
    base = _base_value(draft, item)
    concerned = readings if contest else [one for one in readings if item in one.changes or item in one.contests]
    standings = [_standing(one, item, base, draft.rules) for one in concerned]
    outcome = carry_on(base, contest.candidates if contest else (), standings)
    if outcome.shared:
        shared = by_stamp(outcome.shared)
        _take(draft, item, Choice(shared[-1].value, "", shared[-1], shared, shared[-1].stamp))
    if outcome.candidates:
        _contest(draft, item, outcome.candidates)
    else:
        draft.contests.pop(item, None)
        _settle(draft, item, outcome.closers)
    value = item_value(draft.data, draft.missing, item, draft.rules)
    still = draft.contests.get(item)
    if overruled := given_up(base, value, still.candidates if still else (), outcome.holders):
        _decide(draft, item, "closing", by_stamp(outcome.closers)[-1], (*outcome.closers, *overruled))


def _standing(reading: _Reading, item: str, base: Any, rules: Rules) -> Standing:
    contest = reading.contests.get(item)
    proposal = _proposal(reading, item, reading.changes.get(item, base), rules)
    return Standing(proposal, contest.candidates if contest else ())


def _contest(draft: _Draft, item: str, candidates: Candidates) -> None:
    before = draft.contests.get(item)
    if before is None or not same_candidates(before.candidates, candidates):
        draft.contests[item] = Contest(item, draft.rules.fields_of(item), candidates)


def _is_changed(draft: _Draft, contests: Mapping[str, Contest]) -> bool:
    return bool(draft.sources) or draft.contests != contests


def _take_alone(draft: _Draft, item: str, reading: _Reading) -> None:
    side = reading.side
    _put(draft, item, reading.changes[item])
    draft.stamps[item] = _stamp(side, item, draft.rules) if side.stamps else side.at
    draft.sources[item] = side.sources.get(item) or (side.rev,)
    draft.authorities[item] = side.authorities.get(item, side.authority)


def _take(draft: _Draft, item: str, choice: Choice) -> None:
    _put(draft, item, choice.value)
    draft.stamps[item] = choice.stamp
    draft.sources[item] = tuple(sorted({rev for one in choice.sources for rev in one.revs}, key=rev_order))
    draft.authorities[item] = max((one.authority for one in choice.sources), key=lambda one: (rank(one), str(one)))


def _put(draft: _Draft, item: str, value: Any) -> None:
    """Set an item, data and reasons together."""
    if draft.rules.is_group(item):
        for name in draft.rules.fields_of(item):
            _put_field(draft, name, ABSENT if value is ABSENT else value.get(name, ABSENT))
    else:
        _put_field(draft, draft.rules.fields_of(item)[0], value)


def _put_field(draft: _Draft, name: str, value: Any) -> None:
    if value is ABSENT or isinstance(value, Missing):
        draft.data.pop(name, None)
    else:
        draft.data[name] = value
    if isinstance(value, Missing):
        draft.missing[name] = value.reason
    elif draft.missing:
        draft.missing.pop(name, None)


def _decide(draft: _Draft, item: str, strategy: str, winner: Proposal, proposals: Sequence[Proposal]) -> None:
    fields = draft.rules.fields_of(item)
    draft.decisions.append(Decision(item, fields, strategy, winner.revs[-1], candidates_of(proposals)))


def _kept(
    draft: _Draft, contests: Mapping[str, Contest], live: Sequence[_Reading], gone: Sequence[_Reading]
) -> Decision:
    """Return the decision that keeps edits against deletions; its values are objects of the fields edited."""
    touched = [(one.side, _touched(one, contests)) for one in live]
    editing = [side for side, items in touched if items] or [one.side for one in live]
    fields = tuple(sorted({name for _, items in touched for item in items for name in draft.rules.fields_of(item)}))
    winner = max(editing, key=lambda side: (instant(side.at), rev_order(side.rev)))
    values = [Candidate(one.side.rev, ABSENT) for one in gone]
    values += [Candidate(rev, _fields_value(side, fields)) for side in editing for rev in _revs(side)]
    return Decision("", fields, "deletion", _revs(winner)[-1], ordered(values))


def _touched(reading: _Reading, contests: Mapping[str, Contest]) -> set[str]:
    """Return the items a side changed, by their values or by their contests."""
    items = set(reading.changes)
    for item in reading.contests.keys() | contests.keys():
        before, after = contests.get(item), reading.contests.get(item)
        if not before or not after or not same_candidates(before.candidates, after.candidates):
            items.add(item)
    return items


def _revs(side: Side) -> Sequence[str]:
    return sorted({rev for revs in side.sources.values() for rev in revs}, key=rev_order) or [side.rev]


def _fields_value(side: Side, fields: Sequence[str]) -> dict[str, Any]:
    reasons = {name: Missing(side.missing[name]) for name in fields if name in side.missing}
    return reasons | {name: side.data[name] for name in fields if name in side.data}


def _deleted(base: Base, contests: Mapping[str, Contest], gone: Sequence[_Reading]) -> Merge:
    """Return the deletion; of several, what the latest revision left in its tombstone."""
    changed = [one.side for one in gone if not base.deleted or _touched(one, contests)]
    last = max(changed or [one.side for one in gone], key=lambda side: rev_order(side.rev))
    still_open = base.contests if last.contests is None else last.contests
    return Merge(dict(last.data), dict(last.missing), True, (), still_open, {}, {}, {})


def _finished(draft: _Draft) -> Merge:
    return Merge(
        data=draft.data,
        missing=draft.missing,
        deleted=False,
        decisions=tuple(draft.decisions),
        contests=tuple(draft.contests[item] for item in sorted(draft.contests)),
        stamps=draft.stamps,
        sources=draft.sources,
        authorities=draft.authorities,
    )

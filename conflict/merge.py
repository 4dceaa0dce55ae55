"""Merging: from a base and its sides to one document, item by item.

An item is a field, or a group of fields that mean something only together. Against the base: nobody changed it, the
base's value stays; one value, or equal ones, that value; different ones, its strategy. Pure and deterministic, and the
order of the sides does not matter. The laws are properties in tests/properties/test_merge_laws.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from conflict.contests import Standing, candidates_of, carry_on, given_up, ordered
from conflict.draft import (
    Draft,
    Reading,
    base_value,
    contest_item,
    decide,
    fields_value,
    proposal_of,
    revs_of,
    take,
    take_alone,
    touched_by,
)
from conflict.equality import ABSENT, json_equal
from conflict.items import flat_changes, flat_value
from conflict.members import settle_rosters
from conflict.result import Base, Candidate, Contest, Decision, Merge, Side, rev_order
from conflict.rosters import flatten, unflatten
from conflict.rules import Rules
from conflict.strategies import Choice, Proposal, by_stamp, choose, instant

_NO_BASE: Final = Base({})


def merge(base: Base | None, sides: Sequence[Side], rules: Rules) -> Merge:
    """Merge the sides over their base (None: no base is known) into one document.

    An edit is kept against a deletion; where nobody edited, a deletion stands. Pure and independent of the order of
    the sides.

    Raises: ValueError when there is no side.
    """
    if not sides:
        raise ValueError("a merge needs at least one side; give the revisions to merge")
    if not rules.rosters:
        return _merge(base, sides, rules)
    flat_base = replace(base, data=flatten(base.data, rules)) if base else None
    merged = _merge(flat_base, [replace(side, data=flatten(side.data, rules)) for side in sides], rules)
    data = unflatten(merged.data, rules)
    return replace(merged, data=data, missing=merged.missing)


def _merge(base: Base | None, sides: Sequence[Side], rules: Rules) -> Merge:
    """Merge documents of flat fields."""
    ground = base or _NO_BASE
    contests = {contest.item: contest for contest in ground.contests if contest.candidates}
    readings = [_read(ground, contests, side, rules) for side in sides]
    live = [one for one in readings if not one.side.deleted]
    gone = [one for one in readings if one.side.deleted] if len(live) < len(readings) else []
    draft = Draft(ground, rules, dict(ground.data), dict(ground.missing), dict(contests))
    _merge_items(draft, contests, live)
    if rules.rosters:
        settle_rosters(draft, contests, live)
    if gone and (not live or (base and not base.deleted and not _is_changed(draft, contests))):
        return _deleted(ground, contests, gone)
    if gone and not ground.deleted:
        draft.decisions.append(_kept(draft, contests, live, gone))
    return _finished(draft)


def _read(base: Base, contests: Mapping[str, Contest], side: Side, rules: Rules) -> Reading:
    changed = flat_changes((base.data, base.missing), (side.data, side.missing), rules)
    if side.contests is not None:
        contests = {contest.item: contest for contest in side.contests if contest.candidates}
    return Reading(side, changed, contests)


def _merge_items(draft: Draft, contests: Mapping[str, Contest], readings: Sequence[Reading]) -> None:
    changers: dict[str, list[Reading]] = {}
    for reading in readings:
        for item in reading.changes:
            changers.setdefault(item, []).append(reading)
    contested = set(contests)
    for reading in readings:
        if reading.contests is not contests:
            contested.update(reading.contests)
    for item in sorted(contested.union(changers) if contested else changers):
        if item not in contested and len(changers[item]) == 1:
            take_alone(draft, item, changers[item][0])
        elif item not in contested:
            _settle(draft, item, [proposal_of(one, item, one.changes[item], draft.rules) for one in changers[item]])
        elif item in changers or any(one.contests is not contests for one in readings):
            _merge_contested(draft, item, contests.get(item), readings)


def _settle(draft: Draft, item: str, proposals: Sequence[Proposal]) -> None:
    """Put into the draft what becomes of values that are not contested yet."""
    latest_last = by_stamp(proposals) if len(proposals) > 1 else proposals
    latest = latest_last[-1]
    differing = [one for one in latest_last if not json_equal(one.value, latest.value)]
    if not differing:
        take(draft, item, Choice(latest.value, "", latest, latest_last, latest.stamp))
        return
    strategy = draft.rules.strategy_of(item)
    if strategy == "review":
        contest_item(draft, item, candidates_of(proposals))
        return
    choice = choose(strategy, base_value(draft, item), latest_last)
    take(draft, item, choice)
    decide(draft, item, choice.strategy, choice.winner, proposals)


def _merge_contested(draft: Draft, item: str, contest: Contest | None, readings: Sequence[Reading]) -> None:
    base = base_value(draft, item)
    concerned = readings if contest else [one for one in readings if item in one.changes or item in one.contests]
    standings = [_standing(one, item, base, draft.rules) for one in concerned]
    outcome = carry_on(base, contest.candidates if contest else (), standings)
    if outcome.shared:
        shared = by_stamp(outcome.shared)
        take(draft, item, Choice(shared[-1].value, "", shared[-1], shared, shared[-1].stamp))
    if outcome.candidates:
        contest_item(draft, item, outcome.candidates)
    else:
        draft.contests.pop(item, None)
        _settle(draft, item, outcome.closers)
    value = flat_value(draft.data, draft.missing, item, draft.rules)
    still = draft.contests.get(item)
    if overruled := given_up(base, value, still.candidates if still else (), outcome.holders):
        decide(draft, item, "closing", by_stamp(outcome.closers)[-1], (*outcome.closers, *overruled))


def _standing(reading: Reading, item: str, base: Any, rules: Rules) -> Standing:
    contest = reading.contests.get(item)
    proposal = proposal_of(reading, item, reading.changes.get(item, base), rules)
    return Standing(proposal, contest.candidates if contest else ())


def _is_changed(draft: Draft, contests: Mapping[str, Contest]) -> bool:
    return bool(draft.sources) or draft.contests != contests


def _kept(draft: Draft, contests: Mapping[str, Contest], live: Sequence[Reading], gone: Sequence[Reading]) -> Decision:
    """Return the decision that keeps edits against deletions; its values are objects of the fields edited."""
    touched = [(one.side, touched_by(one, contests)) for one in live]
    editing = [side for side, items in touched if items] or [one.side for one in live]
    fields = tuple(sorted({name for _, items in touched for item in items for name in draft.rules.fields_of(item)}))
    winner = max(editing, key=lambda side: (instant(side.at), rev_order(side.rev)))
    values = [Candidate(one.side.rev, ABSENT) for one in gone]
    values += [Candidate(rev, fields_value(side, fields)) for side in editing for rev in revs_of(side)]
    return Decision("", fields, "deletion", revs_of(winner)[-1], ordered(values))


def _deleted(base: Base, contests: Mapping[str, Contest], gone: Sequence[Reading]) -> Merge:
    """Return the deletion; of several, what the latest revision left in its tombstone."""
    changed = [one.side for one in gone if not base.deleted or touched_by(one, contests)]
    last = max(changed or [one.side for one in gone], key=lambda side: rev_order(side.rev))
    still_open = base.contests if last.contests is None else last.contests
    return Merge(dict(last.data), dict(last.missing), True, (), still_open, {}, {}, {})


def _finished(draft: Draft) -> Merge:
    return Merge(
        data=draft.data,
        missing=draft.missing,
        deleted=False,
        decisions=tuple(draft.decisions),
        contests=tuple([draft.contests[item] for item in sorted(draft.contests)]) if draft.contests else (),
        stamps=draft.stamps,
        sources=draft.sources,
        authorities=draft.authorities,
    )

"""Members of rosters in a merge: what becomes of removals, of rosters replaced as a whole, and of the order.

The fields of members have merged by their own rules before this; what is left is what concerns a member or a roster as
a whole. A removal gives way to an edit inside of what was removed, and to an open contest there: a decision named
`deletion` says so. Where one side put another value in the roster's place and others edited its members, the latest of
them counts; an open contest in a member keeps the roster. Everything here is told by the names of conflict/paths.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from conflict.contests import ordered
from conflict.draft import (
    Draft,
    Reading,
    decide,
    fields_value,
    forget,
    proposal_of,
    revs_of,
    stamp_of,
    take,
)
from conflict.equality import ABSENT
from conflict.items import flat_value, is_moved, put_item
from conflict.ordering import core_order, whole_order
from conflict.paths import twin_name
from conflict.result import Candidate, Contest, Decision, rev_order
from conflict.rosters import ROSTER, array_of, is_whole
from conflict.strategies import Choice, Proposal, by_stamp, instant
from conflict.tally import Tally, is_dropped, removed_twins, tallied


def settle_rosters(draft: Draft, contests: Mapping[str, Contest], readings: Sequence[Reading]) -> None:
    """Bring the rosters of a draft to their end; `contests` are the base's."""
    tally = tallied(draft, contests, readings)
    for roster in sorted(tally.replaced):
        if not is_dropped(draft, tally, roster):
            _settle_replaced(draft, tally, roster, readings)
    for stem, number in sorted(removed_twins(tally).items()):
        if not is_dropped(draft, tally, stem):
            _settle_removals(draft, tally, [twin_name(stem, one) for one in range(number, 0, -1)], readings)
    for roster in sorted(tally.stirred - tally.dropped):
        if not is_dropped(draft, tally, roster):
            _settle_order(draft, roster, readings)
    for roster in sorted({name for reading in readings for name in reading.changes if draft.rules.is_roster(name)}):
        if roster not in tally.dropped and not is_dropped(draft, tally, roster):
            _keep_roster(draft, tally, roster, readings)


def _settle_replaced(draft: Draft, tally: Tally, roster: str, readings: Sequence[Reading]) -> None:
    """Settle a roster in whose place sides put another value, against the sides that went on with the roster."""
    replacing = tally.replaced[roster]
    touching = {i for i, one in enumerate(readings) if roster in one.changes} | set(tally.within.get(roster, ()))
    if roster in tally.contested or touching == replacing:
        return
    proposals = {i: _whole(draft, tally, roster, (i, readings[i])) for i in sorted(touching)}
    latest = by_stamp(list(proposals.values()))[-1]
    draft.decisions = [one for one in draft.decisions if one.item != roster]
    decide(draft, roster, "latest", latest, list(proposals.values()))
    take(draft, roster, Choice(latest.value, "latest", latest, [latest], latest.stamp))
    if any(proposals[i] is latest for i in replacing):
        _drop_members(draft, roster, latest)
        tally.dropped.add(roster)
    else:
        put_item(draft.data, draft.missing, roster, ROSTER, draft.rules)
        tally.outvoted[roster] = replacing


def _whole(draft: Draft, tally: Tally, roster: str, numbered: tuple[int, Reading]) -> Proposal:
    """Return what a side has in a roster's place: the value it put there, or the array with its edits."""
    number, reading = numbered
    side = reading.side
    if number in tally.replaced[roster]:
        return proposal_of(reading, roster, reading.changes[roster], draft.rules)
    items = [*tally.within.get(roster, {}).get(number, ()), *([roster] if roster in reading.changes else ())]
    stamps = [stamp_of(side, item, draft.rules) for item in items]
    stamps += [side.stamps[roster]] if roster in side.stamps else []
    stamp = max(stamps, key=lambda one: (instant(one), one))
    value = array_of(side.data, roster, draft.rules)
    return Proposal(side.rev, tuple(revs_of(side)), value, stamp, side.authorities.get(roster, side.authority))


def _drop_members(draft: Draft, roster: str, latest: Proposal) -> None:
    """Take the members of a roster out of a draft, since another value stands in its place."""
    rules = draft.rules
    draft.data = {name: value for name, value in draft.data.items() if not name.startswith(f"{roster}[")}
    draft.decisions = [one for one in draft.decisions if roster not in rules.around(one.item)]
    for item in [one for one in draft.sources if roster in rules.around(one)]:
        forget(draft, item)
    for member in draft.base.data.get(f"{roster}[]", ()):
        take(draft, member, Choice(ABSENT, "latest", latest, [latest], latest.stamp))


def _settle_removals(draft: Draft, tally: Tally, members: Sequence[str], readings: Sequence[Reading]) -> None:
    """Keep members of one key, the last first, that were removed by some side and edited by another.

    What keeps the second member of a key keeps the first too, since members of one key are told apart by their number.
    """
    roster = tuple(draft.rules.around(members[0]))[-1]
    editing: dict[int, list[str]] = {}
    contests: list[Contest] = []
    for member in members:
        for number, items in tally.within.get(member, {}).items():
            editing.setdefault(number, []).extend(items)
        for number in tally.added.get(member, ()):
            editing.setdefault(number, []).append(member)
        contests += tally.contested.get(member, ())
        removing = tally.removed.get(member, set()) - tally.outvoted.get(roster, set())
        edits = [(readings[i], items) for i, items in sorted(editing.items()) if i not in removing]
        if member in tally.removed and (edits or contests or not removing):
            _restore(draft, member)
            if removing:
                gone = [readings[i] for i in sorted(removing)]
                draft.decisions.append(_kept_against(draft, member, gone, (edits, contests)))


def _restore(draft: Draft, item: str) -> None:
    base = draft.base
    put_item(draft.data, draft.missing, item, flat_value(base.data, base.missing, item, draft.rules), draft.rules)
    forget(draft, item)


def _kept_against(
    draft: Draft, item: str, gone: Sequence[Reading], keeping: tuple[Sequence[tuple[Reading, list[str]]], list[Contest]]
) -> Decision:
    """Return the decision that keeps what sides edited, or what is contested, against removals."""
    edits, contests = keeping
    values = [Candidate(rev, gone_to) for one in gone for rev, gone_to in _removal(one, item)]
    if edits:
        names = {name for _, items in edits for one in items for name in draft.rules.fields_of(one)}
        fields = tuple(sorted(names))
        values += [Candidate(rev, fields_value(one.side, fields)) for one, _ in edits for rev in revs_of(one.side)]
        latest = max((one.side for one, _ in edits), key=lambda side: (instant(side.at), rev_order(side.rev)))
        return Decision(item, fields, "deletion", revs_of(latest)[-1], ordered(values))
    contest = min(contests, key=lambda one: one.item)
    values += [Candidate(one.rev, _as_fields(draft, contest, one.value)) for one in contest.candidates]
    winner = max((one.rev for one in contest.candidates), key=rev_order)
    return Decision(item, contest.fields, "deletion", winner, ordered(values))


def _as_fields(draft: Draft, contest: Contest, value: Any) -> Any:
    if draft.rules.is_group(contest.item):
        return {} if value is ABSENT else value
    return {} if value is ABSENT else {contest.fields[0]: value}


def _removal(reading: Reading, item: str) -> list[tuple[str, Any]]:
    value = reading.changes.get(item, ABSENT)
    return [(rev, value) for rev in reading.side.sources.get(item) or (reading.side.rev,)]


def _settle_order(draft: Draft, roster: str, readings: Sequence[Reading]) -> None:
    """Put the members of a roster in order."""
    item = f"{roster}[]"
    base = draft.base.data.get(item, ())
    orders = [one.side.data.get(item, ()) for one in readings]
    names = dict.fromkeys(name for order in (base, *orders) for name in order)
    there = {name for name in names if all(part in draft.data for part in draft.rules.fields_of(name))}
    core = there.intersection(base)
    moved = [
        proposal_of(one, item, order, draft.rules)
        for one, order in zip(readings, orders, strict=True)
        if is_moved(base, (name for name in order if name in core))
    ]
    leader = by_stamp(moved)[-1] if moved else None
    whole = whole_order(core_order(base, leader.value if leader else base, core), orders, there - core)
    forget(draft, item)
    draft.decisions = [one for one in draft.decisions if one.item != item]
    if leader:
        take(draft, item, Choice(whole, "latest", leader, [leader], leader.stamp))
    put_item(draft.data, draft.missing, item, whole or ABSENT, draft.rules)
    _tell_order(draft, item, (whole, leader), readings)


def _tell_order(
    draft: Draft, item: str, result: tuple[Sequence[str], Proposal | None], readings: Sequence[Reading]
) -> None:
    """Note a decision where some side's order gave way."""
    whole, leader = result
    moved = [proposal_of(one, item, one.changes[item], draft.rules) for one in readings if item in one.changes]
    if any(is_moved(one.value, whole) for one in moved):
        decide(draft, item, "latest", leader or by_stamp(moved)[-1], moved)


def _keep_roster(draft: Draft, tally: Tally, roster: str, readings: Sequence[Reading]) -> None:
    """Keep a roster that some side took away, or replaced, where members of it stay."""
    value = flat_value(draft.data, draft.missing, roster, draft.rules)
    if not draft.data.get(f"{roster}[]") or (value is not ABSENT and not is_whole(value)):
        return
    changed = {i: one for i, one in enumerate(readings) if roster in one.changes}
    gone = {i for i, one in changed.items() if one.changes[roster] is ABSENT or is_whole(one.changes[roster])}
    edits = [(readings[i], items) for i, items in sorted(tally.within.get(roster, {}).items()) if i not in gone]
    draft.decisions = [one for one in draft.decisions if one.item != roster]
    _restore(draft, roster)
    keeping = (edits, tally.contested.get(roster, []))
    draft.decisions.append(_kept_against(draft, roster, [changed[i] for i in sorted(gone)], keeping))
    if staying := [one for i, one in changed.items() if i not in gone]:
        latest_last = by_stamp([proposal_of(one, roster, ROSTER, draft.rules) for one in staying])
        take(draft, roster, Choice(ROSTER, "latest", latest_last[-1], latest_last, latest_last[-1].stamp))

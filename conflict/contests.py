"""Contests: what becomes of values that no rule may choose between.

A side stands to a contested item in one of three ways. It **goes on** with the base's contest: whatever candidates it
adds, and a value it has that is neither the base's nor a candidate, are news. It has **settled** the item: it holds a
value and no contest, because it changed an item that was free or closed a contest. Or it has **opened** a contest of
its own: it merged values the base knows nothing of (after closing the base's contest, if there was one).

- Only news: the base's contest stays open and the news join it.
- Settled alike, or by the strategy, and no news against it: the contest is closed with that value.
- Settled, and news made without seeing it: contested again, between the settled values and the news.
- Opened: those contests go on together; settled values and news that they do not have join them.

A contested item keeps the value that stood when the contest arose: the base's, or that of the sides that opened the
contest. (A tablet may go on from a revision whose value is a candidate by now: then that revision is the base, and the
value that stood is the resolution's.) Sides that opened contests over different values leave the base's.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from conflict.equality import ABSENT, Missing, json_equal, json_key
from conflict.result import Candidate, rev_order
from conflict.strategies import Proposal

Candidates = tuple[Candidate, ...]


@dataclass(slots=True)
class Standing:
    """What one side says of a contested item: its value, and the candidates open in it (none: settled)."""

    proposal: Proposal
    candidates: Candidates


@dataclass(slots=True)
class Outcome:
    """What a contested item comes to.

    Contested if there are `candidates`; otherwise the `closers`, who settled it, merge by the item's strategy. `shared`
    are the sides whose value a contested item has, where it is not the base's. `holders` went on with the contest.
    """

    candidates: Candidates
    shared: tuple[Proposal, ...] = ()
    closers: tuple[Proposal, ...] = ()
    holders: tuple[Proposal, ...] = ()


def candidates_of(proposals: Iterable[Proposal]) -> Candidates:
    """Return one candidate for each revision and value, in order of the revisions."""
    return ordered([Candidate(rev, proposal.value) for proposal in proposals for rev in proposal.revs])


def ordered(candidates: Iterable[Candidate]) -> Candidates:
    """Return candidates in order of their revisions, each once."""
    given = list(candidates)
    by_rev = {rev_order(one.rev): one for one in given}
    if len(by_rev) == len(given):
        return tuple([by_rev[place] for place in sorted(by_rev)])
    distinct: dict[Hashable, Candidate] = {}
    for candidate in sorted(given, key=lambda one: (rev_order(one.rev), _TEXTS.encode(one.value))):
        distinct.setdefault(_pair(candidate), candidate)
    return tuple(distinct.values())


def _plain(value: Any) -> Any:
    return {"missing": value.reason} if isinstance(value, Missing) else None if value is ABSENT else repr(value)


_TEXTS: Final = json.JSONEncoder(default=_plain, sort_keys=True)


def _pair(candidate: Candidate) -> Hashable:
    return (candidate.rev, json_key(candidate.value))


def same_candidates(a: Candidates, b: Candidates) -> bool:
    """Tell whether two contests have the same candidates, in whatever order."""
    return a is b or set(map(_pair, a)) == set(map(_pair, b))


def carry_on(base: Any, asked: Candidates, standings: Sequence[Standing]) -> Outcome:
    """Return what a contested item comes to; `asked` are the candidates of the base's contest (none: it was free).

    `standings` are those of every side if the base has the contest, else of the sides that changed the item.
    """
    going_on = [one for one in standings if _goes_on(asked, one)]
    settled = tuple(one.proposal for one in standings if not one.candidates)
    opened = [one for one in standings if one.candidates and not _goes_on(asked, one)]
    news = _news(base, asked, going_on)
    shared: tuple[Proposal, ...] = ()
    if opened:
        candidates, shared = _together(base, opened, (*candidates_of(settled), *news))
    elif not settled:
        candidates = ordered((*asked, *news))
    elif all(json_equal(one.value, other.value) for one in news for other in settled):
        candidates = ()
    else:
        candidates = ordered((*candidates_of(settled), *news))
    closers = (*settled, *(one.proposal for one in opened))
    return Outcome(candidates, shared, closers, tuple(one.proposal for one in going_on))


def _goes_on(asked: Candidates, standing: Standing) -> bool:
    if not asked or not standing.candidates:
        return False
    return standing.candidates is asked or set(map(_pair, asked)) <= set(map(_pair, standing.candidates))


def _news(base: Any, asked: Candidates, going_on: Sequence[Standing]) -> Candidates:
    before = set(map(_pair, asked))
    added = [one for standing in going_on for one in standing.candidates if _pair(one) not in before]
    known = _values(base, (*asked, *added))
    entered = [one.proposal for one in going_on if json_key(one.proposal.value) not in known]
    return ordered((*added, *candidates_of(entered)))


def _values(base: Any, candidates: Iterable[Candidate]) -> set[Hashable]:
    return {json_key(base), *(json_key(one.value) for one in candidates)}


def _together(base: Any, opened: Sequence[Standing], others: Candidates) -> tuple[Candidates, tuple[Proposal, ...]]:
    """Return the candidates of contests that go on together, and the sides that share a value other than the base's."""
    candidates = ordered(candidate for one in opened for candidate in one.candidates)
    listed = {json_key(one.value) for one in candidates}
    proposals = tuple(one.proposal for one in opened)
    stood = proposals[0].value
    if all(json_equal(one.value, stood) for one in proposals):
        joining = [one for one in others if json_key(one.value) not in listed | {json_key(stood)}]
        return ordered((*candidates, *joining)), () if json_equal(stood, base) else proposals
    joining = [one for one in others if json_key(one.value) not in listed]
    moved = [one for one in proposals if json_key(one.value) not in listed | {json_key(base)}]
    return ordered((*candidates, *joining, *candidates_of(moved))), ()


def given_up(base: Any, value: Any, candidates: Candidates, holders: Sequence[Proposal]) -> list[Proposal]:
    """Return the candidates of the base's contest that sides held and that neither the result nor its contest keeps."""
    known = _values(base, candidates) | {json_key(value)}
    return [one for one in holders if json_key(one.value) not in known]

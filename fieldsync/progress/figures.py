"""Figures: what is counted from the marks of a cell, for the cell and for each round. Pure.

A dwelling's units are its households, or itself where none is known. It is *visited* if a visit of the round went to it
or to one of them; *submitted* if all of them are handed in; *verified* if all of those are admitted; *returned* if
something of one came back; *waiting* if it is submitted and neither; *closed* if nothing is handed in and the last word
of all is a refusal, a vacancy or the like. It is *done* once it is submitted or closed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import msgspec

from fieldsync.progress.life import Handed, life_of
from fieldsync.progress.marks import FORMAT, Marks
from fieldsync.progress.walking import walk_m

ADMITTED, RETURNED, CLOSED = "admitted", "returned", "closed_"


class RoundFigures(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The dwellings of a cell in a round; `days` on how many of them each day was the one they were done on.

    `visits` and `submissions` count records by who wrote them. `life` counts households, and dwellings without one, by
    where they stand; `handed` says of those handed in, by who did, how many have something against them.
    """

    visited: int = 0
    submitted: int = 0
    verified: int = 0
    returned: int = 0
    waiting: int = 0
    closed: int = 0
    days: dict[str, int] = {}
    visits: dict[str, int] = {}
    submissions: dict[str, int] = {}
    life: dict[str, int] = {}
    handed: dict[str, Handed] = {}


class Figures(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What is in a cell at a sequence: what there is, what there is to do, and how far each round is.

    `sealed` counts answers to sealed forms, by form and what became of consent: `health|given`.
    """

    seq: str
    format: int = 0
    units: int = 0
    buildings: int = 0
    dwellings: int = 0
    households: int = 0
    persons: int = 0
    open_tasks: int = 0
    walk_m: int = 0
    floors: int = 0
    synced: dict[str, str] = {}
    sealed: dict[str, int] = {}
    rounds: dict[str, RoundFigures] = {}


def figures_of(marks: Marks, seq: str) -> Figures:
    """Count the marks of a cell at a sequence; `floors` are those above the ground, of each stairwell."""
    known = [one for one in marks.dwellings.values() if not one.gone]
    places = [(b.lon, b.lat) for b in marks.buildings.values() if b.lon is not None and b.lat is not None]
    rounds = {one.round for one in marks.visits.values()} | {one.round for one in marks.submissions.values()}
    return Figures(
        seq=seq,
        format=FORMAT,
        units=sum(len(own) for own in units_of(marks).values()),
        buildings=len(marks.buildings),
        dwellings=len(known),
        households=len(marks.households),
        persons=len(marks.persons),
        open_tasks=len(marks.tasks - set(marks.answers.values())),
        walk_m=round(walk_m(places)),
        floors=sum(max(0, b.floors - 1) * b.stairwells for b in marks.buildings.values()),
        synced=dict(marks.synced),
        sealed=dict(Counter(marks.sealed.values())),
        rounds={name: _round(marks, name) for name in sorted(rounds - {""})},
    )


def _round(marks: Marks, name: str) -> RoundFigures:
    units = units_of(marks)
    last_visit: dict[str, str] = {}
    home = {unit: dwelling for dwelling, own in units.items() for unit in own}
    visits = [one for one in marks.visits.values() if one.round == name]
    for visit in visits:
        dwelling = visit.dwelling or home.get(visit.household, "")
        last_visit[dwelling] = max(visit.day, last_visit.get(dwelling, ""))
    handed_in: dict[str, str] = {}
    submissions = [one for one in marks.submissions.values() if one.round == name]
    for submission in submissions:
        handed_in[submission.unit] = min(submission.day, handed_in.get(submission.unit, "9"))
    counts, days = _count_dwellings(marks, units, last_visit, handed_in)
    life, handed = life_of(marks, units, visits, submissions)
    return RoundFigures(
        **counts,
        life=life,
        handed=handed,
        days=dict(sorted(days.items())),
        visits=dict(Counter(one.by for one in visits)),
        submissions=dict(Counter(one.by for one in submissions)),
    )


def units_of(marks: Marks) -> dict[str, list[str]]:
    """Return the units of each dwelling that is not gone: its households, or itself."""
    households: dict[str, list[str]] = defaultdict(list)
    for household, dwelling in marks.households.items():
        households[dwelling].append(household)
    return {name: households.get(name, [name]) for name, one in marks.dwellings.items() if not one.gone}


def _count_dwellings(
    marks: Marks, units: dict[str, list[str]], last_visit: dict[str, str], handed_in: dict[str, str]
) -> tuple[dict[str, int], Counter[str]]:
    counts: Counter[str] = Counter()
    days: Counter[str] = Counter()
    for dwelling, own in units.items():
        states = [_status(marks, unit) for unit in own]
        handed = [handed_in[unit] for unit in own if unit in handed_in]
        counts["visited"] += dwelling in last_visit
        if len(handed) == len(own):
            counts["submitted"] += 1
            counts[_standing(states)] += 1
            days[max(handed)] += 1
        elif not handed and dwelling in last_visit and _is_closed(states, _status(marks, dwelling)):
            counts["closed"] += 1
            days[last_visit[dwelling]] += 1
    return dict(counts), days


def _status(marks: Marks, unit: str) -> str:
    return marks.states[unit].status if unit in marks.states else ""


def _is_closed(states: Sequence[str], own: str) -> bool:
    """Tell whether the last word of all units is a closing one, or that of a visit to the dwelling as such."""
    return own.startswith(CLOSED) or all(state.startswith(CLOSED) for state in states)


def _standing(states: Sequence[str]) -> str:
    if all(state == ADMITTED for state in states):
        return "verified"
    return "returned" if RETURNED in states else "waiting"

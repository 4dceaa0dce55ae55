"""Workloads: how many minutes of work a cell is, from its figures. Pure.

A rule of thumb that a city sets by what it measures: so many minutes a household, a person, an open task, a kilometre
on foot and a floor climbed. A cell of which nothing is known is taken for an average one of those that are asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fieldsync.progress.figures import Figures


@dataclass(frozen=True, slots=True)
class Pace:
    """Minutes for each household, person, open task, kilometre and floor, and for knocking at an empty dwelling."""

    household: float = 12.0
    person: float = 3.0
    dwelling: float = 2.0
    task: float = 10.0
    km: float = 15.0
    floor: float = 0.5


@dataclass(frozen=True, slots=True)
class Workload:
    """The work of a cell in minutes, and what it is made of; `assumed` where nothing is known of the cell."""

    cell: str
    minutes: float
    households: int = 0
    persons: int = 0
    dwellings: int = 0
    open_tasks: int = 0
    walk_m: int = 0
    floors: int = 0
    assumed: bool = False


def workloads_of(cells: Iterable[str], known: Mapping[str, Figures], pace: Pace) -> dict[str, Workload]:
    """Return the workload of each cell, by code."""
    codes = list(cells)
    found = {code: _workload(code, known[code], pace) for code in codes if code in known and known[code].dwellings}
    average = sum(one.minutes for one in found.values()) / len(found) if found else 1.0
    return {code: found.get(code) or Workload(code, round(average, 1), assumed=True) for code in codes}


def _workload(code: str, figures: Figures, pace: Pace) -> Workload:
    minutes = (
        figures.households * pace.household
        + figures.persons * pace.person
        + figures.dwellings * pace.dwelling
        + figures.open_tasks * pace.task
        + figures.walk_m / 1000 * pace.km
        + figures.floors * pace.floor
    )
    return Workload(
        cell=code,
        minutes=round(minutes, 1),
        households=figures.households,
        persons=figures.persons,
        dwellings=figures.dwellings,
        open_tasks=figures.open_tasks,
        walk_m=figures.walk_m,
        floors=figures.floors,
    )

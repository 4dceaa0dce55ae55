"""Households that move: persons who left one household, or came into one, on one day, told as one. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from fieldsync.moves.ends import End, Kind
from fieldsync.moves.matching import OVER, Move


class HouseholdMove(msgspec.Struct, frozen=True, kw_only=True):
    """What moved together: the households' documents, cells, the day of leaving (ISO), and the moves of its persons."""

    departure: str
    arrival: str
    from_cell: str
    to_cell: str
    day: str | None
    moves: tuple[str, ...]


def moved_together(moves: Iterable[Move]) -> list[HouseholdMove]:
    """Return the households of which two persons or more moved, in the order of their first persons.

    Moves that do not stand, and persons without a household at either end, belong to none.
    """
    groups: dict[tuple[str, str, str, str, str | None], list[str]] = {}
    for move in moves:
        left, came = move.departure, move.arrival
        if left.household and came.household and move.state not in OVER:
            key = (left.household, came.household, left.cell, came.cell, left.day or came.day)
            groups.setdefault(key, []).append(move.id)
    return [
        HouseholdMove(departure=here, arrival=there, from_cell=left, to_cell=came, day=day, moves=tuple(together))
        for (here, there, left, came, day), together in groups.items()
        if len(together) > 1
    ]


class HouseholdEnd(msgspec.Struct, frozen=True, kw_only=True):
    """One end of what moved together, the other not being known: out of the city, into it, or not reported yet."""

    kind: Kind
    household: str
    cell: str
    day: str | None
    stays: tuple[str, ...]


def ended_together(ends: Iterable[End]) -> list[HouseholdEnd]:
    """Return the households of which two persons or more left, or arrived, on one day, in the order of the first."""
    groups: dict[tuple[Kind, str, str, str | None], list[str]] = {}
    for end in ends:
        if end.household:
            groups.setdefault((end.kind, end.household, end.cell, end.day), []).append(end.stay)
    return [
        HouseholdEnd(kind=kind, household=household, cell=cell, day=day, stays=tuple(together))
        for (kind, household, cell, day), together in groups.items()
        if len(together) > 1
    ]

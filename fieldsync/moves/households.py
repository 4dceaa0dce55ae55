"""Households that move: persons who left one household for another on one day, told as one. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

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

"""Shares: which collector has which cells, and what may be taken from whom without tearing anything apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

FREE = -1
"""The owner of a cell that nobody has."""
SLACK = 1e-9


@dataclass(frozen=True)
class Ground:
    """What does not change while shares do: cells and collectors by their index."""

    neighbours: Sequence[Sequence[int]]
    weights: Sequence[float]
    capacities: Sequence[float]
    fixed: frozenset[int]
    allowed: float

    @property
    def due_by_capacity(self) -> float:
        """Return what is due of each unit of capacity."""
        return sum(self.weights) / sum(self.capacities)


class Shares:
    """The shares of all collectors; the cells of `FREE` are nobody's."""

    def __init__(self, ground: Ground, owners: Sequence[int]) -> None:
        self.ground = ground
        self.owners = list(owners)
        self.cells: list[set[int]] = [set() for _ in ground.capacities]
        self.loads = [0.0 for _ in ground.capacities]
        rate = ground.due_by_capacity
        self.due = [capacity * rate for capacity in ground.capacities]
        self.limits = [self.bound(who, ground.allowed) for who in range(len(self.due))]
        for cell, owner in enumerate(self.owners):
            if owner != FREE:
                self.cells[owner].add(cell)
        for owner in range(len(self.loads)):
            self._weigh(owner)

    def give(self, cell: int, to: int) -> None:
        """Give a cell to a collector, whoever had it."""
        former = self.owners[cell]
        self.owners[cell] = to
        for who, act in ((former, set.discard), (to, set.add)):
            if who != FREE:
                act(self.cells[who], cell)
                self._weigh(who)

    def _weigh(self, who: int) -> None:
        # Summed anew in order: a load depends on the share alone, not on how it came to be.
        self.loads[who] = sum(self.ground.weights[cell] for cell in sorted(self.cells[who]))

    def ratio(self, who: int) -> float:
        """Return what a collector has of what is due; 1 where nothing is due to anybody."""
        return self.loads[who] / self.due[who] if self.due[who] else 1.0

    def bound(self, who: int, level: float) -> float:
        """Return the load that is a ratio to what is due."""
        return self.due[who] * level * (1 + SLACK)

    def excess(self, who: int) -> float:
        """Return how much more than is allowed a collector has."""
        return max(0.0, self.loads[who] - self.limits[who])

    def overloaded(self) -> list[int]:
        """Return who has more than is allowed, the heaviest first."""
        found = [who for who in range(len(self.loads)) if self.excess(who) > 0]
        return sorted(found, key=lambda who: (-self.ratio(who), who))

    def owners_beside(self, cell: int) -> list[int]:
        """Return who else has a cell that this one borders on, in order."""
        around = {self.owners[other] for other in self.ground.neighbours[cell]}
        return sorted(around - {FREE, self.owners[cell]})

    def is_removable(self, cell: int, incoming: int | None = None) -> bool:
        """Tell whether a share stays as it hangs together without a cell, once another has come in.

        A fixed cell is not removable, nor is the last one of a share.
        """
        share = self.cells[self.owners[cell]]
        if cell in self.ground.fixed or (len(share) == 1 and incoming is None):
            return False
        rest = share if incoming is None else share | {incoming}
        around = [other for other in self.ground.neighbours[cell] if other in rest]
        if incoming is not None and not self._holds_to(incoming, rest - {cell, incoming}):
            return len(share) == 1
        return len(around) < 2 or self._is_joined(around, rest, cell)

    def _holds_to(self, cell: int, others: Iterable[int]) -> bool:
        return not set(self.ground.neighbours[cell]).isdisjoint(others)

    def _is_joined(self, wanted: Sequence[int], within: set[int], without: int) -> bool:
        """Tell whether cells reach each other within a share, not over one of its cells."""
        missing = set(wanted[1:])
        seen, border = {wanted[0], without}, [wanted[0]]
        while border and missing:
            for other in self.ground.neighbours[border.pop()]:
                if other in within and other not in seen:
                    seen.add(other)
                    missing.discard(other)
                    border.append(other)
        return not missing


def pieces(cells: Iterable[int], neighbours: Sequence[Sequence[int]]) -> list[set[int]]:
    """Return the connected pieces of a set of cells, each with the lowest cell first to come."""
    left = set(cells)
    found = []
    for start in sorted(left):
        if start in left:
            piece = set(_reached(start, left, neighbours))
            left -= piece
            found.append(piece)
    return found


def _reached(start: int, within: set[int], neighbours: Sequence[Sequence[int]]) -> Iterator[int]:
    seen, border = {start}, [start]
    while border:
        cell = border.pop()
        yield cell
        for other in neighbours[cell]:
            if other in within and other not in seen:
                seen.add(other)
                border.append(other)

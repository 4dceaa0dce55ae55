"""Division: a connected piece of ground cut into connected parts, each about what is due.

The piece is cut in two, and each half again. A cut sweeps over the cells in one of several directions and stops where
the weight is due; what the sweep tears off goes to the other half, so both halves are in one piece. Of the directions,
the one that comes nearest to what is due is taken, the shorter cut of two that are as near. Collectors go to the side
on which they are at home.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grid.assign.shares import Ground, pieces

DIRECTIONS = 8
_NEAR = 0.05
"""Cuts that are this near to each other, in parts of what is due to one, are as good."""
_AROUND = 12
"""Pieces of so many cells are small: the sweep tries to stop a cell earlier and later."""


@dataclass(frozen=True)
class Part:
    """Who is to have a part (None: nobody yet), what he can do, and where he is at home, in metres."""

    collector: int | None
    capacity: float
    home: tuple[float, float] | None


def divide(
    ground: Ground, places: NDArray[np.float64], cells: set[int], parts: Sequence[Part]
) -> list[tuple[Part, set[int]]]:
    """Return the cells of each part; nobody gets none while there are enough."""
    weights = _levelled(ground, cells, len(parts))
    done: list[tuple[Part, set[int]]] = []
    left = [(cells, list(parts))]
    while left:
        piece, wanted = left.pop()
        if len(wanted) == 1:
            done.append((wanted[0], piece))
        elif len(piece) <= len(wanted):
            done.extend((part, {cell}) for part, cell in zip(wanted, sorted(piece), strict=False))
        else:
            left.extend(_Sweep(ground, weights, places, sorted(piece), wanted).best())
    return done


def _levelled(ground: Ground, cells: set[int], parts: int) -> dict[int, float]:
    """Return weights of which none is more than a part's due: a cell too heavy for anybody costs its own part only."""
    weights = {cell: ground.weights[cell] for cell in sorted(cells)}
    level, former = sum(weights.values()) / parts, math.inf
    while level < former * (1 - 1e-9):
        level, former = sum(min(weight, level) for weight in weights.values()) / parts, level
    return {cell: min(weight, level) for cell, weight in weights.items()}


Halves = list[tuple[set[int], list[Part]]]


@dataclass(frozen=True)
class _Sweep:
    ground: Ground
    weights: Mapping[int, float]
    places: NDArray[np.float64]
    cells: list[int]
    parts: list[Part]

    def best(self) -> Halves:
        """Return the best cut into two halves, each with its parts."""
        ranked: list[tuple[tuple[float, ...], Halves]] = []
        for step in range(DIRECTIONS):
            angle = math.pi * step / DIRECTIONS
            ranked.extend(self._cuts(np.array([math.cos(angle), math.sin(angle)]), step))
        return min(ranked, key=lambda found: found[0])[1]

    def _cuts(self, direction: NDArray[np.float64], step: int) -> list[tuple[tuple[float, ...], Halves]]:
        order = np.argsort(self.places[self.cells] @ direction, kind="stable")
        swept = [self.cells[index] for index in order.tolist()]
        low, high = self._sides(direction)
        weights = np.cumsum([self.weights[cell] for cell in swept])
        if weights[-1] == 0:
            weights = np.arange(1.0, len(swept) + 1)
        due = float(weights[-1]) * _capacity(low) / (_capacity(low) + _capacity(high))
        stop = int(np.searchsorted(weights, due)) + 1
        stops = range(stop - 2, stop + 2) if len(swept) <= _AROUND * 2 else (stop - 1, stop)
        kept = {min(max(one, len(low)), len(swept) - len(high)) for one in stops}
        return [self._cut(swept, one, (low, high), step) for one in sorted(kept)]

    def _sides(self, direction: NDArray[np.float64]) -> tuple[list[Part], list[Part]]:
        middle = self.places[self.cells].mean(axis=0)
        along = [float(np.dot(part.home or middle, direction)) for part in self.parts]
        ordered = [self.parts[index] for index in np.argsort(along, kind="stable").tolist()]
        return ordered[: len(ordered) // 2], ordered[len(ordered) // 2 :]

    def _cut(
        self, swept: list[int], stop: int, sides: tuple[list[Part], list[Part]], step: int
    ) -> tuple[tuple[float, ...], Halves]:
        one, other = self._joined(set(swept[:stop]), set(swept[stop:]))
        low, high = sides
        total = _capacity(low) + _capacity(high)
        shares = (self._weight(one), self._weight(other))
        each = sum(shares) / total
        off = abs(shares[0] - each * _capacity(low)) / (each * total / len(self.parts)) if each else 0.0
        scarce = max(0, len(low) - len(one)) + max(0, len(high) - len(other))
        crossing = sum(1 for cell in one for beside in self.ground.neighbours[cell] if beside in other)
        return (scarce, math.floor(off / _NEAR), crossing, step, stop), [(one, low), (other, high)]

    def _joined(self, one: set[int], other: set[int]) -> tuple[set[int], set[int]]:
        """Return both halves in one piece each: their smaller pieces change sides."""
        core = max(pieces(one, self.ground.neighbours), key=self._size)
        rest = max(pieces((one | other) - core, self.ground.neighbours), key=self._size)
        return (one | other) - rest, rest

    def _size(self, cells: set[int]) -> tuple[float, int, int]:
        return self._weight(cells), len(cells), -min(cells)

    def _weight(self, cells: set[int]) -> float:
        return sum(self.weights[cell] for cell in sorted(cells))


def _capacity(parts: Sequence[Part]) -> float:
    return sum(part.capacity for part in parts)

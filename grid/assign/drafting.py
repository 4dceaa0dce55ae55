"""A proposal in the making: the shares, and why each cell left its present holder."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from grid.assign.adjacency import neighbours, places, project
from grid.assign.problem import Cause, Change, Collector, Problem
from grid.assign.shares import FREE, Ground, Shares
from grid.cells import Cell, bounds

_PASSING: tuple[Cause, ...] = ("balance", "idle")
"""Causes that a later one takes the place of: the first of the others is why a cell did not stay."""


@dataclass(frozen=True)
class Reason:
    """Why a cell moves; `about` is the collector whose load it is, `ratio` what he had of what is due."""

    cause: Cause
    about: int | None = None
    ratio: float | None = None


@dataclass
class Draft:
    """Cells, collectors and shares by index, in order of code and of name; `present` is who holds each cell now."""

    problem: Problem
    cells: list[Cell]
    team: list[Collector]
    ground: Ground
    places: NDArray[np.float64]
    shares: Shares
    present: tuple[int, ...]
    reasons: dict[int, Reason] = field(default_factory=dict)

    @classmethod
    def of(cls, problem: Problem) -> Draft:
        """Begin with what is now."""
        cells = sorted(problem.cells, key=lambda cell: cell.code)
        team = sorted(problem.collectors, key=lambda collector: collector.name)
        ground = Ground(
            neighbours=neighbours(cells),
            weights=[float(problem.weights[cell.code]) for cell in cells],
            capacities=[float(collector.capacity) for collector in team],
            fixed=frozenset(index for index, cell in enumerate(cells) if cell.code in problem.fixed),
            allowed=problem.allowed,
        )
        number = {collector.name: index for index, collector in enumerate(team)}
        owners = tuple(number.get(problem.present.get(cell.code, ""), FREE) for cell in cells)
        return cls(problem, cells, team, ground, places(cells), Shares(ground, owners), owners)

    def names(self) -> list[str]:
        """Return the collectors' names by index."""
        return [collector.name for collector in self.team]

    def weight(self, cells: Iterable[int]) -> float:
        """Return what cells weigh together."""
        return sum(self.ground.weights[cell] for cell in sorted(cells))

    def heaviest_first(self, pieces: Iterable[set[int]]) -> list[set[int]]:
        """Return pieces of ground in order of weight."""
        return sorted(pieces, key=lambda piece: (-self.weight(piece), min(piece)))

    def homes(self) -> dict[int, tuple[float, float]]:
        """Return where collectors are at home, in the metres of `places`; without those of whom it is not known."""
        west, south, _, north = bounds(self.cells)
        known = [(who, one.home) for who, one in enumerate(self.team) if one.home is not None]
        if not known:
            return {}
        spots = project(np.array([home for _, home in known]), west, south, north).tolist()
        return {who: (x, y) for (who, _), (x, y) in zip(known, spots, strict=True)}

    def give(self, cell: int, to: int, cause: Cause, about: int | None = None) -> None:
        """Give a cell to somebody, for a reason."""
        self.shares.give(cell, to)
        self.note(cell, Reason(cause, about))

    def take_up(self, cell: int, to: int) -> None:
        """Give a free cell to somebody: nobody held it, or its holder is not there."""
        held = self.problem.present.get(self.cells[cell].code)
        self.give(cell, to, "absent" if held else "free")

    def note(self, cell: int, reason: Reason) -> None:
        """Note why a cell moves, unless it had to go anyway."""
        if cell not in self.reasons or self.reasons[cell].cause in _PASSING:
            self.reasons[cell] = reason

    def changes(self) -> tuple[Change, ...]:
        """Return what differs from what is now, with the reasons."""
        return tuple(self._change(cell) for cell, owner in enumerate(self.shares.owners) if owner != self.present[cell])

    def _change(self, cell: int) -> Change:
        reason, code = self.reasons[cell], self.cells[cell].code
        about = self.team[reason.about].name if reason.about is not None else None
        after = self.team[self.shares.owners[cell]].name
        return Change(code, self.problem.present.get(code), after, reason.cause, about, reason.ratio)

"""What a proposal is asked for, and what it answers: who is there, what there is to do, who works what now."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from grid.cells import Cell
from grid.errors import GridError

ALLOWED = 1.10
"""How much more than is due one collector may have: the largest over the mean."""

Cause = Literal["fixed", "free", "absent", "apart", "balance", "idle"]
"""Why a cell changes hands: asked for; nobody holds it; its holder is not there; it lies apart from the rest of his;
somebody has too much; somebody has next to nothing."""
Hindrance = Literal["heavy_cell", "fixed", "island", "torn", "locked", "idle"]
"""What prevents balance or contiguity: one cell that is too much for anybody; pairs that were asked for; cells that
border on no other; a share that stays in pieces; cells no exchange of which relieves their collector; no cell left."""


@dataclass(frozen=True)
class Collector:
    """Somebody who may work cells: what he can do (days, say; any unit), and the place he is usually at (lon, lat)."""

    name: str
    capacity: float = 1.0
    home: tuple[float, float] | None = None


@dataclass(frozen=True)
class Problem:
    """Cells with their weights, collectors, who holds what now, and the pairs that are to be.

    Holders who are not among the collectors are not there: their cells go to others.
    """

    cells: Sequence[Cell]
    weights: Mapping[str, float]
    collectors: Sequence[Collector]
    present: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    allowed: float = ALLOWED

    def __post_init__(self) -> None:
        """Refuse what no proposal can be made of.

        Raises: GridError, naming the collector, the cell or the pair.
        """
        names = [collector.name for collector in self.collectors]
        if not names or len(set(names)) != len(names):
            raise GridError(
                "there is none, or one twice",
                "collectors",
                "name each collector once, and at least one",
                "每位采集员只能写一次，至少一位",
            )
        for collector in self.collectors:
            if not (math.isfinite(collector.capacity) and collector.capacity > 0):
                raise GridError(
                    f"the capacity is {collector.capacity}",
                    f"collector {collector.name}",
                    "leave out who cannot work",
                    "请去掉不能工作的采集员",
                )
        for cell in self.cells:
            _check_weight(cell.code, self.weights.get(cell.code))
        self._check_fixed(set(names))
        if not self.allowed >= 1:
            raise GridError(
                f"it is {self.allowed}", "largest over mean", "allow at least 1, 1.1 say", "最大与平均之比至少为 1"
            )

    def _check_fixed(self, names: set[str]) -> None:
        codes = {cell.code for cell in self.cells}
        for code, name in self.fixed.items():
            if code not in codes:
                raise GridError(
                    "it is not among the cells",
                    f"fixed cell {code}",
                    "fix cells of the area only",
                    f"网格 {code} 不在该区域内，不能固定",
                )
            if name not in names:
                raise GridError(
                    f"{name!r} is not among the collectors",
                    f"fixed cell {code}",
                    "fix it to somebody who can work",
                    f"{name} 不能工作，请固定给他人",
                )


@dataclass(frozen=True)
class Change:
    """A cell that changes hands: from whom (None: nobody), to whom, and why.

    `about` is the collector whose load is the reason, `ratio` what he had of what is due.
    """

    cell: str
    before: str | None
    after: str
    cause: Cause
    about: str | None = None
    ratio: float | None = None


@dataclass(frozen=True)
class Obstacle:
    """What prevents balance or contiguity: the cells, whom it concerns, and what he has of what is due."""

    kind: Hindrance
    cells: tuple[str, ...]
    collector: str | None
    ratio: float | None


@dataclass(frozen=True)
class Figures:
    """How good an assignment is.

    `largest_over_mean` is of load by capacity, `largest` who has it; `idle` are collectors without a cell,
    `unheld` cells that nobody who is there holds, `torn` the collectors whose cells are not in one piece.
    """

    largest_over_mean: float
    largest: str | None
    idle: int
    unheld: int
    torn: int


@dataclass(frozen=True)
class Proposal:
    """Who would work which cell, what changes and why, the figures before and after, and what stands in the way."""

    holders: Mapping[str, str]
    changes: tuple[Change, ...]
    loads: Mapping[str, tuple[float, float]]
    before: Figures
    after: Figures
    obstacles: tuple[Obstacle, ...]


def _check_weight(code: str, weight: float | None) -> None:
    if weight is None or not math.isfinite(weight) or weight < 0:
        raise GridError(f"its weight is {weight}", f"cell {code}", "give it a number of at least 0", "工作量须为非负数")

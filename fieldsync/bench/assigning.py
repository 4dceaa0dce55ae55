"""Proposals of who works which cell, in this process: from nothing, and after some collectors have left."""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry import MultiPoint, box

from fieldsync.bench.work import Watch, Work
from grid import Cell
from grid.assign import Collector, Problem, Proposal, propose

_SEED = 20261101
_LON, _LAT = 0.002, 0.0018
"""Degrees a cell is wide and high on average: about 200 m."""


def measure_proposals(cells: int, collectors: int) -> list[Work]:
    """Propose for a city of so many cells from nothing, then again with every twentieth collector gone."""
    town, weights = _town(cells)
    team = [Collector(f"collector-{number:05}") for number in range(collectors)]
    first, one = _measured("proposal", Problem(town, weights, team))
    left = [collector for number, collector in enumerate(team) if number % 20] or team
    _, other = _measured("proposal-after-leavers", Problem(town, weights, left, present=first.holders))
    return [one, other]


def _measured(name: str, problem: Problem) -> tuple[Proposal, Work]:
    watch = Watch()
    found = propose(problem)
    work = watch.work(
        name,
        len(problem.cells),
        f"cells among {len(problem.collectors):,} collectors",
        largest_over_mean=round(found.after.largest_over_mean, 4),
        changes=len(found.changes),
        torn=found.after.torn,
        named=len(found.obstacles),
    )
    return found, work


def _town(count: int) -> tuple[list[Cell], dict[str, float]]:
    """Return about so many Voronoi cells, with weights from 300 to 700."""
    chance = np.random.default_rng(_SEED)
    side = max(2, round(count**0.5))
    corners = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1).reshape(-1, 2)
    points = MultiPoint(corners + 0.5 + chance.uniform(-0.4, 0.4, corners.shape))
    outline = box(0, 0, side, side)
    faces = shapely.intersection(shapely.get_parts(shapely.voronoi_polygons(points, extend_to=outline)), outline)
    placed = shapely.transform(faces, lambda steps: np.round(steps * (_LON, _LAT) + (104.0, 30.0), 7))
    codes = [f"{510107001001 + number // 900}{number % 900 + 1:03}" for number in range(len(placed))]
    cells = [Cell(code, code, face, {}) for code, face in zip(codes, placed, strict=True)]
    return cells, dict(zip(codes, chance.uniform(300, 700, len(codes)).tolist(), strict=True))

"""A first proposal of who works which cells: near one another, and about the same work for everyone.

Deliberately simple. Cells are put in the order in which a Hilbert curve passes them, which keeps neighbours
together, and the order is cut where the weight is due. The shares are near-contiguous, not guaranteed contiguous;
present assignments, absences and the way on foot are not considered.

Source: Hilbert curve index after Warren, Hacker's Delight, 2nd ed., section 16-2.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import shapely

from grid.cells import Cell, bounds
from grid.errors import GridError

_ORDER = 16
"""Steps of the curve: 65,536 a side, about a metre on a city."""


def propose(cells: Sequence[Cell], weights: Mapping[str, float], collectors: Sequence[str]) -> dict[str, str]:
    """Return the collector of each cell, by code, balanced by weight (households, say; any unit).

    Nobody is left without a cell while there are as many cells as collectors. Deterministic: independent of the
    order of the cells; collectors take their shares along the curve in the order given.

    Raises: GridError when there is no collector, one is there twice, or a cell's weight is missing or negative.
    """
    if not collectors or len(set(collectors)) != len(collectors):
        raise GridError("there is none, or one twice", "collectors", "name each collector once, and at least one")
    ordered = _along_curve(cells)
    cuts = _cuts([_weight(cell.code, weights) for cell in ordered], min(len(collectors), len(ordered)))
    return {
        cell.code: collector
        for collector, (start, end) in zip(collectors, pairwise(cuts), strict=False)
        for cell in ordered[start:end]
    }


def _weight(code: str, weights: Mapping[str, float]) -> float:
    weight = weights.get(code)
    if weight is None or not math.isfinite(weight) or weight < 0:
        raise GridError(f"its weight is {weight}", f"cell {code}", "give it a number of at least 0")
    return float(weight)


def _cuts(weights: Sequence[float], shares: int) -> list[int]:
    """Return where each share begins, and the end.

    Each share takes what is due of the weight still there: the cells whose middle falls in it, at least one, and
    leaves one for each share to come. So one heavy cell costs its own share only.
    """
    ends = np.cumsum(weights) if sum(weights) else np.arange(1.0, len(weights) + 1)
    middles = ends - np.diff(ends, prepend=0.0) / 2.0
    cuts = [0]
    for left in range(shares, 1, -1):
        start = cuts[-1]
        before = ends[start - 1] if start else 0.0
        cut = int(np.searchsorted(middles, before + (ends[-1] - before) / left))
        cuts.append(min(max(cut, start + 1), len(weights) - left + 1))
    return [*cuts, len(weights)]


def _along_curve(cells: Sequence[Cell]) -> list[Cell]:
    if not cells:
        return []
    west, south, east, north = bounds(cells)
    side = max(east - west, north - south) or 1.0
    places = shapely.get_coordinates(shapely.point_on_surface([cell.geometry for cell in cells]))
    steps = ((places - (west, south)) / side * ((1 << _ORDER) - 1)).astype(int).tolist()
    keyed = sorted(
        (_hilbert(x, y), cell.code, index) for index, ((x, y), cell) in enumerate(zip(steps, cells, strict=True))
    )
    return [cells[index] for _, _, index in keyed]


def _hilbert(x: int, y: int) -> int:
    """Return how far along the curve a square lies, counted from its south-west corner."""
    distance = 0
    for bit in range(_ORDER - 1, -1, -1):
        right, up = x >> bit & 1, y >> bit & 1
        distance = distance << 2 | (3 * right ^ up)
        if not up:
            if right:
                x, y = ~x, ~y
            x, y = y, x
    return distance

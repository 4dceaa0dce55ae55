"""How far one walks from building to building: an estimate, from where they stand. Pure.

The shortest tree that joins the buildings (Prim), times a factor: on points spread at random a round is about 1.13
times as long as the tree, and streets are about 1.25 times as long as straight lines. Source: for the tree and the
round, the constants 0.633 and 0.7124 of sqrt(n area), Finch, "Mathematical Constants", section 8.5.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from grid.metres import metres_per_degree

ROUND_OVER_TREE = 1.13
STREETS_OVER_LINES = 1.25


def walk_m(points: Sequence[tuple[float, float]]) -> float:
    """Return metres on foot around points (lon, lat); 0 for fewer than two."""
    places = np.unique(np.array(points, dtype=float).reshape(-1, 2), axis=0)
    if len(places) < 2:
        return 0.0
    metres = (places - places[0]) * metres_per_degree(float(places[:, 1].mean()))
    return ROUND_OVER_TREE * STREETS_OVER_LINES * _tree_m(metres)


def _tree_m(metres: NDArray[np.float64]) -> float:
    """Return the length of the shortest tree over (n, 2) places; n steps of n comparisons."""
    nearest = np.hypot(*(metres - metres[0]).T)
    is_joined = np.zeros(len(metres), dtype=bool)
    is_joined[0] = True
    total = 0.0
    for _ in range(len(metres) - 1):
        chosen = int(np.argmin(np.where(is_joined, np.inf, nearest)))
        total += float(nearest[chosen])
        is_joined[chosen] = True
        nearest = np.minimum(nearest, np.hypot(*(metres - metres[chosen]).T))
    return total

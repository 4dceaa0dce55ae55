"""Divide ground into plots by cuts that end on one another, as a city's roads do.

A piece of ground is cut in two, again and again, by lines that run about along an axis of street space. A cut
divides the weight that lies on the ground, not its area, so that plots are small where much lies. Of several
possible cuts the one is taken that leaves the roundest pieces with each plot near its place; a little chance keeps
the result from looking drawn by rule. Pure: the chance is passed in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import NewType

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, Point
from shapely.geometry.base import BaseGeometry
from shapely.ops import split

from fieldsync.sample.streetspace import Points, lay_back

PlotKey = NewType("PlotKey", str)

_TILT = 0.16
"""How far, in radians, a cut may turn away from an axis."""
_FAR_M = 100_000.0
_MISPLACED = 0.004
"""What a metre by which a plot's place lies beyond the cut costs, in units of roundness."""
_CHANCE = 0.2


@dataclass(frozen=True)
class Plot:
    """What is to get a piece of ground: its share, and where in street space it should lie, if anywhere."""

    key: PlotKey
    share: float
    place: tuple[float, float] | None = None


@dataclass(frozen=True)
class Ground:
    """A polygon in street space, and the weight that lies on it, at points (n, 2) with weights (n,)."""

    polygon: BaseGeometry
    points: Points
    weights: NDArray[np.float64]

    def part(self, polygon: BaseGeometry) -> Ground:
        """Return the ground inside a polygon."""
        inside = shapely.contains_xy(polygon, self.points)
        return Ground(polygon, self.points[inside], self.weights[inside])


@dataclass(frozen=True)
class Division:
    """The ground of each plot, and the cuts between them, in street space."""

    grounds: dict[PlotKey, Ground]
    cuts: tuple[LineString, ...] = ()


@dataclass(frozen=True)
class Cut:
    """A way to divide a ground: the plots and the polygon on either side of a line."""

    line: LineString
    plots: tuple[Sequence[Plot], Sequence[Plot]]
    sides: tuple[BaseGeometry, BaseGeometry]

    def cost(self) -> float:
        """Return how far from round the pieces are, and how far plots come to lie from their places."""
        shapes = [lay_back(side) for side in self.sides]
        roundness = max(shape.length**2 / shape.area for shape in shapes) / (4.0 * np.pi)
        misplaced_m = sum(
            side.distance(Point(plot.place))
            for plots, side in zip(self.plots, self.sides, strict=True)
            for plot in plots
            if plot.place is not None
        )
        return float(roundness + _MISPLACED * misplaced_m)


def divide(ground: Ground, plots: Sequence[Plot], rng: np.random.Generator) -> Division:
    """Return the ground of each plot: connected, with its share of the weight.

    Raises: ValueError when no cut leaves two connected pieces.
    """
    if len(plots) == 1:
        return Division({plots[0].key: ground})
    cuts = [(cut.cost() * rng.uniform(1.0, 1.0 + _CHANCE), cut) for cut in _cuts(ground, plots, rng)]
    if not cuts:
        raise ValueError(f"no cut divides the ground of {plots[0].key} and {len(plots) - 1} more; try another seed")
    best = min(cuts, key=itemgetter(0))[1]
    first, second = (divide(ground.part(side), part, rng) for part, side in zip(best.plots, best.sides, strict=True))
    return Division(first.grounds | second.grounds, (best.line, *first.cuts, *second.cuts))


def _cuts(ground: Ground, plots: Sequence[Plot], rng: np.random.Generator) -> Iterator[Cut]:
    for axis in (0.0, np.pi / 2.0):
        for tilt in rng.uniform(-_TILT, _TILT, 3):
            normal = np.array([np.cos(axis + tilt), np.sin(axis + tilt)])
            ordered = _ordered(plots, normal)
            for first in _divisions(ordered):
                line = _line(ground, normal, _share(ordered, first))
                pieces = sorted(split(ground.polygon, line).geoms, key=lambda piece: _along(piece.centroid, normal))
                if len(pieces) == 2:
                    chord = line.intersection(ground.polygon)
                    yield Cut(chord, (ordered[:first], ordered[first:]), (pieces[0], pieces[1]))


def _ordered(plots: Sequence[Plot], normal: Points) -> Sequence[Plot]:
    return sorted(plots, key=lambda plot: 0.0 if plot.place is None else float(normal @ plot.place))


def _share(plots: Sequence[Plot], first: int) -> float:
    return sum(plot.share for plot in plots[:first]) / sum(plot.share for plot in plots)


def _divisions(plots: Sequence[Plot]) -> list[int]:
    """Return the numbers of plots that may lie on the first side: about half the weight, never a thin strip."""
    shares = {first: _share(plots, first) for first in range(1, len(plots))}
    closest = min(shares, key=lambda first: abs(shares[first] - 0.5))
    return sorted({closest} | {first for first, share in shares.items() if 0.36 <= share <= 0.64})


def _line(ground: Ground, normal: Points, share: float) -> LineString:
    """Return the line across a direction that has this share of the weight before it."""
    along = ground.points @ normal
    order = np.argsort(along, kind="stable")
    due = np.searchsorted(np.cumsum(ground.weights[order]), share * ground.weights.sum())
    through, direction = normal * along[order[due]], np.array([-normal[1], normal[0]])
    return LineString([through - _FAR_M * direction, through + _FAR_M * direction])


def _along(point: Point, normal: Points) -> float:
    return float(normal @ (point.x, point.y))

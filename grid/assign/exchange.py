"""Exchange: cells wander from who has too much to who has room, each share staying in one piece.

A chain begins at a collector with too much: he gives a cell to a neighbour, who gives one of his to a neighbour of his,
until somebody has room, or the first one gets a lighter cell back. Nobody on the way ends with more than is allowed, or
more than he had; where no such chain is found, with less at least than the first one had. So the loads in order, the
largest first, fall with each chain, and the search ends; where it ends depends on the shares alone, hence what it left
is left alone the next time. The shortest chain is taken: few cells change hands.

Source: ejection chains, Glover, "Ejection chains, reference structures and alternating path methods for traveling
salesman problems", Discrete Applied Mathematics 65 (1996).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from grid.assign.shares import FREE, Shares

LONGEST = 8
"""Steps of a chain at most."""
LOOKED_AT = 4000
"""Ends of chains that a search looks at, at most."""
LEAST_GAIN = 0.01
"""By how much of what is due a chain lowers the largest load on it, where it cannot reach what is allowed."""
LEAST = 0.5
"""Who has less of what is due gets more, if it can be had without making another one poor."""


@dataclass(frozen=True)
class Step:
    """A cell given to somebody."""

    cell: int
    to: int


@dataclass(frozen=True)
class _End:
    """The end of a chain: who holds it, the cell that came in, and how it got there."""

    who: int
    incoming: int | None
    before: _End | None

    def path(self) -> list[_End]:
        ends: list[_End] = []
        end: _End | None = self
        while end is not None:
            ends.append(end)
            end = end.before
        return ends[::-1]

    def steps(self) -> list[Step]:
        return [Step(end.incoming, end.who) for end in self.path() if end.incoming is not None]


def chain_from(shares: Shares, source: int, level: float) -> list[Step] | None:
    """Return the shortest chain found that relieves a collector, or None.

    Nobody else ends above `level`, a ratio to what is due, unless he was there and has no more than before.
    """
    queue = deque([_End(source, None, None)])
    seen: set[tuple[int, int]] = set()
    while queue and len(seen) < LOOKED_AT:
        end = queue.popleft()
        path = end.path()
        on_path = {one.who for one in path}
        for cell in _givable(shares, end, level):
            for to in shares.owners_beside(cell):
                if to == source and _closes(shares, path, cell):
                    return [*end.steps(), Step(cell, to)]
                if to in on_path or (to, cell) in seen:
                    continue
                if shares.loads[to] + shares.ground.weights[cell] <= shares.bound(to, level):
                    return [*end.steps(), Step(cell, to)]
                seen.add((to, cell))
                if len(path) < LONGEST:
                    queue.append(_End(to, cell, end))
    return None


def _givable(shares: Shares, end: _End, level: float) -> list[int]:
    """Return what the holder of an end may pass on, what leaves him nearest to what is due first."""
    weights, who = shares.ground.weights, end.who
    load = shares.loads[who] + (weights[end.incoming] if end.incoming is not None else 0.0)
    bound = max(shares.bound(who, level), shares.loads[who])
    fitting = [
        (abs(load - weights[cell] - shares.due[who]), cell)
        for cell in shares.cells[who]
        if weights[cell] > 0 and (end.incoming is None or load - weights[cell] <= bound)
    ]
    at_the_border = (cell for _, cell in sorted(fitting) if shares.owners_beside(cell))
    return [cell for cell in at_the_border if shares.is_removable(cell, end.incoming)]


def _closes(shares: Shares, path: list[_End], cell: int) -> bool:
    """Tell whether a cell given back to where the chain began leaves him with less than he had, in one piece."""
    if len(path) < 2:
        return False
    weights, first = shares.ground.weights, path[1].incoming
    assert first is not None
    share = shares.cells[path[0].who] - {first}
    lighter = weights[cell] < weights[first] * (1 - 1e-6)
    return lighter and not share.isdisjoint(shares.ground.neighbours[cell])


def relieve(shares: Shares) -> Iterator[tuple[int, float, list[Step]]]:
    """Carry out chains until nobody can be relieved; yields who was, what he had of what is due, and the chain."""
    stuck: set[int] = set()
    while waiting := [who for who in shares.overloaded() if who not in stuck]:
        progress = False
        for who in waiting:
            ratio = shares.ratio(who)
            chain = _best_chain(shares, who)
            if chain is None:
                stuck.add(who)
                continue
            for step in chain:
                shares.give(step.cell, step.to)
            progress = True
            yield who, ratio, chain
        if progress:
            stuck.clear()


def _best_chain(shares: Shares, who: int) -> list[Step] | None:
    """Return a chain that leaves everybody with what is allowed, or else with less than the first one had."""
    ratio, allowed = shares.ratio(who), shares.ground.allowed
    if shares.excess(who) == 0:
        return None
    levels = [allowed, *(level for level in ((allowed + ratio) / 2, ratio - LEAST_GAIN) if level > allowed)]
    return next((chain for level in levels if (chain := chain_from(shares, who, level))), None)


def nourish(shares: Shares) -> Iterator[tuple[int, float, Step]]:
    """Give cells to who has next to nothing; yields who, what he had of what is due, and the cell."""
    done = False
    while not done:
        done = True
        for who in range(len(shares.loads)):
            ratio = shares.ratio(who)
            cell = _morsel(shares, who) if ratio < LEAST or not shares.cells[who] else None
            if cell is not None:
                shares.give(cell, who)
                done = False
                yield who, ratio, Step(cell, who)


def _morsel(shares: Shares, who: int) -> int | None:
    """Return the cell that a poor collector gets: of the neighbour, or for who has nothing of anybody, with most."""
    weights = shares.ground.weights
    if shares.cells[who]:
        around = {other for cell in shares.cells[who] for other in shares.ground.neighbours[cell]}
        offered = [cell for cell in around if shares.owners[cell] not in (who, FREE)]
    else:
        offered = list(range(len(weights)))
    ranked = sorted(offered, key=lambda cell: (-shares.ratio(shares.owners[cell]), cell))
    return next((cell for cell in ranked if _is_bearable(shares, cell, who)), None)


def _is_bearable(shares: Shares, cell: int, who: int) -> bool:
    giver, weight = shares.owners[cell], shares.ground.weights[cell]
    is_idle = not shares.cells[who]
    fits = shares.loads[who] + weight <= shares.limits[who] or is_idle
    left = (shares.loads[giver] - weight) / shares.due[giver] if shares.due[giver] else 1.0
    rich = left >= LEAST or (is_idle and len(shares.cells[giver]) > 1)
    return fits and (weight > 0 or is_idle) and rich and shares.is_removable(cell)

"""How good shares are, and what stands in the way of better ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grid.assign.problem import Figures, Obstacle
from grid.assign.shares import FREE, Shares, pieces


def figures(shares: Shares, names: Sequence[str]) -> Figures:
    """Return the figures of shares as they are."""
    ratios = [shares.ratio(who) for who in range(len(shares.loads))]
    largest = max(range(len(ratios)), key=ratios.__getitem__)
    return Figures(
        largest_over_mean=ratios[largest],
        largest=names[largest],
        idle=sum(1 for share in shares.cells if not share),
        unheld=shares.owners.count(FREE),
        torn=sum(1 for share in shares.cells if len(pieces(share, shares.ground.neighbours)) > 1),
    )


def obstacles(shares: Shares, codes: Sequence[str], names: Sequence[str]) -> Iterator[Obstacle]:
    """Yield what prevents balance, the worst first, then what prevents contiguity, then who is left without a cell."""
    for who in shares.overloaded():
        yield _burden(shares, who, codes, names[who])
    for who, share in enumerate(shares.cells):
        found = pieces(share, shares.ground.neighbours)
        for piece in sorted(found, key=lambda one: (-len(one), min(one)))[1:]:
            alone = not any(shares.owners_beside(cell) for cell in piece)
            yield Obstacle("island" if alone else "torn", _named(piece, codes), names[who], None)
        if not share:
            yield Obstacle("idle", (), names[who], 0.0)


def _burden(shares: Shares, who: int, codes: Sequence[str], name: str) -> Obstacle:
    """Name why a collector has too much: the first of these that holds."""
    ground, share, ratio = shares.ground, shares.cells[who], shares.ratio(who)
    heavy = {cell for cell in share if ground.weights[cell] > shares.limits[who]}
    if heavy:
        return Obstacle("heavy_cell", _named(heavy, codes), name, ratio)
    fixed = share & ground.fixed
    if sum(ground.weights[cell] for cell in fixed) > shares.limits[who]:
        return Obstacle("fixed", _named(fixed, codes), name, ratio)
    if not any(shares.owners_beside(cell) for cell in share):
        return Obstacle("island", _named(share, codes), name, ratio)
    return Obstacle("locked", _named(share, codes), name, ratio)


def _named(cells: set[int], codes: Sequence[str]) -> tuple[str, ...]:
    return tuple(codes[cell] for cell in sorted(cells))

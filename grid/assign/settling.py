"""Settling: what nobody who is there holds gets a holder, before loads are looked at."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence

import numpy as np
import shapely

from grid.assign.division import Part, divide
from grid.assign.drafting import Draft
from grid.assign.shares import FREE, pieces


def settle(draft: Draft) -> None:
    """Give every cell a holder; a draft whose cells have theirs, each share in one piece, stays as it is."""
    _place_fixed(draft)
    _free_what_lies_apart(draft)
    _settle_the_idle(draft)
    _grow(draft)


def _place_fixed(draft: Draft) -> None:
    number = {name: index for index, name in enumerate(draft.names())}
    for cell in sorted(draft.ground.fixed):
        wanted = number[draft.problem.fixed[draft.cells[cell].code]]
        if draft.shares.owners[cell] != wanted:
            draft.give(cell, wanted, "fixed")


def _free_what_lies_apart(draft: Draft) -> None:
    """Free the pieces of a share beside its heaviest, where they border on somebody else and hold nothing fixed."""
    shares, ground = draft.shares, draft.ground
    for who, share in enumerate(shares.cells):
        for piece in draft.heaviest_first(pieces(share, ground.neighbours))[1:]:
            if piece.isdisjoint(ground.fixed) and any(shares.owners_beside(cell) for cell in piece):
                for cell in sorted(piece):
                    draft.give(cell, FREE, "apart", who)


def _settle_the_idle(draft: Draft) -> None:
    """Divide the free ground: as many parts as are due, of which those who have nothing get the ones near to them."""
    free = [cell for cell, owner in enumerate(draft.shares.owners) if owner == FREE]
    idle = [who for who, share in enumerate(draft.shares.cells) if not share]
    fields = draft.heaviest_first(pieces(free, draft.ground.neighbours))
    homes = draft.homes()
    for piece in fields:
        near = _nearest(draft, piece, idle, homes)
        due = _parts_due(draft, piece, len(idle))
        near = near[: len(piece) if len(fields) == 1 else min(due, len(piece))]
        idle = [who for who in idle if who not in near]
        if near:
            _divide_among(draft, piece, [_part(draft, who, homes) for who in near], due)


def _parts_due(draft: Draft, piece: set[int], otherwise: int) -> int:
    each = sum(draft.ground.weights) / len(draft.team)
    return max(1, round(draft.weight(piece) / each)) if each else max(1, otherwise)


def _part(draft: Draft, who: int, homes: Mapping[int, tuple[float, float]]) -> Part:
    return Part(who, draft.ground.capacities[who], homes.get(who))


def _divide_among(draft: Draft, piece: set[int], parts: Sequence[Part], due: int) -> None:
    """Divide a piece into the parts that are due; those that are nobody's yet stay free."""
    capacities = draft.ground.capacities
    spare = [Part(None, sum(capacities) / len(capacities), None)] * (min(due, len(piece)) - len(parts))
    for part, cells in divide(draft.ground, draft.places, piece, [*parts, *spare]):
        if part.collector is not None:
            for cell in sorted(cells):
                draft.take_up(cell, part.collector)


def _nearest(draft: Draft, piece: set[int], idle: Sequence[int], homes: Mapping[int, tuple[float, float]]) -> list[int]:
    middle = draft.places[sorted(piece)].mean(axis=0)
    distances = {who: float(np.hypot(*(np.array(homes[who]) - middle))) for who in idle if who in homes}
    return sorted(idle, key=lambda who: (distances.get(who, 0.0), who))


def _grow(draft: Draft) -> None:
    """Give each free cell to the neighbour who would have the least of what is due; islands to who is nearest."""
    while free := {cell for cell, owner in enumerate(draft.shares.owners) if owner == FREE}:
        offers = [_offer(draft, cell, to) for cell in sorted(free) for to in draft.shares.owners_beside(cell)]
        if offers:
            _take_offers(draft, offers)
        else:
            _to_the_nearest(draft, min(pieces(free, draft.ground.neighbours), key=min))


def _take_offers(draft: Draft, offers: list[tuple[float, int, int]]) -> None:
    owners = draft.shares.owners
    heapq.heapify(offers)
    while offers:
        after, cell, to = heapq.heappop(offers)
        if owners[cell] != FREE:
            continue
        renewed = _offer(draft, cell, to)
        if renewed[0] > after:
            heapq.heappush(offers, renewed)
            continue
        draft.take_up(cell, to)
        for beside in draft.ground.neighbours[cell]:
            if owners[beside] == FREE:
                heapq.heappush(offers, _offer(draft, beside, to))


def _offer(draft: Draft, cell: int, to: int) -> tuple[float, int, int]:
    shares = draft.shares
    load = shares.loads[to] + draft.ground.weights[cell]
    return (load / shares.due[to] if shares.due[to] else float(len(shares.cells[to])), cell, to)


def _to_the_nearest(draft: Draft, island: set[int]) -> None:
    """Give ground that borders on nobody to whose cells are nearest, or to the first where nobody has any."""
    owners = draft.shares.owners
    held = [cell for cell, owner in enumerate(owners) if owner != FREE]
    own = shapely.multipoints(draft.places[sorted(island)])
    distances = shapely.distance(shapely.points(draft.places[held]), own) if held else np.zeros(0)
    nearest = owners[held[int(np.argmin(distances))]] if held else 0
    for cell in sorted(island):
        draft.take_up(cell, nearest)

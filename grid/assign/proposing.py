"""A proposal of who works which cell: about the same for everyone, each share in one piece, near to what is now.

What is now is kept as far as it goes. Cells that nobody there holds, and pieces that lie apart from the rest of a
share, go first to who has nothing, then to the neighbour with the least (`settling`). Who has more than is allowed is
relieved over chains of exchanges, who has next to nothing is given to (`exchange`). At last every cell that may go back
to its present holder without harm does. None of these does anything to a proposal that was accepted, so proposing again
on it changes nothing. Deterministic; independent of the order of cells and collectors.
"""

from __future__ import annotations

from grid.assign.drafting import Draft, Reason
from grid.assign.exchange import nourish, relieve
from grid.assign.judging import figures, obstacles
from grid.assign.problem import Problem, Proposal
from grid.assign.settling import settle
from grid.assign.shares import FREE, Shares

ROUNDS = 20
"""A round undoes what the one before left in pieces around fixed cells; the second seldom finds anything to do."""


def propose(problem: Problem) -> Proposal:
    """Return a proposal for a problem; nobody is left without a cell while there are enough. Pure."""
    draft = Draft.of(problem)
    for _ in range(ROUNDS if draft.cells else 0):
        former = list(draft.shares.owners)
        settle(draft)
        _balance(draft)
        _give_back(draft)
        if draft.shares.owners == former:
            break
    return _told(draft)


def _balance(draft: Draft) -> None:
    for who, ratio, steps in relieve(draft.shares):
        for step in steps:
            draft.note(step.cell, Reason("balance", who, ratio))
    for who, ratio, step in nourish(draft.shares):
        draft.note(step.cell, Reason("idle", who, ratio))


def _give_back(draft: Draft) -> None:
    """Give cells back to their present holders where nothing speaks against it."""
    shares, present = draft.shares, draft.present
    moved = [cell for cell, owner in enumerate(shares.owners) if present[cell] not in (FREE, owner)]
    again = True
    while again:
        again = False
        for cell in moved:
            if shares.owners[cell] != present[cell] and _may_go_back(shares, cell, present[cell]):
                shares.give(cell, present[cell])
                again = True


def _may_go_back(shares: Shares, cell: int, to: int) -> bool:
    weight, giver = shares.ground.weights[cell], shares.owners[cell]
    fits = shares.loads[to] + weight <= shares.limits[to]
    joins = not shares.cells[to].isdisjoint(shares.ground.neighbours[cell])
    is_spared = shares.loads[giver] - weight >= min(shares.due[giver] / 2, shares.loads[to])
    return fits and joins and is_spared and shares.is_removable(cell)


def _told(draft: Draft) -> Proposal:
    shares, names, codes = draft.shares, draft.names(), [cell.code for cell in draft.cells]
    now = Shares(draft.ground, draft.present)
    return Proposal(
        holders={code: names[owner] for code, owner in zip(codes, shares.owners, strict=True)},
        changes=draft.changes(),
        loads={name: (now.loads[who], shares.loads[who]) for who, name in enumerate(names)},
        before=figures(now, names),
        after=figures(shares, names),
        obstacles=tuple(obstacles(shares, codes, names)),
    )

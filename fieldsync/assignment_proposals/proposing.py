"""Proposing who works which cell, and accepting what was proposed.

Accepting hands over, in the one act that handovers are: all of what is accepted or nothing. A proposal is of a moment:
a cell that was assigned since, to anybody else, refuses it. What is there already is accepted already.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
from shapely.geometry import shape

from fieldsync.assignment_proposals.kept import AssignmentProposal, Hindrance, Load, ProposedMove, Quality
from fieldsync.assignment_proposals.teams import Period, Team, Teams
from fieldsync.assignments import Assignment, Assignments
from fieldsync.cells import Cells
from fieldsync.errors import BadInput, Conflict, NotFound
from fieldsync.handovers.orders import MOST, Handovers, Order
from fieldsync.progress.counts import BUDGET, Counts
from fieldsync.progress.workloads import Pace, Workload, workloads_of
from fieldsync.shelf import Shelf
from fieldsync.stores.base import Store
from grid import Cell, GridError
from grid.assign import Figures, Problem, Proposal, propose

_LONGEST_DAYS = 366
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: an area and a period; who may work there (empty: its team); pairs of cell and collector."""

    by: str
    area: str
    period: Period
    collectors: Sequence[str] = ()
    fixed: Mapping[str, str] = field(default_factory=dict)
    allowed: float = 1.10


@dataclass(frozen=True, slots=True)
class Ground:
    """What a proposal is made on: cells, their work, how many were not counted anew, holders, newest epochs."""

    cells: list[Cell]
    work: dict[str, Workload]
    behind: int
    holders: dict[str, str]
    epochs: dict[str, int]


class AssignmentProposals:
    """Makes, keeps and accepts proposals, in the database `grid`."""

    def __init__(
        self, store: Store, cells: Cells, assignments: Assignments, handovers: Handovers, teams: Teams, counts: Counts
    ) -> None:
        self._kept = Shelf(store.create("grid"), "proposal:", AssignmentProposal)
        self._cells, self._assignments, self._handovers = cells, assignments, handovers
        self._teams, self._counts = teams, counts

    def propose(self, wanted: Wanted, at: datetime, budget: int = BUDGET) -> AssignmentProposal:
        """Make a proposal and keep it; nothing is assigned. Raises BadInput, NotFound."""
        _check(wanted)
        ground = self._ground(wanted.area, budget)
        team = self._teams.of(wanted.area, wanted.period, wanted.collectors, ground.holders, ground.cells)
        try:
            found = propose(_problem(wanted, ground, team))
        except GridError as error:
            raise BadInput(f"{error}. / {error.zh}。", field="fixed") from error
        made = _kept(wanted, ground, team, found, at)
        self._kept.add(made.id, made)
        return made

    def need(self, proposal: str) -> AssignmentProposal:
        """Return a proposal. Raises NotFound."""
        return self._kept.need(proposal, "proposal").value

    def accept(self, proposal: str, by: str, cells: Sequence[str] | None = None) -> AssignmentProposal:
        """Hand over what a proposal says, of all its cells or of some; the same again changes nothing.

        Raises NotFound, BadInput for a cell that it does not move, Conflict where a cell was assigned since; nothing is
        changed then.
        """
        kept = self.need(proposal)
        chosen = _chosen(kept, cells)
        orders = self._orders(kept, chosen, by)
        made = tuple(self._handovers.hand_over(order).id for order in orders)

        def note(now: AssignmentProposal) -> AssignmentProposal:
            accepted = tuple(sorted({*now.accepted, *(move.cell for move in chosen)}))
            handovers = tuple(dict.fromkeys((*now.handovers, *made)))
            return msgspec.structs.replace(now, accepted=accepted, handovers=handovers)

        return self._kept.change(proposal, "proposal", note)

    def _ground(self, area: str, budget: int) -> Ground:
        cells = [Cell(one.code, one.name, shape(one.geometry), {}) for one in self._cells.within(area)]
        if not cells:
            raise NotFound(
                f"There is no cell in area {area!r}: import its plan first. / 该区域没有网格；请先导入方案。"
            )
        codes = [cell.code for cell in cells]
        behind = len(self._counts.refresh(codes, budget))
        assignments, holders = self._assignments.by_cell(area), self._assignments.holders(area)
        return Ground(
            cells,
            workloads_of(codes, self._counts.read(codes), Pace()),
            behind,
            {code: holder.collector for code, holder in holders.items()},
            {code: _newest(own) for code, own in assignments.items()},
        )

    def _orders(self, kept: AssignmentProposal, chosen: Sequence[ProposedMove], by: str) -> list[Order]:
        """Return the handovers that are left to do. Raises Conflict where a cell is not as it was."""
        holders, assignments = self._assignments.holders(kept.area), self._assignments.by_cell(kept.area)
        left = [move for move in chosen if move.cell not in holders or holders[move.cell].collector != move.to]
        moved = [move.cell for move in left if _newest(assignments.get(move.cell, [])) != move.epoch]
        if moved:
            shown = ", ".join(moved[:_SHOWN]) + (f" and {len(moved) - _SHOWN} more" if moved[_SHOWN:] else "")
            raise Conflict(
                f"Assigned by somebody else since this was proposed: {shown}. Propose again, or accept the others."
                " / 其中有网格已被他人分配；请重新提出方案，或只采纳其余部分。",
                cells=moved,
            )
        parts = [left[start : start + MOST] for start in range(0, len(left), MOST)]
        return [_order(part, by) for part in parts]


def _order(moves: Sequence[ProposedMove], by: str) -> Order:
    return Order(
        by=by,
        to={move.cell: move.to for move in moves},
        cells=[move.cell for move in moves],
        saw={move.cell: move.epoch for move in moves},
    )


def _check(wanted: Wanted) -> None:
    days = (wanted.period.until - wanted.period.since).days + 1
    if not 1 <= days <= _LONGEST_DAYS:
        raise BadInput(
            f"A proposal is for 1 to {_LONGEST_DAYS} days. / 方案期限为 1 到 {_LONGEST_DAYS} 天。", field="until"
        )


def _chosen(kept: AssignmentProposal, cells: Sequence[str] | None) -> list[ProposedMove]:
    if cells is None:
        return list(kept.moves)
    moves = {move.cell: move for move in kept.moves}
    foreign = [cell for cell in cells if cell not in moves]
    if foreign or not cells:
        raise BadInput(
            f"The proposal moves no cell {', '.join(foreign[:_SHOWN]) or '(none is named)'}. / 方案未涉及所写网格。",
            field="cells",
        )
    return [moves[cell] for cell in dict.fromkeys(cells)]


def _newest(assignments: Sequence[Assignment]) -> int:
    return max((one.epoch for one in assignments), default=0)


def _problem(wanted: Wanted, ground: Ground, team: Team) -> Problem:
    return Problem(
        cells=ground.cells,
        weights={code: work.minutes for code, work in ground.work.items()},
        collectors=team.collectors,
        present=ground.holders,
        fixed=wanted.fixed,
        allowed=wanted.allowed,
    )


def _kept(wanted: Wanted, ground: Ground, team: Team, found: Proposal, at: datetime) -> AssignmentProposal:
    before, after = Counter(ground.holders.values()), Counter(found.holders.values())
    loads = [
        Load(
            collector=one.name,
            days=int(one.capacity),
            cells_before=before[one.name],
            cells_after=after[one.name],
            minutes_before=round(found.loads[one.name][0], 1),
            minutes_after=round(found.loads[one.name][1], 1),
        )
        for one in sorted(team.collectors, key=lambda one: one.name)
    ]
    return AssignmentProposal(
        id=uuid.uuid4().hex,
        by=wanted.by,
        at=at,
        area=wanted.area,
        since=wanted.period.since,
        until=wanted.period.until,
        allowed=wanted.allowed,
        cells=len(ground.cells),
        moves=_moves(ground, found),
        loads=tuple(loads),
        before=_quality(found.before),
        after=_quality(found.after),
        obstacles=tuple(
            Hindrance(kind=one.kind, cells=one.cells, collector=one.collector, ratio=_rounded(one.ratio))
            for one in found.obstacles
        ),
        left_out=team.left_out,
        assumed=tuple(code for code, work in ground.work.items() if work.assumed),
        behind=ground.behind,
    )


def _moves(ground: Ground, found: Proposal) -> tuple[ProposedMove, ...]:
    return tuple(
        ProposedMove(
            cell=one.cell,
            before=one.before,
            to=one.after,
            epoch=ground.epochs.get(one.cell, 0),
            cause=one.cause,
            about=one.about,
            ratio=_rounded(one.ratio),
        )
        for one in found.changes
    )


def _quality(figures: Figures) -> Quality:
    return Quality(
        largest_over_mean=round(figures.largest_over_mean, 4),
        largest=figures.largest,
        idle=figures.idle,
        unheld=figures.unheld,
        torn=figures.torn,
    )


def _rounded(ratio: float | None) -> float | None:
    return round(ratio, 3) if ratio is not None else None

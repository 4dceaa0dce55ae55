"""Proposals as they are kept, so that what is accepted is what was read."""

from __future__ import annotations

from datetime import date, datetime

import msgspec


class ProposedMove(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A cell that would change hands: from whom (None: nobody), to whom, and why; `epoch` is the cell's newest one.

    `cause`, `about` and `ratio` are those of `grid.assign.Change`.
    """

    cell: str
    before: str | None
    to: str
    epoch: int
    cause: str
    about: str | None = None
    ratio: float | None = None


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What a collector has and would have: working days of the period, cells, and minutes of work."""

    collector: str
    days: int
    cells_before: int
    cells_after: int
    minutes_before: float
    minutes_after: float


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """How good an assignment is; see `grid.assign.Figures`."""

    largest_over_mean: float
    largest: str | None
    idle: int
    unheld: int
    torn: int


class Hindrance(msgspec.Struct, frozen=True, kw_only=True):
    """What prevents balance or contiguity; see `grid.assign.Obstacle`."""

    kind: str
    cells: tuple[str, ...]
    collector: str | None
    ratio: float | None


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """Who gets no cell, and why: away, no_tablet."""

    collector: str
    why: str


class AssignmentProposal(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="assignment_proposal"):
    """A proposal for an area and a period, what it would come to, and which cells of it were accepted.

    `assumed` are the cells of which nothing is known: their work is taken for the average. `behind` cells had changed
    since they were counted: their work is what it was then.
    """

    id: str
    by: str
    at: datetime
    area: str
    since: date = msgspec.field(name="from")
    until: date
    allowed: float
    cells: int
    moves: tuple[ProposedMove, ...]
    loads: tuple[Load, ...]
    before: Quality
    after: Quality
    obstacles: tuple[Hindrance, ...]
    left_out: tuple[LeftOut, ...]
    assumed: tuple[str, ...]
    behind: int = 0
    accepted: tuple[str, ...] = ()
    handovers: tuple[str, ...] = ()

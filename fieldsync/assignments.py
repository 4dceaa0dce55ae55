"""Assignments: who works which cell, and what that lets him do there.

The assignments of a cell are numbered; the number is the epoch. An assignment's identifier follows from its cell and
epoch, so of two writers at the same moment one is told to look again. Writing the new holder is all there is to a
handover: a holder with an older epoch than another is draining from that moment, whatever his own document says yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

import msgspec

from fieldsync.accounts import Accounts, Role
from fieldsync.documents import DocId, derived_id
from fieldsync.errors import BadInput, Conflict, NotFound
from fieldsync.replication import Access
from fieldsync.shelf import Shelf
from fieldsync.stores.base import Store

AssignmentRole = Literal["holder", "helper", "stand_in"]
ROLES: tuple[AssignmentRole, ...] = ("holder", "helper", "stand_in")


class State(StrEnum):
    """What an assignment lets its collector do: fetch and send, only send, nothing."""

    ACTIVE = "active"
    DRAINING = "draining"
    ENDED = "ended"


_ORDER = (State.ACTIVE, State.DRAINING, State.ENDED)
_ACCESS = {State.ACTIVE: Access.HELD, State.DRAINING: Access.DRAINING}


class Assignment(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="assignment"):
    """An assignment as it is kept; `since` and `until` are written as `from` and `until`."""

    id: str
    cell: str
    collector: str
    role: AssignmentRole
    since: datetime = msgspec.field(name="from")
    until: datetime | None = None
    epoch: int
    state: State = State.ACTIVE


@dataclass(frozen=True, slots=True)
class Wish:
    """An assignment to make; without `since` it begins at once, without `until` it has no end."""

    cell: str
    collector: str
    role: str = "holder"
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a collector stands to a cell: the best of his assignments there."""

    cell: str
    collector: str
    role: AssignmentRole
    state: State
    epoch: int


class Assignments:
    """The assignments of all cells, in the database `grid`."""

    def __init__(self, store: Store, accounts: Accounts, now: Callable[[], datetime]) -> None:
        self._grid = store.create("grid")
        self._assignments = Shelf(self._grid, "assignment:", Assignment)
        self._accounts = accounts
        self._now = now

    def assign(self, wish: Wish) -> Assignment:
        """Assign a collector to a cell; the same wish again returns what there is.

        A new holder begins a handover: the old one drains. Raises NotFound for an unknown cell or collector, BadInput
        for who is no active collector or dates in the wrong order, Conflict when somebody else was faster.
        """
        self._check(wish)
        present = self.of_cell(wish.cell)
        for other in present:
            if self._same(other, wish):
                return other
        epoch = 1 + max((other.epoch for other in present), default=0)
        made = self._made(wish, epoch)
        if not self._assignments.add(made.id, made):
            raise Conflict(f"Cell {wish.cell} was assigned by somebody else just now: look at it and try again.")
        self._settle(self.of_cell(wish.cell))
        return made

    def end(self, assignment: str, *, cut: bool = False) -> Assignment:
        """End an assignment: its collector may still send (draining), or, with `cut`, nothing any more.

        Raises NotFound. An assignment that has gone further already stays as it is.
        """
        target = State.ENDED if cut else State.DRAINING

        def edit(kept: Assignment) -> Assignment:
            state = max(kept.state, target, key=_ORDER.index)
            until = min(kept.until or self._now(), self._now())
            return kept if state == kept.state else msgspec.structs.replace(kept, state=state, until=until)

        return self._assignments.change(assignment, "assignment", edit)

    def need(self, assignment: str) -> Assignment:
        """Return an assignment as it stands now. Raises NotFound."""
        kept = self._assignments.need(assignment, "assignment").value
        return next(a for a in self.of_cell(kept.cell) if a.id == assignment)

    def of_cell(self, cell: str) -> list[Assignment]:
        """Return the assignments of a cell in order of epoch, each in the state it is in at this moment."""
        found = [kept.value for kept in self._assignments.where(cell=cell)]
        return self._as_of_now(sorted(found, key=lambda assignment: assignment.epoch))

    def standing(self, collector: str, cell: str) -> Standing | None:
        """Return how a collector stands to a cell, or None if he never had anything to do with it."""
        mine = [a for a in self.of_cell(cell) if a.collector == collector and _has_begun(a, self._now())]
        return _best(mine)

    def access(self, collector: str, cell: str) -> Access | None:
        """Return what a collector may do in a cell now; None for nothing, and for a cell that does not exist."""
        standing = self.standing(collector, cell)
        return _ACCESS.get(standing.state) if standing else None

    def cells_of(self, collector: str) -> list[Standing]:
        """Return how a collector stands to each cell he was ever assigned to, in order of code."""
        cells = {kept.value.cell for kept in self._assignments.where(collector=collector)}
        standings = [self.standing(collector, cell) for cell in sorted(cells)]
        return [standing for standing in standings if standing]

    def _check(self, wish: Wish) -> None:
        if wish.role not in ROLES:
            raise BadInput(f"An assignment's role is one of {', '.join(ROLES)}.", field="role")
        if wish.until and wish.until <= (wish.since or self._now()):
            raise BadInput("An assignment ends after it begins.", field="until")
        cell = self._grid.get(DocId(f"cell:{wish.cell}"))
        if cell is None or cell.deleted:
            raise NotFound(f"There is no cell {wish.cell!r}: import its plan first.")
        user = self._accounts.need(wish.collector)
        if not user.active or Role.COLLECTOR not in user.roles:
            raise BadInput(f"{wish.collector!r} is no active collector: give him the role first.", field="collector")

    def _same(self, other: Assignment, wish: Wish) -> bool:
        wanted = (wish.collector, wish.role, wish.until)
        return other.state is State.ACTIVE and (other.collector, other.role, other.until) == wanted

    def _made(self, wish: Wish, epoch: int) -> Assignment:
        return Assignment(
            id=derived_id("assignment", wish.cell, str(epoch)),
            cell=wish.cell,
            collector=wish.collector,
            role=next(role for role in ROLES if role == wish.role),
            since=wish.since or self._now(),
            until=wish.until,
            epoch=epoch,
        )

    def _settle(self, assignments: Iterable[Assignment]) -> None:
        """Write down the states that follow from the epochs; what a crash leaves undone here changes no answer."""
        for assignment in assignments:
            if assignment.state is State.DRAINING:
                self.end(assignment.id)

    def _as_of_now(self, assignments: list[Assignment]) -> list[Assignment]:
        now = self._now()
        begun = [a.epoch for a in assignments if a.role == "holder" and _has_begun(a, now)]
        newest = max(begun, default=0)
        return [_at(assignment, now, newest) for assignment in assignments]


def _has_begun(assignment: Assignment, now: datetime) -> bool:
    """Tell whether an assignment is or was in force; one that was ended before its time never is."""
    called_off = assignment.until is not None and assignment.until < assignment.since
    return assignment.since <= now and not called_off


def _at(assignment: Assignment, now: datetime, newest_holder: int) -> Assignment:
    """Return an assignment with the state that its dates and a newer holder make of it."""
    handed_over = assignment.role == "holder" and assignment.epoch < newest_holder
    run_out = assignment.until is not None and assignment.until <= now
    if assignment.state is State.ACTIVE and (handed_over or run_out):
        return msgspec.structs.replace(assignment, state=State.DRAINING)
    return assignment


def _best(assignments: list[Assignment]) -> Standing | None:
    if not assignments:
        return None
    best = min(assignments, key=lambda a: (_ORDER.index(a.state), ROLES.index(a.role), -a.epoch))
    return Standing(best.cell, best.collector, best.role, best.state, best.epoch)

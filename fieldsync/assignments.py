"""Assignments: who works which cell, and what that lets him do there.

The assignments of a cell are numbered; the number is the epoch. An assignment's identifier follows from its cell and
epoch, so of two writers at the same moment one is told to look again. Writing the new holder is all there is to a
handover: a holder with an older epoch than another is draining from that moment, whatever his own document says yet.
What is over is kept: the assignments of a cell are its history.

An assignment of some buildings only says whose work they are. The cell is replicated whole all the same: who works one
building needs the households next door, and a part of a database cannot be replicated without showing that it is one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

import msgspec

from fieldsync.accounts import Accounts, Role
from fieldsync.documents import DocId, cell_database, derived_id, kind_of
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
    """An assignment as it is kept; `since` and `until` are written as `from` and `until`.

    Of one that drains, `until` is since when. `buildings`: only these, for who need not work the whole cell.
    `handover` names the act it was made in, if it was one.
    """

    id: str
    cell: str
    collector: str
    role: AssignmentRole
    since: datetime = msgspec.field(name="from")
    until: datetime | None = None
    epoch: int
    state: State = State.ACTIVE
    buildings: tuple[str, ...] = ()
    handover: str | None = None

    def is_active(self, now: datetime) -> bool:
        """Tell whether it is in force: begun, and not over."""
        return self.state is State.ACTIVE and self.since <= now


@dataclass(frozen=True, slots=True)
class Wish:
    """An assignment to make; without `since` it begins at once, without `until` it has no end.

    `buildings` are identifiers of documents; a holder has the whole cell. `saw` is the newest epoch of the cell that
    the asker looked at (0: none): the wish is refused where there is a newer one.
    """

    cell: str
    collector: str
    role: str = "holder"
    since: datetime | None = None
    until: datetime | None = None
    buildings: tuple[str, ...] = ()
    handover: str | None = None
    saw: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a collector stands to a cell: the best of his assignments there.

    `drained_at` is since when he may only send; `buildings` those that are his to work, empty for all of them.
    """

    cell: str
    collector: str
    role: AssignmentRole
    state: State
    epoch: int
    since: datetime
    until: datetime | None = None
    drained_at: datetime | None = None
    buildings: tuple[str, ...] = ()


class Assignments:
    """The assignments of all cells, in the database `grid`."""

    def __init__(self, store: Store, accounts: Accounts, now: Callable[[], datetime]) -> None:
        self._store, self._grid = store, store.create("grid")
        self._assignments = Shelf(self._grid, "assignment:", Assignment)
        self._accounts = accounts
        self._now = now

    def assign(self, wish: Wish) -> Assignment:
        """Assign a collector to a cell; the same wish again returns what there is.

        A new holder begins a handover: the old one drains. Who helps or stands in already does so for the new time and
        no longer for the old one. What an order wishes was checked before it was written down, and is done
        from then on: it is made as it is, whoever has left meanwhile, and whatever day has passed.

        Raises NotFound for an unknown cell or collector, BadInput for who is no active collector or dates in the wrong
        order, Conflict when somebody else was faster.
        """
        if wish.handover is None:
            self._check(wish)
        present = self.of_cell(wish.cell)
        for other in present:
            if self._is_wished(other, wish, present):
                self._settle(other)
                return other
        self._must_have(wish)
        newest = max((other.epoch for other in present), default=0)
        made = self._made(wish, newest + 1)
        if wish.saw not in (None, newest) or not self._assignments.add(made.id, made):
            raise Conflict(
                f"Cell {wish.cell} was assigned by somebody else just now: look at it and try again."
                " / 该网格刚被他人分配，请查看后重试。"
            )
        self._settle(made)
        return made

    def end(self, assignment: str, *, cut: bool = False) -> Assignment:
        """End an assignment: its collector may still send (draining), or, with `cut`, nothing any more.

        Cutting goes for those, too, that the assignment took the place of: they still drain. Raises NotFound. An
        assignment that has gone further already stays as it is.
        """
        if cut:
            for older in self._replaced_by(self.need(assignment)):
                self._end(older.id, State.ENDED)
        return self._end(assignment, State.ENDED if cut else State.DRAINING)

    def _replaced_by(self, assignment: Assignment) -> list[Assignment]:
        """Return the earlier assignments of a collector in the same role whose place one has taken."""
        mine = [a for a in self.of_cell(assignment.cell) if a.collector == assignment.collector]
        return [a for a in mine if a.state is State.DRAINING and _replaces(assignment, a)]

    def _end(self, assignment: str, target: State) -> Assignment:
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

    def active(self, cell: str) -> list[Assignment]:
        """Return the assignments of a cell that are in force, in order of epoch; not those that are yet to begin."""
        return [assignment for assignment in self.of_cell(cell) if assignment.is_active(self._now())]

    def holder(self, cell: str) -> str | None:
        """Return who holds a cell now, or None."""
        found = holding(self.of_cell(cell), self._now())
        return found.collector if found else None

    def by_cell(self, area: str = "") -> dict[str, list[Assignment]]:
        """Return the assignments of all cells of an area that have any, as `of_cell` does, read at once."""
        found: dict[str, list[Assignment]] = {}
        for assignment in self._assignments.all():
            if assignment.cell.startswith(area):
                found.setdefault(assignment.cell, []).append(assignment)
        ordered = {cell: sorted(own, key=lambda one: one.epoch) for cell, own in found.items()}
        return {cell: self._as_of_now(own) for cell, own in ordered.items()}

    def holders(self, area: str = "") -> dict[str, Assignment]:
        """Return the assignment of each cell's holder, of those cells of an area that have one."""
        now = self._now()
        active = ((cell, holding(own, now)) for cell, own in self.by_cell(area).items())
        return {cell: holder for cell, holder in active if holder}

    def standing(self, collector: str, cell: str) -> Standing | None:
        """Return how a collector stands to a cell, or None if he never had anything to do with it."""
        mine = [a for a in self.of_cell(cell) if a.collector == collector and _has_begun(a, self._now())]
        return _best(mine)

    def access(self, collector: str, cell: str) -> Access | None:
        """Return what a collector may do in a cell now; None for nothing, and for a cell that does not exist."""
        standing = self.standing(collector, cell)
        return access_of(standing)

    def cells_of(self, collector: str) -> list[Standing]:
        """Return how a collector stands to each cell he was ever assigned to, in order of code."""
        cells = {kept.value.cell for kept in self._assignments.where(collector=collector)}
        standings = [self.standing(collector, cell) for cell in sorted(cells)]
        return [standing for standing in standings if standing]

    def _check(self, wish: Wish) -> None:
        if not wish.collector:
            raise BadInput(
                "Say who gets the cell: the name of a collector. / 请指明由哪位采集员负责。", field="collector"
            )
        if wish.role not in ROLES:
            raise BadInput(f"An assignment's role is one of {', '.join(ROLES)}. / 分配角色须为其中之一。", field="role")
        if wish.until and wish.until <= (wish.since or self._now()):
            raise BadInput("An assignment ends after it begins. / 结束时间须晚于开始时间。", field="until")
        cell = self._grid.get(DocId(f"cell:{wish.cell}"))
        if cell is None or cell.deleted:
            raise NotFound(f"There is no cell {wish.cell!r}: import its plan first. / 没有该网格；请先导入方案。")
        user = self._accounts.need(wish.collector)
        if not user.active or Role.COLLECTOR not in user.roles:
            raise BadInput(
                f"{wish.collector!r} is no active collector: give him the role first."
                " / 不是在岗采集员；请先赋予该角色。",
                field="collector",
            )

    def _is_wished(self, other: Assignment, wish: Wish, present: Iterable[Assignment]) -> bool:
        """Tell whether an assignment is the one that is wished.

        Made by the same order; or, without an order, in force and the same, with nothing planned to take its place.
        """
        if wish.handover is not None:
            return other.handover == wish.handover
        wanted = (wish.collector, wish.role, wish.until, tuple(sorted(wish.buildings)))
        mine = (other.collector, other.role, other.until, other.buildings)
        is_same = mine == wanted and other.is_active(max(wish.since or self._now(), self._now()))
        return is_same and not any(_replaces(newer, other) for newer in present)

    def _must_have(self, wish: Wish) -> None:
        """See that the buildings are in the cell. Raises BadInput."""
        if not wish.buildings:
            return
        if wish.role == "holder":
            raise BadInput(
                "A holder has the whole cell: assign buildings to a helper or a stand_in."
                " / 持有人负责整个网格；楼栋只能分给协助人或代班人。",
                field="buildings",
            )
        wanted = [(DocId(building), None) for building in wish.buildings]
        found = self._store.database(cell_database(wish.cell)).revisions(wanted, latest=False)
        absent = [b for b, one in zip(wish.buildings, found, strict=True) if not one or one[0].deleted]
        if absent or not all(kind_of(building) == "building" for building in wish.buildings):
            raise BadInput(
                f"{(absent or list(wish.buildings))[0]!r} is no building of {wish.cell}. / 不是该网格的楼栋。",
                field="buildings",
            )

    def _made(self, wish: Wish, epoch: int) -> Assignment:
        since = max(wish.since or self._now(), self._now())  # never earlier: what was done till now was rightly done
        return Assignment(
            id=derived_id("assignment", wish.cell, str(epoch)),
            cell=wish.cell,
            collector=wish.collector,
            role=next(role for role in ROLES if role == wish.role),
            since=since,
            until=max(wish.until, since) if wish.until else None,
            epoch=epoch,
            buildings=tuple(sorted(set(wish.buildings))),
            handover=wish.handover,
        )

    def _settle(self, made: Assignment) -> None:
        """Write down what follows from an assignment; the same wish again does so where a crash came between.

        What was planned for its place and would begin no earlier is called off now: nobody comes to have had a cell
        because it begins at the same moment, nor gets it after all because this one is ended before its time.
        """
        for other in self.of_cell(made.cell):
            is_called_off = other.since > self._now() and other.since >= made.since and _replaces(made, other)
            if other.state is State.DRAINING or is_called_off:
                self._end(other.id, State.DRAINING)

    def _as_of_now(self, assignments: list[Assignment]) -> list[Assignment]:
        now = self._now()
        begun = [a for a in assignments if _has_begun(a, now)]
        return [_at(a, now, [newer.since for newer in begun if _replaces(newer, a)]) for a in assignments]


def access_of(standing: Standing | None) -> Access | None:
    """Return what a collector may do who stands so to a cell; None for nothing."""
    return _ACCESS.get(standing.state) if standing else None


def holding(assignments: Sequence[Assignment], now: datetime) -> Assignment | None:
    """Return the holder's assignment among those of a cell, in order of epoch; None where nobody holds it now."""
    return next((a for a in reversed(assignments) if a.role == "holder" and a.is_active(now)), None)


def _has_begun(assignment: Assignment, now: datetime) -> bool:
    """Tell whether an assignment is or was in force; one that was ended before its time never is."""
    called_off = assignment.until is not None and assignment.until < assignment.since
    return assignment.since <= now and not called_off


def _replaces(newer: Assignment, older: Assignment) -> bool:
    """Tell whether an assignment takes the place of an older one: a holder's any other holder's, else one's own."""
    if newer.epoch <= older.epoch or newer.role != older.role:
        return False
    mine = (newer.collector, newer.buildings) == (older.collector, older.buildings)
    return newer.role == "holder" or mine


def _at(assignment: Assignment, now: datetime, newer: list[datetime]) -> Assignment:
    """Return an assignment with the state that its dates and what replaced it, here since when, make of it."""
    ends = [assignment.until] if assignment.until is not None and assignment.until <= now else []
    ends += newer
    if not ends:
        return assignment
    state = max(assignment.state, State.DRAINING, key=_ORDER.index)
    return msgspec.structs.replace(assignment, state=state, until=min(ends))


def _best(assignments: list[Assignment]) -> Standing | None:
    if not assignments:
        return None
    best = min(assignments, key=lambda a: (_ORDER.index(a.state), ROLES.index(a.role), -a.epoch))
    alike = [a for a in assignments if a.state is best.state]
    over = [a.until for a in assignments if a.until] if best.state is not State.ACTIVE else []
    return Standing(
        cell=best.cell,
        collector=best.collector,
        role=best.role,
        state=best.state,
        epoch=best.epoch,
        since=best.since,
        until=best.until,
        drained_at=max(over, default=None),
        buildings=_buildings(alike),
    )


def _buildings(assignments: list[Assignment]) -> tuple[str, ...]:
    """Return the buildings that assignments are limited to; empty where one of them is of the whole cell."""
    if any(not a.buildings for a in assignments):
        return ()
    return tuple(sorted({building for a in assignments for building in a.buildings}))

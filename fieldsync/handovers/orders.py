"""Handovers: many cells change hands in one act: all of them or none, and the act goes on where a crash cut it short.

The order is checked whole, then written down as the turn; from that moment it is done. Carrying it out makes an
assignment for each cell, once; whoever finds an order that is not carried out goes on with it. There is one turn, which
is written on the one before it: of two orders at the same moment one is checked again after the other was carried out,
and refused where it concerns the same cells. Taking one back is a new handover.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from fieldsync.accounts import Accounts, Role
from fieldsync.assignments import ROLES, Assignment, Assignments, State, Wish
from fieldsync.cells import Cells
from fieldsync.devices import Devices
from fieldsync.documents import derived_id
from fieldsync.errors import BadInput, Conflict, NotFound
from fieldsync.shelf import Kept, Shelf
from fieldsync.stores.base import Store

MOST = 5000
"""Cells of one handover."""
TURN = "last"
_ATTEMPTS = 8


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """One cell of a handover: who has it before, whom it goes to (None: it only ends), and the newest epoch seen."""

    cell: str
    before: str | None
    to: str | None
    epoch: int


class Handover(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="handover"):
    """A handover as it is kept; `undoes` names the one that it takes back, `done` says that it is carried out."""

    id: str
    by: str
    at: datetime
    role: str
    since: datetime | None = None
    until: datetime | None = None
    moves: tuple[Move, ...]
    undoes: str | None = None
    done: bool = False


class Turn(msgspec.Struct, frozen=True, tag_field="type", tag="turn"):
    """The handover that was ordered last; it is kept here before anything else of it is written."""

    handover: Handover


@dataclass(frozen=True, slots=True)
class Order:
    """What a supervisor asks for: some cells, or an area's, or those of them that a collector holds.

    `to` is who gets them: a name, or a name by the old holder's name or by a cell's code. `role` holder makes a
    handover, stand_in lets somebody work in place of the holder, who keeps the cell. `saw` are the newest epochs that
    the asker looked at: the order is refused where one is newer.
    """

    by: str
    to: str | Mapping[str, str]
    cells: Sequence[str] = ()
    area: str = ""
    collector: str | None = None
    role: str = "holder"
    since: datetime | None = None
    until: datetime | None = None
    saw: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class People:
    """Who may be given a cell: active collectors with a tablet."""

    accounts: Accounts
    devices: Devices

    def check(self, name: str) -> None:
        """Raises NotFound for nobody, BadInput for who is no active collector, or has no tablet."""
        user = self.accounts.need(name)
        if not user.active or Role.COLLECTOR not in user.roles:
            raise BadInput(
                f"{name!r} is no active collector: give them the role first. / 不是在岗采集员；请先赋予该角色。",
                field="to",
            )
        if all(tablet.revoked for tablet in self.devices.of(name)):
            raise BadInput(
                f"{name!r} has no tablet: enrol one first (fieldsync device code {name}). / 没有平板；请先登记平板。",
                field="to",
            )


class Handovers:
    """The handovers of an installation, in the database `grid`."""

    def __init__(
        self, store: Store, cells: Cells, assignments: Assignments, people: People, now: Callable[[], datetime]
    ) -> None:
        self._store, self._rested = store, ""
        self._shelf = Shelf(store.create("grid"), "handover:", Handover)
        self._turns = Shelf(store.create("grid"), "turn:", Turn)
        self._cells, self._assignments, self._people, self._now = cells, assignments, people, now

    def plan(self, order: Order, allow: Callable[[str], object] = lambda _: None) -> Handover:
        """Return what an order comes to, without doing anything.

        `allow` raises for a cell that is not the asker's to hand over, before anything is told of it.

        Raises BadInput, NotFound, or Conflict where a cell was assigned since the asker looked.
        """
        self._check(order)
        for code in order.cells:
            allow(code)
        chosen = self._chosen(order)
        for code in chosen:
            allow(code)
        moves = tuple(self._move(order, cell) for cell in chosen)
        if not moves:
            raise NotFound(
                "No cell is asked for: name cells, an area, or a collector who holds some."
                " / 未指明网格；请写网格、区域或持有网格的采集员。"
            )
        for name in sorted({move.to for move in moves if move.to}):
            self._people.check(name)
        for move in moves:
            if move.cell in order.saw:
                self._must_be_new(move.cell, order.saw[move.cell])
        return self._made(order.by, moves, role=order.role, since=order.since, until=order.until)

    def hand_over(self, order: Order, allow: Callable[[str], object] = lambda _: None) -> Handover:
        """Do what an order asks for, whole. Raises as `plan`; nothing is changed then.

        Raises Conflict, too, where another order for one of these cells is made at the same moment.
        """
        return self._in_turn(self.plan(order, allow))

    def undo(self, handover: str, by: str) -> Handover:
        """Give everything back to those who had it, by a new handover; one that a crash cut short goes on.

        Raises NotFound, or Conflict where a cell has changed hands since; nothing is changed then.
        """
        return self._begun(handover) or self._in_turn(self._undoing(handover, by))

    def _begun(self, undone: str) -> Handover | None:
        """Return the order that takes a handover back, carried out, where it is the last one and was left half done."""
        turn = self._turns.get(TURN)
        last = turn.value.handover if turn else None
        if last is None or last.undoes != undone:
            return None
        kept = self._shelf.get(last.id)
        return None if kept and kept.value.done else self._concluded(last)

    def _undoing(self, handover: str, by: str) -> Handover:
        done = self.need(handover)
        moves = []
        for move in done.moves:
            mine, newest = self._of_handover(move.cell, handover)
            if mine is None or mine.state is not State.ACTIVE:
                raise Conflict(
                    f"Cell {move.cell} has changed hands since: hand it over by itself."
                    " / 该网格此后已再次易手；请单独移交。",
                    cell=move.cell,
                )
            is_holder = done.role == "holder"
            had = self._assignments.holder(move.cell) if is_holder else move.to  # a holder to be has nothing to give
            moves.append(Move(cell=move.cell, before=had, to=move.before if is_holder else None, epoch=newest))
        for name in sorted({move.to for move in moves if move.to}):
            self._people.check(name)
        return self._made(by, tuple(moves), role=done.role, undoes=handover)

    def finish(self) -> list[Handover]:
        """Carry out what a crash left undone; returns it. Looks only where something was written since it last did."""
        now = self._store.sequences(["grid"]).get("grid", "")
        if now and now == self._rested:
            return []
        if turn := self._turns.get(TURN):
            self._shelf.add(turn.value.handover.id, turn.value.handover)
        left = [kept.value for kept in self._shelf.where(type="handover") if not kept.value.done]
        finished = [self._carry_out(handover) for handover in left]
        self._rested = "" if finished else now
        return finished

    def need(self, handover: str) -> Handover:
        """Return a handover. Raises NotFound."""
        return self._shelf.need(handover, "handover").value

    def all(self) -> list[Handover]:
        """Return the handovers, newest first."""
        return sorted(self._shelf.all(), key=lambda h: (h.at, h.id), reverse=True)

    def _in_turn(self, asked: Handover) -> Handover:
        """Do what was planned after what was ordered before it. Raises Conflict where that was for one of its cells."""
        for _ in range(_ATTEMPTS):
            turn = self._turns.get(TURN)
            if turn and (last := self._concluded(turn.value.handover)).id == asked.id:
                return last
            for move in asked.moves:
                self._must_be_new(move.cell, move.epoch)
            if self._take(turn, asked):
                return self._concluded(asked)
        raise Conflict("Others are handing over cells just now; try again. / 他人正在移交网格，请重试。")

    def _must_be_new(self, cell: str, epoch: int) -> None:
        """Raises Conflict where a cell has another epoch than the newest that was looked at."""
        found = self._assignments.of_cell(cell)
        if (found[-1].epoch if found else 0) != epoch:
            raise Conflict(
                f"Cell {cell} was assigned by somebody else just now: look at it and try again."
                " / 该网格刚被他人分配，请查看后重试。",
                cell=cell,
            )

    def _take(self, turn: Kept[Turn] | None, handover: Handover) -> bool:
        """Write a handover as the turn after that one; False where another was faster."""
        if turn is None:
            return self._turns.add(TURN, Turn(handover))
        try:
            self._turns.replace(turn, Turn(handover))
        except Conflict:
            return False
        return True

    def _concluded(self, handover: Handover) -> Handover:
        self._shelf.add(handover.id, handover)
        kept = self.need(handover.id)
        return kept if kept.done else self._carry_out(kept)

    def _carry_out(self, handover: Handover) -> Handover:
        for move in handover.moves:
            if move.to is None:
                self._end(move, handover)
            else:
                self._assign(move, move.to, handover)
        return self._shelf.change(handover.id, "handover", lambda kept: msgspec.structs.replace(kept, done=True))

    def _assign(self, move: Move, to: str, handover: Handover) -> None:
        """Make a cell's assignment; again where another assignment of the cell was written at the same moment."""
        wish = Wish(move.cell, to, handover.role, handover.since, handover.until, handover=handover.id)
        for _ in range(8):
            try:
                self._assignments.assign(wish)
            except Conflict:
                continue
            return
        self._assignments.assign(wish)

    def _end(self, move: Move, handover: Handover) -> None:
        mine, _ = self._of_handover(move.cell, handover.undoes or "")
        if mine:
            self._assignments.end(mine.id)

    def _of_handover(self, cell: str, handover: str) -> tuple[Assignment | None, int]:
        found = self._assignments.of_cell(cell)
        return next((a for a in found if a.handover == handover), None), found[-1].epoch if found else 0

    def _check(self, order: Order) -> None:
        if order.role not in ROLES:
            raise BadInput(f"A role is one of {', '.join(ROLES)}. / 角色须为其中之一。", field="role")
        if order.until and order.until <= max(order.since or self._now(), self._now()):
            raise BadInput("A handover ends after it begins. / 结束时间须晚于开始时间。", field="until")
        if order.role == "holder" and order.until:
            raise BadInput(
                "A holder has no end: for a time, let somebody stand in (role stand_in)."
                " / 持有人没有期限；如需临时代班，请用 stand_in 角色。",
                field="until",
            )
        if not order.to:
            raise BadInput("Say who gets the cells. / 请指明接收人。", field="to")

    def _chosen(self, order: Order) -> list[str]:
        codes = list(dict.fromkeys(order.cells))
        for code in codes:
            self._cells.need(code)
        if order.area or (order.collector and not codes):
            within = [cell.code for cell in self._cells.within(order.area)]
            codes = sorted({*codes, *within}) if order.area else within
        if order.collector:
            codes = [code for code in codes if self._assignments.holder(code) == order.collector]
        if len(codes) > MOST:
            raise BadInput(
                f"{len(codes)} cells are more than {MOST}: hand over a smaller area."
                f" / 一次最多移交 {MOST} 个网格；请缩小范围。",
                field="area",
            )
        return codes

    def _move(self, order: Order, cell: str) -> Move:
        newest = self._assignments.of_cell(cell)
        before = self._assignments.holder(cell)
        to = order.to if isinstance(order.to, str) else order.to.get(cell) or order.to.get(before or "")
        if not to:
            holder = f"{before!r} holds it" if before else "nobody holds it"
            raise BadInput(
                f"Nobody is named for cell {cell} ({holder}): name who gets it. / 网格 {cell} 未指明接收人。",
                field="to",
                cell=cell,
            )
        if to == before:
            raise BadInput(f"{to!r} holds cell {cell} already. / {to} 已持有网格 {cell}。", field="to", cell=cell)
        if any(self._does_already(one, to, order) for one in newest):
            raise BadInput(
                f"{to!r} works in cell {cell} as {order.role} already, for that time."
                f" / {to} 在此期间已是网格 {cell} 的该角色。",
                field="to",
                cell=cell,
            )
        return Move(cell=cell, before=before, to=to, epoch=newest[-1].epoch if newest else 0)

    def _does_already(self, assignment: Assignment, name: str, order: Order) -> bool:
        """Tell whether somebody does already what they are to do from then on, in the whole cell and as long."""
        mine = (assignment.collector, assignment.role, assignment.until, assignment.buildings)
        begins = max(order.since or self._now(), self._now())
        return assignment.is_active(begins) and mine == (name, order.role, order.until, ())

    def _made(
        self,
        by: str,
        moves: tuple[Move, ...],
        *,
        role: str,
        since: datetime | None = None,
        until: datetime | None = None,
        undoes: str | None = None,
    ) -> Handover:
        """Return a handover; its identifier follows from what it does to which epochs, so a repeat is the same one.

        What it takes back is part of that: taking back makes no new epoch where a stand-in's time only ends.
        """
        name = derived_id("handover", role, str(since), str(until), undoes or "", *_lines(moves))
        return Handover(id=name, by=by, at=self._now(), role=role, since=since, until=until, moves=moves, undoes=undoes)


def _lines(moves: Iterable[Move]) -> list[str]:
    return [f"{move.cell} {move.to} {move.epoch}" for move in moves]

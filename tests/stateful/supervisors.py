"""Supervisors who change who works where, through the real orders of the servers; and what must have become of it.

Each order is followed until it is seen carried out, for every cell it names, or is known to have come to nothing. What
is seen is told to `holding.py`, which knows from then on who may do what.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from fieldsync.assignments import Assignment, State
from fieldsync.errors import Conflict, FieldsyncError
from fieldsync.handovers.orders import Handover, Order
from tests.stateful.holding import Holding, Turn
from tests.stateful.offices import CELLS
from tests.stateful.servers import START, Server, Town


@dataclass(eq=False)
class Asked:
    """An order as it was given: whom each cell should go to (None: nobody), and what was seen of it."""

    at: datetime
    role: str
    moves: dict[str, str | None]
    before: dict[str, str | None]
    since: datetime | None = None
    until: datetime | None = None
    undoes: Asked | None = None
    handover: str | None = None
    seen: dict[str, Turn | None] = field(default_factory=dict)

    @property
    def is_done(self) -> bool:
        """Tell whether it was carried out for all cells."""
        return self.seen.keys() == self.moves.keys()


class Supervisors:
    """Gives orders, and keeps the reference in step."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.cells = {cell: Holding(START) for cell in CELLS}
        self.open: list[Asked] = []
        self.done: list[Asked] = []
        self.refusal: FieldsyncError | None = None
        self._known: set[str] = set()
        self._turns: dict[str, tuple[str, Turn]] = {}
        for cell in CELLS:
            for assignment in self._assignments(cell):
                self._take_note(cell, assignment, assignment.until)

    def advance(self) -> None:
        """Let time pass for the reference, too."""
        for holding in self.cells.values():
            holding.advance(self.town.moment)

    def is_in_doubt(self, cell: str) -> bool:
        """Tell whether an order about a cell was cut short, and nobody has looked what became of it."""
        return any(cell in asked.moves and cell not in asked.seen for asked in self.open)

    def order(self, server: Server, order: Order, without: set[str], die_at: int = 0) -> None:
        """Give an order; `without` are those who have no tablet. It is done whole, refused whole, or cut short."""
        self._pass()
        chosen = self._chosen(order)
        before = {cell: self.cells[cell].holder for cell in chosen}
        in_doubt = any(map(self.is_in_doubt, CELLS))
        to = {cell: self._whom(order, cell, before[cell]) for cell in chosen}
        impossible = any(name is None or name in without or name == before[cell] for cell, name in to.items())
        planned, refusal = self._planned(server, order)
        if planned is None:
            is_vain = not chosen or any(name and self._does(order, cell, name) for cell, name in to.items())
            assert in_doubt or impossible or is_vain, f"{order} is refused, though nothing speaks against it: {refusal}"
            return
        if not in_doubt:
            assert not impossible, f"{order} is planned, though {before} hold it and {without} have no tablet"
            assert {m.cell: m.before for m in planned.moves} == before, f"{planned} but the cells are held by {before}"
        asked = Asked(self.town.moment, order.role, {m.cell: m.to for m in planned.moves}, before)
        asked.since, asked.until, asked.handover = order.since, order.until, planned.id
        asked = next((one for one in self.open if one.handover == planned.id), asked)  # the same, cut short before
        self._follow(server, asked, lambda: server.services.handovers.hand_over(order), die_at)

    def undo(self, server: Server, place: int, without: set[str], die_at: int = 0) -> None:
        """Take back one of the orders that were carried out."""
        self._pass()
        if not self.done:
            return
        done = self.done[place % len(self.done)]
        moves = {cell: done.before[cell] if done.role == "holder" else None for cell in done.moves}
        asked = Asked(self.town.moment, done.role, moves, {c: self.cells[c].holder for c in moves}, undoes=done)
        asked = next((one for one in self.open if one.undoes is done), asked)  # the same, cut short before
        left = [(cell, turn) for cell, turn in done.seen.items() if cell not in asked.seen]
        is_over = any(turn is None or self.cells[cell].is_over(turn) for cell, turn in left)
        impossible = is_over or any(name in without for name in moves.values())
        in_doubt = any(map(self.is_in_doubt, moves))
        if self._follow(server, asked, lambda: server.services.handovers.undo(self._id(done), "wang"), die_at):
            assert not impossible, f"{done} is undone, though it is over, or those who had it have no tablet"
        elif self.refusal and not in_doubt:
            assert impossible, f"{done} is not undone, though nothing speaks against it: {self.refusal}"

    def end(self, server: Server, place: int, *, cut: bool) -> None:
        """End an assignment, whichever."""
        self._pass()
        assignment, (cell, turn) = sorted(self._turns.items())[place % len(self._turns)]
        if not self.is_in_doubt(cell):
            server.services.assignments.end(assignment, cut=cut)
            self.cells[cell].end(turn, self.town.moment, cut=cut)

    def sweep(self, server: Server) -> None:
        """Let a server finish what was cut short; then every order was carried out whole, or will never be."""
        self._pass()
        server.services.handovers.finish()
        self._look()
        for asked in self.open:
            assert not asked.seen, f"{asked} was carried out in part"
        self.open.clear()

    def _pass(self) -> None:
        self.town.later(1)
        self._look()
        self.advance()

    def _follow(self, server: Server, asked: Asked, act: Callable[[], Handover], die_at: int) -> bool:
        """Have a server carry out an order; tells whether it said that it did."""
        self.open += [asked] if asked not in self.open else []
        made: list[Handover] = []
        self.refusal = None
        try:
            server.survive(lambda: made.append(act()), die_at)
        except FieldsyncError as error:
            self.refusal = error
        self._look()
        if self.refusal and asked in self.open:
            assert not asked.seen, f"{asked} was refused ({self.refusal}) and carried out in part"
            assert asked.undoes or isinstance(self.refusal, Conflict), (
                f"{asked} was planned and is refused: {self.refusal}"
            )
            self.open.remove(asked)
        if made:
            assert asked.is_done, f"{asked} is not done, though the answer was {made[0]}"
            asked.handover = made[0].id
        self.town.later(1)
        return bool(made)

    def _look(self) -> None:
        """See which orders were carried out where."""
        for asked in self.open:
            for cell in asked.moves.keys() - asked.seen.keys():
                self._look_at(asked, cell)
        for asked in [one for one in self.open if one.is_done]:
            self.open.remove(asked)
            self.done.append(asked)

    def _look_at(self, asked: Asked, cell: str) -> None:
        if asked.moves[cell] is None:
            ended = self._of(asked.undoes, cell)
            if ended and ended.state is not State.ACTIVE:
                asked.seen[cell] = None
                _, turn = self._turns[ended.id]
                self.cells[cell].end(turn, ended.until or self.town.moment)
            return
        assignment = self._of(asked, cell)
        if assignment:
            earliest = max(asked.since or asked.at, asked.at)
            assert earliest <= assignment.since <= max(earliest, self.town.moment), f"{assignment} for {asked}"
            until = max(asked.until, assignment.since) if asked.until else None  # it may be carried out after its day
            asked.seen[cell] = self._take_note(cell, assignment, until)

    def _take_note(self, cell: str, assignment: Assignment, until: datetime | None) -> Turn:
        turn = self.cells[cell].give(assignment.collector, assignment.role, assignment.since, until)
        self._known.add(assignment.id)
        self._turns[assignment.id] = (cell, turn)
        return turn

    def _of(self, asked: Asked | None, cell: str) -> Assignment | None:
        """Return the assignment that an order made in a cell; taking back says what it undoes."""
        if asked is None:
            return None
        if turn := asked.seen.get(cell):
            known = next(key for key, (_, other) in self._turns.items() if other is turn)
            return next(a for a in self._assignments(cell) if a.id == known)
        new = [a for a in self._assignments(cell) if a.id not in self._known and a.collector == asked.moves[cell]]
        return next((a for a in new if self._is_of(asked, a.handover or "")), None)

    def _is_of(self, asked: Asked, handover: str) -> bool:
        if asked.handover or asked.undoes is None:
            return asked.handover == handover
        kept = self.town.servers[1].services.handovers.need(handover)
        return kept.undoes == self._id(asked.undoes)

    def _id(self, asked: Asked) -> str:
        cell = next(iter(asked.moves))
        found = self._of(asked, cell)
        return asked.handover or (found.handover if found else None) or ""

    def _assignments(self, cell: str) -> list[Assignment]:
        return self.town.servers[1].services.assignments.of_cell(cell)

    def _planned(self, server: Server, order: Order) -> tuple[Handover | None, FieldsyncError | None]:
        try:
            return server.services.handovers.plan(order), None
        except FieldsyncError as error:
            return None, error

    def _does(self, order: Order, cell: str, name: str) -> bool:
        """Tell whether somebody will be in that place already when an order is to begin, and as long."""
        begins = max(order.since or self.town.moment, self.town.moment)
        return any(
            (turn.who, turn.role, turn.until) == (name, order.role, order.until) and turn.begin <= begins
            for turn in self.cells[cell].turns()
        )

    def _chosen(self, order: Order) -> list[str]:
        cells = [cell for cell in CELLS if not order.cells or cell in order.cells]
        return [cell for cell in cells if order.collector in (None, self.cells[cell].holder)]

    def _whom(self, order: Order, cell: str, before: str | None) -> str | None:
        return order.to if isinstance(order.to, str) else order.to.get(cell) or order.to.get(before or "")

"""Who works a cell when, told simply: places that people take and leave, and a diary of it.

The reference for assignments, handovers and the gate. It knows no epochs and no documents: a cell has one place for a
holder and one for each helper or stand-in; who takes a place leaves the one who was there without it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

Place = tuple[str, str]
"""A role, and whose place it is; there is one holder, whoever that is."""
ANYBODY = ""


class Right(StrEnum):
    """What somebody may do with a cell."""

    ALL = "all"
    SEND = "send"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Turn:
    """Somebody's time in a place: from when, till when if that is known."""

    number: int
    who: str
    role: str
    begin: datetime
    until: datetime | None = None

    @property
    def place(self) -> Place:
        """Return which place it is."""
        return self.role, ANYBODY if self.role == "holder" else self.who


@dataclass
class Holding:
    """One cell: who is where now, what is planned, and when each began or ceased to work here."""

    now: datetime
    taken: dict[Place, Turn] = field(default_factory=dict)
    planned: dict[Place, list[Turn]] = field(default_factory=dict)
    may_send: dict[str, set[Turn]] = field(default_factory=dict)
    diary: dict[str, list[tuple[datetime, bool]]] = field(default_factory=dict)
    count: int = 0

    def give(self, who: str, role: str, begin: datetime, until: datetime | None = None) -> Turn:
        """Let somebody have a place from some moment on; what was planned for that place before is off."""
        self.count += 1
        turn = Turn(self.count, who, role, begin, until)
        self.planned[turn.place] = [other for other in self.planned.get(turn.place, []) if other.begin < begin]
        self.planned[turn.place].append(turn)
        self.advance(self.now)
        return turn

    def end(self, turn: Turn, at: datetime, *, cut: bool = False) -> None:
        """Let somebody leave; with `cut` he may not even send what is left of this and earlier times in the role."""
        self.advance(at)
        self.planned[turn.place] = [other for other in self.planned.get(turn.place, []) if other != turn]
        if self.taken.get(turn.place) == turn:
            del self.taken[turn.place]
            self._write(at)
        if cut:
            mine = self.may_send.get(turn.who, set())
            mine -= {one for one in mine if one.role == turn.role and one.number <= turn.number}

    def handed_in(self, who: str) -> None:
        """Note that somebody has nothing left."""
        self.may_send.pop(who, None)

    def advance(self, to: datetime) -> None:
        """Let time pass, and with it what was planned."""
        while due := min(self._due(to), default=None):
            at, begins, number = due
            if begins:
                self._begin(next(t for turns in self.planned.values() for t in turns if t.number == number))
            else:
                self.taken = {place: turn for place, turn in self.taken.items() if turn.number != number}
            self._write(at)
        self.now = max(self.now, to)

    def is_over(self, turn: Turn) -> bool:
        """Tell whether somebody's time in a place has ended, or was called off."""
        return turn not in self.turns()

    def turns(self) -> list[Turn]:
        """Return who is where now, and who will be."""
        return [*self.taken.values(), *(turn for turns in self.planned.values() for turn in turns)]

    def works(self, who: str, at: datetime | None = None) -> bool:
        """Tell whether somebody works here, now or at a moment before."""
        return self._last(who, at)[1]

    def left(self, who: str, at: datetime) -> datetime:
        """Return since when somebody who did not work here at a moment had left."""
        return self._last(who, at)[0]

    def right(self, who: str) -> Right:
        """Return what somebody may do now."""
        if self.works(who):
            return Right.ALL
        return Right.SEND if self.may_send.get(who) else Right.NOTHING

    @property
    def holder(self) -> str | None:
        """Return who holds the cell now."""
        turn = self.taken.get(("holder", ANYBODY))
        return turn.who if turn else None

    def _due(self, to: datetime) -> list[tuple[datetime, bool, int]]:
        begins = [(t.begin, True, t.number) for turns in self.planned.values() for t in turns if t.begin <= to]
        return begins + [(t.until, False, t.number) for t in self.taken.values() if t.until and t.until <= to]

    def _begin(self, turn: Turn) -> None:
        self.planned[turn.place].remove(turn)
        self.taken[turn.place] = turn
        self.may_send.setdefault(turn.who, set()).add(turn)

    def _write(self, at: datetime) -> None:
        here = {turn.who for turn in self.taken.values()}
        for who in here | self.diary.keys():
            if self._last(who, None)[1] != (who in here):
                self.diary.setdefault(who, []).append((at, who in here))

    def _last(self, who: str, at: datetime | None) -> tuple[datetime, bool]:
        lines = [line for line in self.diary.get(who, []) if at is None or line[0] <= at]
        return lines[-1] if lines else (datetime.max.replace(tzinfo=self.now.tzinfo), False)

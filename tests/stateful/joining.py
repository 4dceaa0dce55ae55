"""Random days on which newcomers look alike: staff say who is one person, who is not, and take that back."""

from __future__ import annotations

from typing import Any

from fieldsync.decisions import Verdict
from fieldsync.errors import FieldsyncError

from .days import Day

NEWCOMERS, SHARE = 0.15, 0.4
"""How many of the edits are newcomers, and of the reviewer's acts about them taken back."""
RULINGS = ("same", "two_stays", "different")


class JoiningDay(Day):
    """A day with a reviewer who joins records, and parts them again."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.joined = self.undone = 0

    def _edit(self) -> None:
        if self.random.random() < NEWCOMERS:
            self._newcomer()
        else:
            super()._edit()

    def _decide(self) -> None:
        if self.random.random() < SHARE:
            self.undo()
        else:
            super()._decide()

    def _verdict(self, case: Any, may_return: bool) -> Verdict:
        if case.kind != "duplicate":
            return super()._verdict(case, may_return)
        action = self.random.choice(RULINGS)
        self.joined += action != "different"
        return Verdict("wu.min", ("5101",), action, "so")

    def think_again(self) -> None:
        """Take back what was decided about pairs, and decide about them anew."""
        for _ in range(4):
            self.undo()
            self.catch_up()
            while cases := self.pipeline.cases.where(state="open"):
                self.decide(self.random.choice(cases), may_return=False)
                self.catch_up()

    def undo(self) -> None:
        """Take back what was decided about some pair, whatever has been built on it since."""
        closed = self.pipeline.cases.where(state="closed")
        cases = [case for case in closed if case.kind == "duplicate" and case.decision]
        if not cases:
            return
        case, before = self.random.choice(cases), self.outcomes()
        self.note(f"takes back {case.decision['action']} {case.id[-6:]}")
        try:
            self.pipeline.steps.undo(case.id, Verdict("wu.min", ("5101",), "undo", "so"))
        except FieldsyncError as refused:
            self.note(f"  {refused}")
        else:
            self.undone += 1
        self._compare("undo", before)

"""Random days on which staff also take back what they admitted: any admission, at any time."""

from __future__ import annotations

from typing import Any

from fieldsync.decisions import Verdict
from fieldsync.errors import FieldsyncError

from .days import Day

SHARE = 0.4
"""How many of the reviewer's acts are reversals."""


class RevertingDay(Day):
    """A day with a reviewer who changes their mind."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.reverted = 0

    def _decide(self) -> None:
        if self.random.random() < SHARE:
            self.revert()
        else:
            super()._decide()

    def think_again(self) -> None:
        """Take back more of what was admitted."""
        for _ in range(6):
            self.revert()
        self.catch_up()

    def revert(self) -> None:
        """Take back what some case admitted, whole or one item of it; 409 where the registry has gone on."""
        kinds = ("admission", "contest")
        cases = [c for c in self.pipeline.cases.where(state="closed") if c.kind in kinds and c.decision]
        if not cases:
            return
        case, before = self.random.choice(cases), self.outcomes()
        named = [{"document": i["document"], "item": i["item"]} for i in case.items if self.random.random() < 0.3]
        self.note(f"takes back {case.kind} {case.id[-6:]} {named[:1]}")
        try:
            made = self.pipeline.steps.revert(case.id, Verdict("wu.min", ("5101",), "revert", "so", named[:1]))
        except FieldsyncError as conflict:
            self.note(f"  {conflict}")
            made = case
        else:
            self.reverted += 1
        self._compare("revert", before, decided=made)

"""Escalation: a case that nobody decides in time goes up a level, and is listed there too.

Who might decide it before still may: what goes up is who is asked, not who is allowed. A claim ends with it. What was
done is kept with the case by (rule, due), in the one write that sets the new due date; so it may be run at any time, by
any number of servers.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

import msgspec

from fieldsync.cases import LEVELS, OPEN, Case, Cases
from fieldsync.claims import unclaimed
from fieldsync.clock import write_time
from fieldsync.errors import Conflict

RULE = "overdue"


class Escalation:
    """Raises what is overdue; `days` is how long it may wait at each level above."""

    def __init__(self, cases: Cases, now: Callable[[], datetime], days: int) -> None:
        self._cases, self._now, self._days = cases, now, timedelta(days=days)

    def run(self) -> int:
        """Raise every open case that is overdue by one level; returns how many were."""
        now = self._now()
        late = [case.id for case in self._cases.each(state=OPEN) if case.is_overdue(write_time(now))]
        return sum(self._raise(case_id, now) for case_id in late)

    def _raise(self, case_id: str, now: datetime) -> bool:
        with suppress(Conflict):  # somebody decided it, or another server raised it
            case, parent = self._cases.get(case_id)
            raised = raised_case(case, write_time(now), write_time(now + self._days))
            if raised is not None:
                self._cases.put(raised, parent)
                return True
        return False


def raised_case(case: Case, now: str, due: str) -> Case | None:
    """Return an overdue case one level up, due anew; None where it is not overdue, or at the highest level. Pure."""
    above = LEVELS[LEVELS.index(case.asked_level) + 1 :]
    if not case.is_overdue(now) or not above:
        return None
    step = {"rule": RULE, "due": case.due, "from": case.asked_level, "to": above[0], "at": now}
    return msgspec.structs.replace(unclaimed(case), raised=[*case.raised, step], due=due)

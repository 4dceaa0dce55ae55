"""Claims: whoever takes a case on has it to themselves until they decide it, give it back, or it goes up a level."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from fieldsync.cases import Case, Cases
from fieldsync.clock import write_time
from fieldsync.errors import Conflict, Forbidden
from fieldsync.verdicts import Verdict, must_be_allowed


class Claims:
    """Takes cases on, and gives them back."""

    def __init__(self, cases: Cases, now: Callable[[], datetime]) -> None:
        self._cases, self._now = cases, now

    def claim(self, case_id: str, by: str, areas: tuple[str, ...]) -> Case:
        """Take a case on; again by the same person changes nothing.

        Raises NotFound, Forbidden (not theirs to decide), Conflict (somebody else has it, or it is decided).
        """
        case, parent = self._cases.get(case_id)
        must_be_open(case)
        must_be_allowed(case, Verdict(by, areas, "claim"), self._cases.level_digits[case.level])
        must_be_free(case, by)
        if case.claimed_by == by:
            return case
        claimed = msgspec.structs.replace(case, claimed_by=by, claimed_at=write_time(self._now()))
        self._cases.put(claimed, parent)
        return claimed

    def release(self, case_id: str, by: str, areas: tuple[str, ...], *, supervises: bool) -> Case:
        """Give a case back; a supervisor also one that somebody else has taken on.

        Raises NotFound, Forbidden (it is somebody else's), Conflict (nobody has it, or it is decided).
        """
        case, parent = self._cases.get(case_id)
        must_be_open(case)
        if case.claimed_by is None:
            raise Conflict(f"Nobody has claimed the case {case_id}.", zh=f"事项 {case_id} 无人认领。")
        is_theirs = case.claimed_by == by or (supervises and any(case.cell.startswith(area) for area in areas))
        if not is_theirs:
            raise Forbidden(
                f"The case {case_id} is claimed by {case.claimed_by}; they or a supervisor may release it.",
                zh=f"事项 {case_id} 由 {case.claimed_by} 认领；只能由其本人或主管释放。",
            )
        released = unclaimed(case)
        self._cases.put(released, parent)
        return released


def unclaimed(case: Case) -> Case:
    """Return a case that nobody has taken on."""
    return msgspec.structs.replace(case, claimed_by=None, claimed_at=None, lot=None)


def must_be_open(case: Case) -> None:
    """Let pass a case that a person may still decide. Raises Conflict."""
    if not case.is_open:
        raise Conflict(
            f"The case {case.id} is {case.state} already; read it again.",
            zh=f"事项 {case.id} 已不在待办状态；请重新查看。",
        )


def must_be_free(case: Case, by: str) -> None:
    """Let pass a case that nobody else has taken on. Raises Conflict."""
    if case.claimed_by not in (None, by):
        raise Conflict(
            f"The case {case.id} is claimed by {case.claimed_by}; ask them or a supervisor to release it.",
            zh=f"事项 {case.id} 已由 {case.claimed_by} 认领；请其本人或主管释放。",
        )

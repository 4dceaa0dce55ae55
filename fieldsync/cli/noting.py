"""What commands leave in the audit trail: who at the console saw or did what to whom, and in whose name."""

from __future__ import annotations

from collections.abc import Iterable

from fieldsync.cases import Case
from fieldsync.cli.context import OPERATOR
from fieldsync.services import Services
from fieldsync.trail import about, saw


def note_listed(services: Services, cases: Iterable[Case], area: str) -> None:
    """Note that cases were listed, and whom they are about."""
    services.trail.note(OPERATOR, "case.list", area or "cases", saw(name for case in cases for name in case.about))


def note_read(services: Services, case: Case) -> None:
    """Note that a case was shown."""
    services.trail.note(OPERATOR, "case.read", case.subject, saw(case.about))


def note_done(services: Services, action: str, case: Case, by: str) -> None:
    """Note what was done about a case in the name of somebody of the staff."""
    note_for(services, by, action, case.subject, case.about)


def note_for(services: Services, by: str, action: str, subject: str, documents: Iterable[str] = ()) -> None:
    """Note what was done in the name of somebody of the staff, and about what."""
    named = [about(documents)] if documents else []
    services.trail.note(OPERATOR, action, subject, "; ".join([f"for {by}", *named]))

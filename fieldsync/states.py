"""State: the server's word to the collector about a household or a dwelling, derived whole from what is known.

The life of a household in a round: not started, in progress, submitted, held, contested, waiting, returned, admitted,
or closed without interview. There is a state document only while there is something to say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fieldsync.cases import Case
from fieldsync.checking.finding import errors_of
from fieldsync.documents import data_of
from fieldsync.ledger import Entry
from fieldsync.units import Unit

CLOSED_RESULTS = ("refused", "vacant", "absent_all_round", "not_found")
QUIET_RESULTS = ("no_contact", "no_access", "postponed", "partial")


@dataclass(frozen=True, slots=True)
class Standing:
    """What a unit's state follows from: its visits and submissions (oldest first), findings and cases."""

    unit: Unit
    visits: Sequence[Entry]
    submissions: Sequence[Entry]
    edited: bool
    findings: Sequence[Mapping[str, Any]]
    contests: Sequence[Case]
    admissions: Sequence[Case]


def status_of(standing: Standing) -> str:
    """Return where the unit stands in its round."""
    if not standing.submissions:
        return _before_submission(standing)
    if standing.contests:
        return "contested"
    if _held(standing):
        return "held"
    if any(case.is_open for case in standing.admissions):
        return "waiting"
    return "returned" if _returned(standing) else "admitted"


def _before_submission(standing: Standing) -> str:
    results = [data_of(v.body or {}).get("result") for v in standing.visits]
    if results and results[-1] in CLOSED_RESULTS:
        return f"closed_{results[-1]}"
    return "in_progress" if results or standing.edited else "not_started"


def _held(standing: Standing) -> list[Mapping[str, Any]]:
    insisted = data_of(standing.submissions[-1].body or {}).get("insist")
    known = insisted if isinstance(insisted, dict) else {}
    return errors_of(standing.findings, known)


def _returned(standing: Standing) -> list[dict[str, Any]]:
    """Return what the latest submission got back, with the reasons."""
    latest = standing.submissions[-1].document
    cases = [c for c in standing.admissions if c.submission == latest and c.decision]
    return [returned for case in cases for returned in _returned_items(case)]


def _returned_items(case: Case) -> list[dict[str, Any]]:
    decision = case.decision or {}
    return [
        {"document": i["document"], "item": i["item"], "reason": r.get("reason")}
        for i in case.items
        if (r := ruling_on(decision, i))["action"] == "return"
    ]


def ruling_on(decision: Mapping[str, Any], item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the action and reason of a decision for one item of its case."""
    about = (item["document"], item["item"])
    own: Mapping[str, Any] = next((r for r in decision.get("items", ()) if (r["document"], r["item"]) == about), {})
    return {"action": own.get("action", decision["action"]), "reason": own.get("reason", decision.get("reason"))}


def state_document(standing: Standing) -> dict[str, Any] | None:
    """Return the body of the unit's state document, or None where there is nothing to say."""
    status = status_of(standing)
    if status in ("not_started", "in_progress"):
        findings: Sequence[Mapping[str, Any]] = ()
        if not standing.contests:
            return None
    else:
        findings = standing.findings
    data: dict[str, Any] = {"about": standing.unit.id, "status": status}
    if findings:
        data["findings"] = [dict(f) for f in findings]
    if standing.contests:
        data["contests"] = [{"document": c.document, "item": c.item, "case": c.id} for c in standing.contests]
    returned = _returned(standing) if standing.submissions else []
    if returned:
        data["returned"] = returned
    return {"kind": "state", "data": data}

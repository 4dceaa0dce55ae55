"""Cases: what waits for a person, and what they decide."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from fieldsync.accounts import Principal, Role
from fieldsync.cases import Case
from fieldsync.clock import write_time
from fieldsync.decisions import Verdict
from fieldsync.documents import kind_of
from fieldsync.earlier import decided_value, reversals_of
from fieldsync.masking import masked_stored
from fieldsync.pipeline import Pipeline
from fieldsync.trail import about, saw
from mobile_api.codes import AREA
from mobile_api.dependencies import Cursor, Limit, Staff
from mobile_api.errors import GUARDED, STATUS, responses
from mobile_api.flow import Flow, Reviewer, must_see

router = APIRouter(prefix="/cases", tags=["cases"])
Kind = Literal["admission", "contest", "deletion", "quarantine", "late", "duplicate", "move", "reversal"]
State = Literal["open", "decided", "closed"]
Level = Literal["community", "street", "district", "city"]
Action = (
    Literal["admit", "return", "refuse", "choose", "value", "release", "dismiss", "accept"]
    | Literal["same", "two_stays", "different", "moved"]
)


class ItemDecision(BaseModel):
    """A decision about one item of an admission."""

    model_config = ConfigDict(extra="forbid")
    document: str = Field(max_length=200)
    item: str = Field(max_length=200)
    action: Action
    reason: str | None = Field(None, max_length=2000)


class DecisionAsked(BaseModel):
    """A decision: for the whole case, with exceptions by item; `saw` names the revisions that were looked at."""

    model_config = ConfigDict(extra="forbid")
    action: Action
    reason: str | None = Field(None, max_length=2000)
    items: list[ItemDecision] = Field(default_factory=list, max_length=2000)
    rev: str | None = Field(None, max_length=60, description="The candidate to choose, in a contest")
    value: dict[str, Any] | None = Field(
        None,
        description='{"value": …} or {"missing": reason} in a contest; {"data": …, "missing": …} to release mended',
    )
    saw: dict[str, str] = Field(default_factory=dict, description="Revision by document")


class OneDecision(DecisionAsked):
    """A decision of many: which case it is about."""

    case: str = Field(max_length=100)


class DecisionsAsked(BaseModel):
    """Decisions about many cases, each of which succeeds or fails by itself."""

    model_config = ConfigDict(extra="forbid")
    decisions: list[OneDecision] = Field(min_length=1, max_length=200)


class DecisionResult(BaseModel):
    """What became of one of many decisions: `status` is what it would have been answered with by itself."""

    case: str
    status: int
    state: str | None = None
    error: str | None = None
    reason: str | None = None
    reason_zh: str | None = None


class DecisionResults(BaseModel):
    """What became of each decision, in the order in which they were sent."""

    results: list[DecisionResult]
    decided: int
    failed: int


class UndoAsked(BaseModel):
    """Why a decision is taken back."""

    model_config = ConfigDict(extra="forbid")
    reason: str = Field(min_length=1, max_length=2000)


class Wanting(BaseModel):
    """Which of the cases need somebody most."""

    mine: bool = Field(False, description="Only what the asker has claimed")
    unclaimed: bool = Field(False, description="Only what nobody has claimed")
    overdue: bool = Field(False, description="Only what should have been decided, or went up a level for that")
    raised: Level | None = Field(None, description="Only what went up to this level")

    def has(self, case: Case, user: str, now: str) -> bool:
        """Tell whether a case is among them."""
        return not (
            (self.mine and case.claimed_by != user)
            or (self.unclaimed and case.claimed_by)
            or (self.overdue and not (case.raised or case.is_overdue(now)))
            or (self.raised and not (case.raised and case.asked_level == self.raised))
        )


class Named(BaseModel):
    """An item of a document."""

    model_config = ConfigDict(extra="forbid")
    document: str = Field(max_length=200)
    item: str = Field(max_length=200)


class RevertAsked(BaseModel):
    """Which values of a case are taken back (all that it admitted, unless some are named), and why."""

    model_config = ConfigDict(extra="forbid")
    reason: str = Field(min_length=1, max_length=2000)
    items: list[Named] = Field(default_factory=list, max_length=2000)


class CasePage(BaseModel):
    """Cases, and where the next page begins."""

    cases: list[dict[str, Any]]
    next: str | None = None


@router.get("", summary="List the cases of your areas", responses=GUARDED)
def list_cases(
    flow: Flow,
    asker: Staff,
    wanting: Annotated[Wanting, Depends()],
    kind: Kind | None = None,
    state: State = "open",
    area: Annotated[str, Query(pattern=AREA)] = "",
    round: Annotated[str, Query(max_length=200)] = "",
    cursor: Cursor = None,
    limit: Limit = 100,
) -> CasePage:
    """In order of identifier, sensitive values masked; `next` of a page is the `cursor` of the following one.

    Whom a page is about is in the audit trail.
    """
    shown: list[Case] = []
    following: str | None = None
    now = write_time(flow.steps.now())
    for case in flow.cases.each(after=cursor or "", state=state):
        is_asked = kind in (None, case.kind) and case.cell.startswith(area) and round in ("", case.round)
        if is_asked and asker.covers(case.cell) and wanting.has(case, asker.user, now):
            if len(shown) == limit:
                following = shown[-1].id
                break
            shown.append(case)
    flow.trail.note(asker.user, "case.list", area or "cases", saw(name for case in shown for name in case.about))
    return CasePage(cases=[_masked(case, flow) for case in shown], next=following)


@router.get("/{case}", summary="Show a case with everything to decide it by", responses=GUARDED | responses(404))
def show_case(case: str, flow: Flow, asker: Staff) -> dict[str, Any]:
    """Sensitive values are shown to whoever may decide, masked to others; every read is in the audit trail."""
    found, _ = flow.cases.get(case)
    must_see(asker, found.cell)
    return shown_case(found, flow, asker)


def shown_case(found: Case, flow: Pipeline, asker: Principal) -> dict[str, Any]:
    """Return a case as it is shown to somebody of its area, and note that it was."""
    flow.trail.note(asker.user, "case.read", found.subject, saw(found.about))
    may_decide = asker.has(Role.SUPERVISOR) or asker.has(Role.REVIEWER)
    if not may_decide:
        return _masked(found, flow)
    reverted = _reverted(found, flow)
    came = {"came": flow.releases.came(found)} if found.kind == "quarantine" else {}
    return _shown(found, flow) | came | reverted | {"earlier": _with_values(found, flow)}


@router.post("/{case}/claim", summary="Take a case on", responses=GUARDED | responses(404, 409))
def claim(case: str, flow: Flow, asker: Reviewer) -> dict[str, Any]:
    """Nobody else can decide it then, until the claim is released or the case goes up a level."""
    must_see(asker, flow.cases.get(case)[0].cell)
    return _masked(flow.steps.claims.claim(case, asker.user, asker.areas), flow)


@router.delete("/{case}/claim", summary="Give a case back", responses=GUARDED | responses(404, 409))
def release(case: str, flow: Flow, asker: Reviewer) -> dict[str, Any]:
    """Whoever claimed it may, and supervisors of its area."""
    must_see(asker, flow.cases.get(case)[0].cell)
    return _masked(
        flow.steps.claims.release(case, asker.user, asker.areas, supervises=asker.has(Role.SUPERVISOR)), flow
    )


@router.post("/decisions", summary="Decide many cases at once", responses=GUARDED)
def decide_many(asked: DecisionsAsked, flow: Flow, asker: Reviewer) -> DecisionResults:
    """Each case has its own result: one that fails keeps no other from being decided."""
    verdicts = [(one.case, _verdict(one, asker)) for one in asked.decisions]
    results = []
    for one, (case, became) in zip(asked.decisions, flow.steps.decide_each(verdicts), strict=True):
        if isinstance(became, Case):
            flow.trail.note(asker.user, f"case.{one.action}", became.subject, about(became.about))
            results.append(DecisionResult(case=case, status=200, state=became.state))
        else:
            status = STATUS.get(became.code, 500)
            words = {"reason": became.message, "reason_zh": became.message_zh or None}
            results.append(DecisionResult(case=case, status=status, error=became.code, **words))
    failed = sum(result.error is not None for result in results)
    return DecisionResults(results=results, decided=len(results) - failed, failed=failed)


@router.post("/{case}/decision", summary="Decide a case, whole or by item", responses=GUARDED | responses(404, 409))
def decide(case: str, asked: DecisionAsked, flow: Flow, asker: Reviewer) -> dict[str, Any]:
    """409 when a value under decision has changed since it was seen; the submitter never decides."""
    found, _ = flow.cases.get(case)
    must_see(asker, found.cell)
    decided = flow.steps.decide(case, _verdict(asked, asker))
    flow.trail.note(asker.user, f"case.{asked.action}", found.subject, about(found.about))
    return _masked(decided, flow)


@router.post("/{case}/undo", summary="Take back what was decided", responses=GUARDED | responses(404, 409))
def undo(case: str, asked: UndoAsked, flow: Flow, asker: Reviewer) -> dict[str, Any]:
    """Of a duplicate: the case is open again, with the decision that was taken back in `undone`."""
    found, _ = flow.cases.get(case)
    must_see(asker, found.cell)
    undone = flow.steps.undo(case, Verdict(by=asker.user, areas=asker.areas, action="undo", reason=asked.reason))
    flow.trail.note(asker.user, "case.undo", found.subject, about(found.about))
    return _masked(undone, flow)


@router.post("/{case}/revert", summary="Take an admission back", responses=GUARDED | responses(404, 409))
def revert(case: str, asked: RevertAsked, flow: Flow, asker: Reviewer) -> dict[str, Any]:
    """The reversal, a case of its own. 409 where the registry has gone on from a value since."""
    found, _ = flow.cases.get(case)
    must_see(asker, found.cell)
    items = [one.model_dump() for one in asked.items]
    reversal = flow.steps.revert(case, Verdict(asker.user, asker.areas, "revert", asked.reason, items))
    flow.trail.note(asker.user, "case.revert", found.subject, about(found.about))
    return _masked(reversal, flow)


def _verdict(asked: DecisionAsked, asker: Principal) -> Verdict:
    return Verdict(
        by=asker.user,
        areas=asker.areas,
        action=asked.action,
        reason=asked.reason,
        items=[i.model_dump(exclude_none=True) for i in asked.items],
        rev=asked.rev,
        value=asked.value,
        saw=asked.saw,
    )


def _shown(case: Case, flow: Pipeline) -> dict[str, Any]:
    built: dict[str, Any] = msgspec.to_builtins(case)
    return built | ({"overdue": True} if case.is_overdue(write_time(flow.steps.now())) else {})


def _reverted(case: Case, flow: Pipeline) -> dict[str, Any]:
    """Return the reversals of what a case admitted: which items, by whom, when and why."""
    if case.kind not in ("admission", "contest") or case.is_open:
        return {}
    where = flow.cases.where
    same = where(household=case.household) if case.household else where(document=case.document or "")
    reverted = reversals_of(case, same)
    return {"reverted": reverted} if reverted else {}


def _with_values(case: Case, flow: Pipeline) -> list[dict[str, Any]]:
    """Return what was decided before about the items of a case, with the value that was decided about."""
    named = flow.cases.named(sorted({one["case"] for one in case.earlier}))
    return [one | decided_value(named[one["case"]], one) for one in case.earlier if one["case"] in named]


def _masked(case: Case, flow: Pipeline) -> dict[str, Any]:
    """Return a case with its sensitive values masked."""

    def mask(document: str, item: str, stored: dict[str, Any]) -> dict[str, Any]:
        fields = flow.kinds.merge_rules(kind_of(document)).fields_of(item)
        return masked_stored(stored, item, fields, flow.kinds.masks(kind_of(document)))

    built = _shown(case, flow)
    for asked in built.get("items", ()):
        for name in ("proposed", "told", "registry"):
            asked[name] = mask(asked["document"], asked["item"], asked[name])
    if case.kind == "contest":
        document, item = case.document or "", case.item or ""
        built["candidates"] = [mask(document, item, candidate) for candidate in case.candidates]
        built["base"] = mask(document, item, case.base)
        if case.decision and "value" in case.decision:
            built["decision"] = {**case.decision, "value": mask(document, item, case.decision["value"])}
    if case.kind == "quarantine" and case.decision and "value" in case.decision:
        built["decision"] = {name: part for name, part in case.decision.items() if name != "value"}
    return built

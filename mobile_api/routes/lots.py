"""Lots: many cases of first values without a finding, accepted or rejected by a random sample of them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from fieldsync.accounts import Principal
from fieldsync.lots import Judgement, Lot
from fieldsync.pipeline import Pipeline
from fieldsync.trail import about
from mobile_api.codes import AREA
from mobile_api.dependencies import Staff
from mobile_api.errors import GUARDED, responses
from mobile_api.flow import Flow, Reviewer, must_see
from mobile_api.routes.cases import shown_case

router = APIRouter(prefix="/lots", tags=["cases"])
State = Literal["drawing", "open", "decided", "closed"]


class LotAsked(BaseModel):
    """Of which area's cases of which round a lot is drawn."""

    model_config = ConfigDict(extra="forbid")
    area: str = Field(pattern=AREA)
    round: str = Field(min_length=1, max_length=200)


class LookedAt(BaseModel):
    """A case of the sample, and what is wrong with it, if anything."""

    model_config = ConfigDict(extra="forbid")
    case: str = Field(max_length=100)
    fault: str | None = Field(None, min_length=1, max_length=2000)


class LotDecision(BaseModel):
    """Accept or reject; `looked_at` has every case of the sample, for the lot to be accepted."""

    model_config = ConfigDict(extra="forbid")
    action: Literal["accept", "reject"]
    looked_at: list[LookedAt] = Field(default_factory=list, max_length=200)
    reason: str | None = Field(None, max_length=2000)


class LotSummary(BaseModel):
    """A lot: how many cases it has, how many are looked at, how many of these may be faulty, what came of it.

    `would_pass` says how often a lot with such a share of faulty cases would be accepted.
    """

    id: str
    state: str
    area: str
    round: str
    made_by: str
    made_at: str
    seed: str
    size: int
    looked_at: int
    may_be_faulty: int
    would_pass: dict[str, float]
    sample: list[str]
    decision: dict[str, Any] | None
    admitted: int
    left_out: dict[str, str]


class LotShown(LotSummary):
    """A lot with its sample, each case as it is decided by."""

    cases: list[dict[str, Any]]


class LotList(BaseModel):
    """Lots."""

    lots: list[LotSummary]


@router.post("", status_code=201, summary="Draw a lot", responses=GUARDED | responses(409))
def draw_lot(asked: LotAsked, flow: Flow, asker: Reviewer) -> LotSummary:
    """Claims the cases that fit, 200 at most, and draws the sample. 409 where none fits."""
    return _summary(flow.steps.lots.draw(asked.area, asked.round, asker.user, asker.areas))


@router.get("", summary="List the lots of your areas", responses=GUARDED)
def list_lots(flow: Flow, asker: Staff, state: Annotated[State | None, Query()] = None) -> LotList:
    """In no order that means anything; without the cases."""
    return LotList(lots=[_summary(lot) for lot in flow.steps.lots.all(state) if asker.covers(lot.area)])


@router.get("/{lot}", summary="Show a lot with its sample", responses=GUARDED | responses(404))
def show_lot(lot: str, flow: Flow, asker: Staff) -> LotShown:
    """Sensitive values are shown to whoever may decide, masked to others; every case that is shown is in the trail."""
    found = _seen(lot, flow, asker)
    cases = [shown_case(flow.cases.get(case)[0], flow, asker) for case in found.sample]
    return LotShown(**_summary(found).model_dump(), cases=cases)


@router.post("/{lot}/decision", summary="Accept or reject a lot", responses=GUARDED | responses(404, 409))
def decide_lot(lot: str, asked: LotDecision, flow: Flow, asker: Reviewer) -> LotSummary:
    """Accepted, its cases are admitted but the faulty ones; rejected, each is decided by itself."""
    found = _seen(lot, flow, asker)
    looked_at = {one.case: one.fault for one in asked.looked_at}
    judged = Judgement(asker.user, asker.areas, asked.action, looked_at, asked.reason)
    decided = flow.steps.decide_lot(lot, judged)
    members = flow.cases.named(list(decided.members)).values()
    flow.trail.note(asker.user, f"lot.{asked.action}", found.id, about(n for case in members for n in case.about))
    return _summary(decided)


def _seen(lot: str, flow: Pipeline, asker: Principal) -> Lot:
    """Return a lot of the asker's areas. Raises NotFound or Forbidden."""
    found = flow.steps.lots.need(lot)
    must_see(asker, found.area)
    return found


def _summary(lot: Lot) -> LotSummary:
    return LotSummary(
        id=lot.id,
        state=lot.state,
        area=lot.area,
        round=lot.round,
        made_by=lot.made_by,
        made_at=lot.made_at,
        seed=lot.seed,
        size=lot.plan.size,
        looked_at=lot.plan.looked_at,
        may_be_faulty=lot.plan.may_be_faulty,
        would_pass=lot.plan.risks(),
        sample=lot.sample,
        decision=lot.decision,
        admitted=len(lot.admitted),
        left_out=lot.left_out,
    )

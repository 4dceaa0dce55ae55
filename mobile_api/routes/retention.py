"""What runs out by its form's retention, and what is held back; for administrators."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from fieldsync.holds import Hold
from mobile_api.codes import AREA
from mobile_api.dependencies import Administrator
from mobile_api.errors import GUARDED, responses
from mobile_api.flow import Flow

router = APIRouter(prefix="/retention", tags=["privacy"])


class KeptBy(BaseModel):
    """What keeps a document that ran out: `hold`, `case`, `handover` or `sealing`."""

    code: str
    en: str
    zh: str


class ComingShown(BaseModel):
    """A document that runs out: `since` when its retention counts, `due` when it is over, `goes` at the earliest."""

    document: str
    form: str
    cell: str
    retention: str
    since: date
    due: date
    listed: date | None
    goes: date
    kept_by: list[KeptBy]


class ComingPage(BaseModel):
    """What runs out until a day, cell by cell; the next page is `after` the last cell looked at, None at the end."""

    until: date
    coming: list[ComingShown]
    next: str | None


class HoldWanted(BaseModel):
    """What is to be held (`person:…`, `household:…` or a form), why, and the last day, if there is one."""

    subject: str = Field(max_length=100)
    reason: str = Field(max_length=500)
    until: date | None = None


class HoldShown(BaseModel):
    """A hold; `ended_at` and `ended_by` where it has ended."""

    id: str
    subject: str
    reason: str
    by: str
    at: str
    until: date | None
    ended_at: str | None
    ended_by: str | None


class HoldList(BaseModel):
    """All holds, those that have ended too."""

    holds: list[HoldShown]


_CELLS = 50


@router.get("", summary="What runs out", responses=GUARDED)
def list_coming(
    flow: Flow,
    asker: Administrator,
    within: Annotated[int, Query(ge=0, le=36500, description="Also what runs out within so many days")] = 30,
    area: Annotated[str, Query(pattern=AREA, description="Only cells whose code begins so")] = "",
    after: Annotated[str, Query(max_length=30, description="Only cells after this one")] = "",
) -> ComingPage:
    """Documents by cell, fifty cells a page: when they go at the earliest, and what keeps them. Changes nothing."""
    flow.trail.note(asker.user, "retention.list", area or "all")
    until = date.fromisoformat(flow.steps.today()) + timedelta(days=within)
    cells = sorted(cell for cell in flow.steps.cells() if cell.startswith(area) and cell > after)
    found = [
        ComingShown(
            document=one.one.document,
            form=one.one.form,
            cell=one.one.cell,
            retention=one.one.retention,
            since=one.one.since,
            due=one.one.due,
            listed=one.listed,
            goes=one.goes,
            kept_by=[KeptBy(code=o.code, en=o.en, zh=o.zh) for o in one.obstacles],
        )
        for one in flow.retention.coming(cells[:_CELLS], until)
    ]
    return ComingPage(until=until, coming=found, next=cells[_CELLS - 1] if len(cells) > _CELLS else None)


@router.get("/holds", summary="What is held", responses=GUARDED)
def list_holds(flow: Flow, _: Administrator) -> HoldList:
    """By whom, why, until when; those that have ended, too."""
    return HoldList(holds=[_shown(hold) for hold in flow.holds.all()])


@router.post("/holds", status_code=201, summary="Hold somebody or a form", responses=GUARDED)
def place_hold(wanted: HoldWanted, flow: Flow, asker: Administrator) -> HoldShown:
    """What is held stays though its retention is over, and is erased on nobody's request."""
    return _shown(flow.holds.place(wanted.subject, wanted.reason, asker.user, wanted.until))


@router.delete("/holds/{hold}", summary="End a hold", responses=GUARDED | responses(404))
def end_hold(hold: str, flow: Flow, asker: Administrator) -> HoldShown:
    """What ran out meanwhile goes, as far as it was listed for the days of grace."""
    return _shown(flow.holds.end(hold, asker.user))


def _shown(hold: Hold) -> HoldShown:
    return HoldShown(**{name: getattr(hold, name) for name in HoldShown.model_fields})

"""Reports: the books, and how far the steps are."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from fieldsync.accounts import require
from fieldsync.audit import Selection
from mobile_api.dependencies import Staff
from mobile_api.errors import GUARDED
from mobile_api.flow import Flow

router = APIRouter(prefix="/reports", tags=["reports"])


class StepsReport(BaseModel):
    """Which cells have changes that the steps have not worked off yet, and how many cases are open."""

    behind: list[str]
    open_cases: int


@router.get("/accounting", summary="Account for every change of an area", responses=GUARDED)
def accounting(flow: Flow, asker: Staff, area: Annotated[str, Query(pattern=r"^\d{0,15}$")] = "") -> dict[str, Any]:
    """Edits and changes in, and what became of each; `unaccounted` is 0 or something is wrong."""
    require(asker, *asker.roles, area=area)
    return flow.auditor.run(Selection(area)).report()


@router.get("/steps", summary="Tell how far resolve, check and admit are", responses=GUARDED)
def steps(flow: Flow, asker: Staff, area: Annotated[str, Query(pattern=r"^\d{0,15}$")] = "") -> StepsReport:
    """Looks at every cell of the area: name a small one when asking often."""
    with flow.steps.lock:
        behind = [cell for cell in flow.steps.behind(area) if asker.covers(cell)]
    seen = [case.cell for case in flow.cases.each(state="open") if case.cell.startswith(area)]
    return StepsReport(behind=behind, open_cases=sum(1 for cell in seen if asker.covers(cell)))

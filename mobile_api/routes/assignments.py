"""Assignments: who works which cell."""

from __future__ import annotations

from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Query

from fieldsync.accounts import require
from fieldsync.assignments import Wish
from mobile_api.codes import CELL
from mobile_api.dependencies import Cursor, Limit, Staff, Supervisor, Use
from mobile_api.errors import GUARDED, responses
from mobile_api.routes.cells import Area, visible_cells
from mobile_api.schemas import AssignmentAsked, AssignmentPage, AssignmentShown, EndAsked

router = APIRouter(prefix="/assignments", tags=["assignments"])
_NO_TABLET = {"code": "no_tablet", "zh": "该采集员还没有平板", "en": "This collector has no tablet yet."}


@router.get("", summary="List the assignments of cells", responses=GUARDED | responses(404))
def list_assignments(
    use: Use,
    asker: Staff,
    area: Area = "",
    cell: Annotated[str | None, Query(pattern=CELL, description="Only this cell's, whatever the area")] = None,
    collector: Annotated[str | None, Query(max_length=64)] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> AssignmentPage:
    """`limit` counts cells, so that a cell's assignments are never torn apart."""
    if cell:
        require(asker, *asker.roles, area=cell)
        codes = [use.cells.need(cell).code]
    else:
        codes = [one.code for one in islice(visible_cells(use, asker, area, cursor), limit + 1)]
    found = [a for code in codes[:limit] for a in use.assignments.of_cell(code)]
    shown = [AssignmentShown.of(a) for a in found if collector in (None, a.collector)]
    return AssignmentPage(assignments=shown, next=codes[limit - 1] if len(codes) > limit else None)


@router.post(
    "",
    summary="Assign a collector to a cell; a new holder begins a handover",
    status_code=201,
    responses=GUARDED | responses(404, 409),
)
def assign(asked: AssignmentAsked, use: Use, asker: Supervisor) -> AssignmentShown:
    require(asker, *asker.roles, area=asked.cell)
    buildings = tuple(asked.buildings)
    wish = Wish(asked.cell, asked.collector, asked.role, asked.since, asked.until, buildings, saw=asked.saw)
    shown = AssignmentShown.of(use.assignments.assign(wish))
    if asked.collector not in use.devices.enrolled():
        shown.warnings.append(_NO_TABLET)
    return shown


@router.post("/{assignment}/end", summary="End an assignment", responses=GUARDED | responses(404))
def end(assignment: str, asked: EndAsked, use: Use, asker: Supervisor) -> AssignmentShown:
    require(asker, *asker.roles, area=use.assignments.need(assignment).cell)
    return AssignmentShown.of(use.assignments.end(assignment, cut=asked.cut))

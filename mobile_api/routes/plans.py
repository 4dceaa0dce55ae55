"""Plans: the division of the city into cells."""

from __future__ import annotations

from datetime import date as calendar_date
from typing import Annotated

from fastapi import APIRouter, Query

from fieldsync.cells import PlanFile
from mobile_api.dependencies import AdministratorsFile, Staff, Use
from mobile_api.errors import GUARDED, responses
from mobile_api.schemas import ImportedShown, PlanList, PlanShown

router = APIRouter(prefix="/plans", tags=["plans"])
_GEOJSON = {
    "requestBody": {
        "required": True,
        "description": "A GeoJSON FeatureCollection of polygons in WGS 84, each with the properties `code` and `name`",
        "content": {"application/geo+json": {"schema": {"type": "object"}}},
    }
}


@router.get("", summary="List plans", responses=GUARDED)
def list_plans(use: Use, _: Staff) -> PlanList:
    return PlanList(plans=[PlanShown.of(plan) for plan in use.cells.plans()])


@router.post(
    "", summary="Import a plan", status_code=201, responses=GUARDED | responses(409, 413), openapi_extra=_GEOJSON
)
def import_plan(
    use: Use,
    body: AdministratorsFile,
    name: Annotated[str, Query(min_length=1, max_length=200)],
    date: Annotated[calendar_date, Query(description="The day from which the plan holds")],
    dry_run: Annotated[bool, Query(description="Only tell what would be done")] = False,
) -> ImportedShown:
    imported = use.cells.import_plan(PlanFile(body, name, date), dry_run=dry_run)
    if not dry_run:
        use.rounds.deliver(imported.plan.cells)
        use.delivery.bring_to(imported.plan.cells)
    return ImportedShown.of(imported, dry_run)

"""Plans: the division of the city into cells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date as calendar_date
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from fieldsync.geofiles import FileChoice
from fieldsync.plan_files import PlanFile, named_areas
from grid import Fields
from mobile_api.dependencies import AdministratorsFile, Staff, Use
from mobile_api.errors import GUARDED, responses
from mobile_api.file_checks import place_to_check
from mobile_api.schemas import ImportedShown, PlanList, PlanShown

router = APIRouter(prefix="/plans", tags=["plans"])
_GEOJSON = {
    "requestBody": {
        "required": True,
        "description": "Polygons with the properties `code` and `name`: GeoJSON, GeoPackage, or a Shapefile in a zip",
        "content": {
            "application/geo+json": {"schema": {"type": "object"}},
            "application/geopackage+sqlite3": {"schema": {"type": "string", "format": "binary"}},
            "application/zip": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


@dataclass(frozen=True)
class Reading:
    """How the file of a plan is to be read."""

    crs: Annotated[
        str, Query(max_length=2000, description="Its coordinate system: EPSG:4527, CGCS2000, GCJ02, BD09")
    ] = ""
    layer: Annotated[str, Query(max_length=200, description="Its layer, where it has several")] = ""
    encoding: Annotated[str, Query(max_length=40, description="Of a Shapefile's texts")] = ""
    code_field: Annotated[str, Query(max_length=200, description="The property that has the code")] = "code"
    name_field: Annotated[str, Query(max_length=200, description="The property that has the name")] = "name"


@router.get("", summary="List plans", responses=GUARDED)
def list_plans(use: Use, _: Staff) -> PlanList:
    return PlanList(plans=[PlanShown.of(plan) for plan in use.cells.plans()])


@router.post(
    "", summary="Import a plan", status_code=201, responses=GUARDED | responses(409, 413, 503), openapi_extra=_GEOJSON
)
def import_plan(
    use: Use,
    body: AdministratorsFile,
    name: Annotated[str, Query(min_length=1, max_length=200)],
    date: Annotated[calendar_date, Query(description="The day from which the plan holds")],
    reading: Annotated[Reading, Depends()],
    dry_run: Annotated[bool, Query(description="Only tell what would change")] = False,
) -> ImportedShown:
    choice = FileChoice(reading.crs, reading.layer, reading.encoding)
    fields = Fields(reading.code_field, reading.name_field)
    plan = PlanFile(body, name, date, choice, fields, named_areas(use.areas.names()))
    with place_to_check():
        imported = use.cells.import_plan(plan, dry_run=dry_run)
    if not dry_run:
        use.rounds.deliver(imported.plan.cells)
        use.delivery.bring_to(imported.plan.cells)
    return ImportedShown.of(imported, dry_run)

"""Cells, as GeoJSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Query

from fieldsync.accounts import Principal, Role, require
from fieldsync.cells import Cell
from fieldsync.services import Services
from mobile_api.bounding import BBox, meets, parse_bbox
from mobile_api.codes import AREA
from mobile_api.dependencies import Asker, Cursor, Limit, Staff, Use
from mobile_api.errors import GUARDED, responses
from mobile_api.schemas import CellCollection, CellFeature

router = APIRouter(prefix="/cells", tags=["cells"])
Area = Annotated[str, Query(pattern=AREA, description="Only cells whose code begins so")]


def visible_cells(use: Services, asker: Principal, area: str, after: str | None) -> Iterator[Cell]:
    """Yield the cells of an area that lie in the asker's own areas, in order of code. Raises Forbidden for none."""
    if asker.covers(area):
        yield from use.cells.within(area, after)
        return
    inside = sorted(own for own in asker.areas if own.startswith(area))
    if not inside:
        require(asker, Role.ADMINISTRATOR, area=area)
    done: tuple[str, ...] = ()
    for own in inside:
        if not own.startswith(done):
            yield from use.cells.within(own, after)
            done = (*done, own)


@router.get("", summary="List cells", responses=GUARDED)
def list_cells(
    use: Use, asker: Staff, area: Area = "", bbox: BBox = None, cursor: Cursor = None, limit: Limit = 100
) -> CellCollection:
    features: list[CellFeature] = []
    ground = parse_bbox(bbox)
    for cell in visible_cells(use, asker, area, cursor):
        if not meets(cell, ground):
            continue
        if len(features) == limit:
            return CellCollection(features=features, next=features[-1].id)
        features.append(CellFeature.of(cell))
    return CellCollection(features=features)


@router.get("/{code}", summary="Show a cell", responses=GUARDED | responses(404))
def show(code: str, use: Use, asker: Asker) -> CellFeature:
    if use.assignments.access(asker.user, code) is None:
        require(asker, Role.SUPERVISOR, Role.REVIEWER, Role.ADMINISTRATOR, Role.AUDITOR, area=code)
    return CellFeature.of(use.cells.need(code))

"""OGC API - Features: the cells for desktop programs such as QGIS, read-only, for staff.

Source: OGC 17-069r4 (OGC API - Features - Part 1: Core), sections 7 and 8.
"""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse

from fieldsync.accounts import Role, require
from fieldsync.cells import Cell
from fieldsync.clock import write_time
from fieldsync.errors import BadInput, NotFound
from mobile_api.bounding import BBox, meets, parse_bbox
from mobile_api.dependencies import Staff, Use
from mobile_api.errors import GUARDED, responses
from mobile_api.ogc_words import CONFORMANCE, CRS84, GEOJSON, JSON, OPENAPI, api_definition, collection, link
from mobile_api.routes.cells import Area, visible_cells
from mobile_api.schemas import CellFeature

router = APIRouter(prefix="/ogc", tags=["ogc"])
_MOST = 10_000
_KNOWN = {"bbox", "bbox-crs", "limit", "cursor", "datetime", "area", "f"}


@router.get("", summary="OGC API - Features: where things are", responses=GUARDED)
def landing(request: Request, _: Staff) -> dict[str, Any]:
    base = _base(request)
    return {
        "title": "fieldsync",
        "description": "The cells of the city's plans / 城市网格",
        "links": [
            link("self", base, JSON, "This page"),
            link("service-desc", f"{base}/api", OPENAPI, "The definition of this API"),
            link("conformance", f"{base}/conformance", JSON, "What it conforms to"),
            link("data", f"{base}/collections", JSON, "The collections"),
        ],
    }


@router.get("/conformance", summary="What it conforms to", responses=GUARDED)
def conformance(_: Staff) -> dict[str, Any]:
    return {"conformsTo": CONFORMANCE}


@router.get("/api", summary="Its definition", responses=GUARDED)
def definition(request: Request, _: Staff) -> JSONResponse:
    return JSONResponse(api_definition(_base(request)), media_type=OPENAPI)


@router.get("/collections", summary="The collections", responses=GUARDED)
def collections(request: Request, use: Use, asker: Staff) -> dict[str, Any]:
    base = _base(request)
    shown = collection(base, _extent(use, asker))
    return {"links": [link("self", f"{base}/collections", JSON, "The collections")], "collections": [shown]}


@router.get("/collections/{name}", summary="A collection", responses=GUARDED | responses(404))
def show_collection(name: str, request: Request, use: Use, asker: Staff) -> dict[str, Any]:
    _need(name)
    return collection(_base(request), _extent(use, asker))


@router.get("/collections/{name}/items", summary="The cells, page by page", responses=GUARDED | responses(404))
def items(
    name: str,
    request: Request,
    use: Use,
    asker: Staff,
    bbox: BBox = None,
    limit: Annotated[int, Query(ge=1, description=f"How many to return at most, up to {_MOST:,}")] = 1000,
    cursor: Annotated[str, Query(max_length=40, description="As the link `next` has it")] = "",
    area: Area = "",
) -> JSONResponse:
    _need(name)
    _refuse_unknown(request)
    ground, limit = parse_bbox(bbox), min(limit, _MOST)
    found: list[Cell] = []
    for cell in visible_cells(use, asker, area, cursor or None):
        if meets(cell, ground):
            found.append(cell)
        if len(found) > limit:
            break
    page, links = found[:limit], [link("self", str(request.url), GEOJSON, "This page")]
    if len(found) > limit:
        query = {key: value for key, value in request.query_params.items() if key != "cursor"}
        following = f"{_base(request)}/collections/cells/items?{urlencode({**query, 'cursor': page[-1].code})}"
        links.append(link("next", following, GEOJSON, "The next page"))
    return _geojson(
        {
            "type": "FeatureCollection",
            "features": [_feature(cell) for cell in page],
            "links": links,
            "timeStamp": write_time(use.now()),
            "numberReturned": len(page),
        }
    )


@router.get("/collections/{name}/items/{code}", summary="A cell", responses=GUARDED | responses(404))
def item(name: str, code: str, request: Request, use: Use, asker: Staff) -> JSONResponse:
    _need(name)
    require(asker, Role.SUPERVISOR, Role.REVIEWER, Role.ADMINISTRATOR, Role.AUDITOR, area=code)
    base = _base(request)
    links = [
        link("self", f"{base}/collections/cells/items/{code}", GEOJSON, "This cell"),
        link("collection", f"{base}/collections/cells", JSON, "Its collection"),
    ]
    return _geojson({**_feature(use.cells.need(code)), "links": links})


def _base(request: Request) -> str:
    return f"{str(request.base_url).rstrip('/')}/ogc"


def _need(name: str) -> None:
    if name != "cells":
        raise NotFound(f"There is no collection {name[:60]!r}: there is `cells`.")


def _refuse_unknown(request: Request) -> None:
    """Refuse parameters that nobody knows, as the standard asks, and coordinate systems but the one."""
    unknown = sorted(set(request.query_params) - _KNOWN)
    if unknown:
        raise BadInput(f"There is no parameter {unknown[0][:60]!r}: use {', '.join(sorted(_KNOWN))}.", field=unknown[0])
    if request.query_params.get("bbox-crs", CRS84) != CRS84:
        raise BadInput(f"Boxes are in {CRS84}.", field="bbox-crs")


def _extent(use: Use, asker: Staff) -> tuple[float, float, float, float] | None:
    return use.cells.extent(cell for cell in visible_cells(use, asker, "", None))


def _feature(cell: Cell) -> dict[str, Any]:
    shown = CellFeature.of(cell).model_dump()
    # Desktop programs make columns of members, not of objects.
    areas = shown["properties"].pop("areas")
    return {**shown, "properties": {**shown["properties"], **areas}}


def _geojson(value: dict[str, Any]) -> JSONResponse:
    return JSONResponse(value, media_type=GEOJSON)

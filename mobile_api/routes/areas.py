"""Areas: districts, streets and communities, with their names and who works there."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from fieldsync.accounts import Principal
from fieldsync.areas import Area as AreaKept
from fieldsync.services import Services
from mobile_api.dependencies import AdministratorsFile, Staff, Use
from mobile_api.errors import GUARDED
from mobile_api.routes.cells import Area

router = APIRouter(prefix="/areas", tags=["areas"])
Level = Annotated[str | None, Query(max_length=20, description="district, street or community")]


class AreaShown(BaseModel):
    """An area; supervisors and collectors are those whose own area is just this one."""

    code: str
    level: str
    name: dict[str, str]
    parent: str | None
    cells: int
    supervisors: list[str]
    collectors: int

    @classmethod
    def of(cls, area: AreaKept) -> AreaShown:
        return cls(
            code=area.code,
            level=area.level,
            name=dict(area.name),
            parent=area.parent,
            cells=area.cells,
            supervisors=area.supervisors,
            collectors=area.collectors,
        )


class AreaNode(AreaShown):
    """An area with those that lie in it."""

    areas: list[AreaNode] = []


class AreaList(BaseModel):
    areas: list[AreaShown]


class AreaTree(BaseModel):
    areas: list[AreaNode]


class NamedShown(BaseModel):
    new: int
    renamed: int
    unchanged: int


@router.get("", summary="List areas", responses=GUARDED)
def list_areas(use: Use, asker: Staff, area: Area = "", level: Level = None) -> AreaList:
    return AreaList(areas=[AreaShown.of(one) for one in _visible(use, asker, area, level)])


@router.get("/tree", summary="Show areas as a tree", responses=GUARDED)
def tree(use: Use, asker: Staff, area: Area = "") -> AreaTree:
    nodes = {one.code: AreaNode(**AreaShown.of(one).model_dump()) for one in _visible(use, asker, area, None)}
    roots: list[AreaNode] = []
    for node in nodes.values():
        (nodes[node.parent].areas if node.parent in nodes else roots).append(node)
    return AreaTree(areas=roots)


@router.post("", summary="Give areas their names", responses=GUARDED)
def import_names(use: Use, content: AdministratorsFile) -> NamedShown:
    """The body is GeoJSON whose features have `code` and `name`, or CSV with these columns, and perhaps `name_en`."""
    named = use.areas.import_names(content)
    return NamedShown(new=named.new, renamed=named.renamed, unchanged=named.unchanged)


def _visible(use: Services, asker: Principal, area: str, level: str | None) -> list[AreaKept]:
    return [one for one in use.areas.within(area, level) if asker.covers(one.code)]

"""Handovers: many cells in one act, what one would leave behind, and the tablets whose receipts are missing."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from fieldsync.accounts import require
from fieldsync.assignments import AssignmentRole
from fieldsync.handovers.orders import Handover, Order
from mobile_api.codes import AREA
from mobile_api.dependencies import Cursor, Limit, Staff, Supervisor, Use
from mobile_api.errors import GUARDED, responses
from mobile_api.routes.cells import Area, visible_cells

router = APIRouter(prefix="/handovers", tags=["handovers"])


class HandoverAsked(BaseModel):
    """Some cells, an area's, or those a collector holds; and who gets them."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    cells: list[str] = Field(default_factory=list, max_length=5000)
    area: str = Field("", pattern=AREA)
    collector: str | None = Field(None, max_length=64, description="Only the cells that this collector holds")
    to: str | dict[str, str] = Field(
        description="Who gets the cells: a name, or a name by the old holder's name or a cell's code"
    )
    role: AssignmentRole = "holder"
    since: AwareDatetime | None = Field(None, alias="from")
    until: AwareDatetime | None = None
    saw: dict[str, int] = Field(default_factory=dict, description="Newest epoch by cell, as the asker saw it")


class MoveShown(BaseModel):
    """One cell of a handover."""

    cell: str
    before: str | None
    to: str | None
    epoch: int = Field(description="The newest epoch of the cell before")


class HandoverShown(BaseModel):
    """A handover as it is kept; with `impact` where it was only asked what it would do."""

    id: str
    by: str
    at: datetime
    role: str
    since: datetime | None = Field(serialization_alias="from")
    until: datetime | None
    moves: list[MoveShown]
    undoes: str | None
    done: bool
    impact: list[dict[str, Any]] | None = Field(None, description="What is under way in each cell")

    @classmethod
    def of(cls, handover: Handover, impact: list[dict[str, Any]] | None = None) -> HandoverShown:
        return cls.model_validate({**msgspec.to_builtins(handover), "impact": impact})


class HandoverPage(BaseModel):
    """Handovers, newest first."""

    handovers: list[HandoverShown]


class WaitingShown(BaseModel):
    """A tablet whose receipt is missing."""

    cell: str
    collector: str
    tablet: str
    since: datetime
    age_s: int
    missing: int
    says_left: int | None
    seen: datetime
    sent: datetime | None
    revoked: str | None
    holder: str | None


class WaitingPage(BaseModel):
    """Tablets whose receipts are missing, by cell."""

    waiting: list[WaitingShown]
    next: str | None = None


@router.post(
    "",
    summary="Hand cells over, all of them or none",
    status_code=201,
    responses=GUARDED | responses(404, 409) | {200: {"model": HandoverShown, "description": "With dry_run: the plan"}},
)
def hand_over(
    asked: HandoverAsked,
    use: Use,
    asker: Supervisor,
    answer: Response,
    dry_run: Annotated[bool, Query(description="Only tell what would be done, and what is under way there")] = False,
) -> HandoverShown:
    order = Order(by=asker.user, **asked.model_dump())

    def allow(cell: str) -> None:
        require(asker, *asker.roles, area=cell)

    if not dry_run:
        return HandoverShown.of(use.handovers.hand_over(order, allow))
    answer.status_code = 200
    planned = use.handovers.plan(order, allow)
    return HandoverShown.of(planned, [msgspec.to_builtins(use.impacts.of(move.cell)) for move in planned.moves])


@router.get("", summary="List the handovers of your areas, newest first", responses=GUARDED)
def list_handovers(use: Use, asker: Staff, limit: Limit = 100) -> HandoverPage:
    seen = (h for h in use.handovers.all() if all(asker.covers(move.cell) for move in h.moves))
    return HandoverPage(handovers=[HandoverShown.of(h) for h in islice(seen, limit)])


@router.post(
    "/{handover}/undo",
    summary="Give the cells of a handover back, by a new one",
    status_code=201,
    responses=GUARDED | responses(404, 409),
)
def undo(handover: str, use: Use, asker: Supervisor) -> HandoverShown:
    for move in use.handovers.need(handover).moves:
        require(asker, *asker.roles, area=move.cell)
    return HandoverShown.of(use.handovers.undo(handover, asker.user))


@router.get("/waiting", summary="List the tablets that drain a cell and gave no receipt", responses=GUARDED)
def waiting(use: Use, asker: Staff, area: Area = "", cursor: Cursor = None, limit: Limit = 100) -> WaitingPage:
    """`limit` counts cells."""
    codes = [cell.code for cell in islice(visible_cells(use, asker, area, cursor), limit + 1)]
    found = [_waiting(one) for one in use.receipts.waiting(iter(codes[:limit]))]
    return WaitingPage(waiting=found, next=codes[limit - 1] if len(codes) > limit else None)


def _waiting(one: Any) -> WaitingShown:
    plain = {name: getattr(one, name) for name in WaitingShown.model_fields if name != "age_s"}
    return WaitingShown(**plain, age_s=int(one.age.total_seconds()))

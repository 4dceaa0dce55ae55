"""Tablets: one-time codes, enrolment, the list, and cutting off."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from fieldsync.accounts import Principal, User, require_charge, sees
from fieldsync.devices import Tablet
from fieldsync.services import Services
from mobile_api.dependencies import Cursor, Limit, Staff, Supervisor, Use
from mobile_api.errors import GUARDED, responses
from mobile_api.schemas import (
    CodeShown,
    EnrolAsked,
    Enrolled,
    EnrolmentAsked,
    RevokeAsked,
    SessionShown,
    TabletPage,
    TabletShown,
    UserShown,
)

router = APIRouter(prefix="/devices", tags=["devices"])


class UnsentShown(BaseModel):
    """A tablet, and per cell in which it was heard of what is known to be missing, and households in progress there."""

    device: TabletShown
    cells: list[dict[str, Any]]


@router.post(
    "/enrolments", summary="Make a one-time code for a tablet", status_code=201, responses=GUARDED | responses(404)
)
def issue_code(asked: EnrolmentAsked, request: Request, use: Use, asker: Supervisor) -> CodeShown:
    require_charge(asker, use.accounts.need(asked.collector))
    return CodeShown.of(use.devices.issue_code(asked.collector, asker.user), str(request.base_url))


@router.post(
    "/enrol", summary="Enrol a tablet with its one-time code", status_code=201, responses=responses(400, 401, 429)
)
def enrol(asked: EnrolAsked, request: Request, use: Use) -> Enrolled:
    source = request.client.host if request.client else ""
    done = use.devices.enrol(asked.code, asked.label, source)
    session = SessionShown.of(done.tokens)
    return Enrolled(**session.model_dump(), tablet=done.tablet.id, user=UserShown.of(done.user))


@router.get("", summary="List tablets", responses=GUARDED)
def list_tablets(
    use: Use,
    asker: Staff,
    collector: Annotated[str | None, Query(max_length=64)] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> TabletPage:
    tablets = iter(use.devices.of(collector)) if collector else use.devices.all(cursor)
    owners: dict[str, User | None] = {}
    shown: list[TabletShown] = []
    for tablet in tablets:
        if len(shown) == limit and not collector:
            return TabletPage(devices=shown, next=shown[-1].id)
        if _is_shown(tablet, owners, use, asker):
            shown.append(TabletShown.of(tablet))
    return TabletPage(devices=shown)


def _is_shown(tablet: Tablet, owners: dict[str, User | None], use: Services, asker: Principal) -> bool:
    if tablet.collector not in owners:
        owners[tablet.collector] = use.accounts.get(tablet.collector)
    owner = owners[tablet.collector]
    return owner is not None and sees(asker, owner)


@router.get(
    "/{tablet}/unsent",
    summary="Tell what is known to be on a tablet and nowhere else, by cell",
    responses=GUARDED | responses(404),
)
def unsent(tablet: str, use: Use, asker: Supervisor) -> UnsentShown:
    """For a tablet that was lost: what it named and never sent, when it was last heard of, who was being worked on."""
    kept = use.devices.need(tablet)
    require_charge(asker, use.accounts.need(kept.collector))
    cells = {cell: msgspec.to_builtins(left) for cell, left in use.tablets.of(kept).items() if asker.covers(cell)}
    impacts = {cell: use.impacts.of(cell) for cell in cells}
    return UnsentShown(
        device=TabletShown.of(kept),
        cells=[
            {"cell": cell, **left, "households": impacts[cell].households, "in_progress": impacts[cell].in_progress}
            for cell, left in cells.items()
        ],
    )


@router.post(
    "/{tablet}/revoke", summary="Cut a tablet off at once and have it wiped", responses=GUARDED | responses(404)
)
def revoke(tablet: str, asked: RevokeAsked, use: Use, asker: Supervisor) -> TabletShown:
    require_charge(asker, use.accounts.need(use.devices.need(tablet).collector))
    return TabletShown.of(use.devices.revoke(tablet, asker.user, asked.reason))

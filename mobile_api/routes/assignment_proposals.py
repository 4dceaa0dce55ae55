"""Proposals of who works which cell: made, looked at, accepted whole or in part."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter
from pydantic import Field

from fieldsync.accounts import Principal, Role, require
from fieldsync.assignment_proposals.kept import AssignmentProposal
from fieldsync.assignment_proposals.proposing import Wanted
from fieldsync.assignment_proposals.teams import Period
from fieldsync.assignment_proposals.words import hindrance_of, left_out_for, reason_of
from fieldsync.errors import Forbidden
from fieldsync.services import Services
from mobile_api.codes import AREA
from mobile_api.dependencies import Staff, Supervisor, Use
from mobile_api.errors import GUARDED, responses
from mobile_api.flow import Flow
from mobile_api.schemas import Asked, Shown

router = APIRouter(prefix="/assignments/proposals", tags=["assignment proposals"])
DAYS = 28
Name = Annotated[str, Field(max_length=64)]
Code = Annotated[str, Field(max_length=40)]


class ProposalAsked(Asked):
    area: str = Field(pattern=AREA, examples=["510107001"])
    since: date | None = Field(None, alias="from", description="Default: today")
    until: date | None = Field(None, description=f"Default: {DAYS} days in all")
    collectors: list[Name] = Field(
        default_factory=list, max_length=10_000, description="Default: whose usual area it is, or who hold cells in it"
    )
    fixed: dict[Code, Name] = Field(default_factory=dict, description="Who is to have a cell in any case")
    allowed: float = Field(1.10, ge=1, le=10, description="The largest load over the mean")


class AcceptAsked(Asked):
    cells: list[Code] | None = Field(None, max_length=10_000, description="Default: all that it moves")


class ProposalShown(Shown):
    """A proposal; `moves`, `obstacles` and `left_out` say why in Chinese and English. See docs/grid.md."""

    id: str
    by: str
    at: datetime
    area: str
    since: date = Field(alias="from")
    until: date
    allowed: float
    cells: int
    before: dict[str, Any]
    after: dict[str, Any]
    moves: list[dict[str, Any]]
    loads: list[dict[str, Any]]
    obstacles: list[dict[str, Any]]
    left_out: list[dict[str, Any]]
    assumed: list[str]
    behind: int = Field(description="Cells that had changed since they were counted: their work is what it was then")
    accepted: list[str]
    handovers: list[str]

    @classmethod
    def of(cls, kept: AssignmentProposal) -> ProposalShown:
        plain = msgspec.to_builtins(kept)
        plain["moves"] = [{**msgspec.to_builtins(one), "reason": reason_of(one)} for one in kept.moves]
        plain["obstacles"] = [{**msgspec.to_builtins(one), "reason": hindrance_of(one)} for one in kept.obstacles]
        plain["left_out"] = [{**msgspec.to_builtins(one), "reason": left_out_for(one.why)} for one in kept.left_out]
        return cls.model_validate(plain)


@router.post("", summary="Propose who works which cell", status_code=201, responses=GUARDED | responses(404))
def make(asked: ProposalAsked, use: Use, flow: Flow, asker: Supervisor) -> ProposalShown:
    """Nothing is assigned until it is accepted."""
    require(asker, *asker.roles, area=asked.area)
    for name in (*asked.collectors, *asked.fixed.values()):
        _must_reach(use, asker, name)
    since = asked.since or use.today()
    period = Period(since, asked.until or since + timedelta(days=DAYS - 1))
    wanted = Wanted(asker.user, asked.area, period, asked.collectors, asked.fixed, asked.allowed)
    return ProposalShown.of(flow.assignment_proposals.propose(wanted, use.now()))


@router.get("/{proposal}", summary="Show a proposal", responses=GUARDED | responses(404))
def show(proposal: str, flow: Flow, asker: Staff) -> ProposalShown:
    return ProposalShown.of(_within(flow.assignment_proposals.need(proposal), asker))


@router.post("/{proposal}/accept", summary="Accept a proposal", responses=GUARDED | responses(404, 409))
def accept(proposal: str, asked: AcceptAsked, flow: Flow, asker: Supervisor) -> ProposalShown:
    """Hands over all its cells or those that are named, in one act; the same again changes nothing."""
    _within(flow.assignment_proposals.need(proposal), asker)
    return ProposalShown.of(flow.assignment_proposals.accept(proposal, asker.user, asked.cells))


def _within(kept: AssignmentProposal, asker: Principal) -> AssignmentProposal:
    require(asker, *asker.roles, area=kept.area)
    return kept


def _must_reach(use: Services, asker: Principal, name: str) -> None:
    """Let pass a collector with an area in common with the asker's. Raises NotFound, Forbidden."""
    user = use.accounts.need(name)
    if not asker.has(Role.ADMINISTRATOR) and not any(map(asker.covers, user.areas)):
        raise Forbidden(f"{name!r} works outside your areas.")

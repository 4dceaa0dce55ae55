"""Exchange over HTTP: administrators register systems; a system reads its changes with a token of its own."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field

from fieldsync.exchange.systems import Agreement, System
from mobile_api.dependencies import Administrator, Limit
from mobile_api.errors import GUARDED, responses
from mobile_api.flow import Flow

router = APIRouter(tags=["exchange"])
_bearer = HTTPBearer(auto_error=False, scheme_name="SystemToken", description="The token of a registered system")
LONGEST_SINCE = 4000


class AgreementBody(BaseModel):
    """What a system is told: fields by kind, of records in some areas (none: the whole city), and what for."""

    model_config = ConfigDict(extra="forbid")

    purpose: str = Field(max_length=500)
    fields: dict[str, list[str]]
    areas: list[str] = []

    def agreement(self) -> Agreement:
        """Return what was agreed, unchecked."""
        return Agreement(purpose=self.purpose, fields=self.fields, areas=self.areas)


class SystemBody(AgreementBody):
    """A system to be registered."""

    name: str = Field(max_length=63)


class SystemAnswer(BaseModel):
    """A system; its token only when it is made."""

    name: str
    agreement: AgreementBody
    registered_by: str
    registered_at: str
    active: bool
    token: str | None = None


class SystemList(BaseModel):
    """Systems, in order of name."""

    systems: list[SystemAnswer]


class ChangesPage(BaseModel):
    """Changes, the `since` of the next page, and whether there is more already."""

    changes: list[dict[str, Any]]
    next: str
    more: bool


def _system(
    request: Request, flow: Flow, _: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]
) -> System:
    return flow.systems.of_token(request.headers.get("authorization"))


@router.get("/registry/changes", summary="Tell a system what changed", responses=responses(400, 401))
def list_changes(
    flow: Flow,
    system: Annotated[System, Depends(_system)],
    since: Annotated[str | None, Query(max_length=LONGEST_SINCE, description="`next` of the page before")] = None,
    limit: Limit = 100,
) -> ChangesPage:
    """Only the fields that were agreed, of records in the areas that were agreed; in the order of the changes.

    Without `since` from the beginning. A page may be empty and have `more`: ask again with its `next`.
    """
    page = flow.feed.page(system, since, limit)
    return ChangesPage(changes=page.changes, next=page.next, more=page.more)


@router.get("/exchange/systems", summary="List the systems that are told of changes", responses=GUARDED)
def list_systems(flow: Flow, _: Administrator) -> SystemList:
    """Ended ones too; without their tokens."""
    return SystemList(systems=[_shown(system) for system in flow.systems.all()])


@router.post("/exchange/systems", status_code=201, summary="Register a system", responses=GUARDED | responses(409))
def register_system(body: SystemBody, flow: Flow, asker: Administrator) -> SystemAnswer:
    """The answer has its token, this once."""
    system, token = flow.systems.register(body.name, body.agreement(), asker.user)
    flow.trail.note(asker.user, "exchange.register", system.name, system.agreement.purpose)
    return _shown(system, token)


@router.put("/exchange/systems/{system}", summary="Agree anew with a system", responses=GUARDED | responses(404))
def change_system(system: str, body: AgreementBody, flow: Flow, asker: Administrator) -> SystemAnswer:
    """Its token and its cursors stay good."""
    changed = flow.systems.change(system, body.agreement())
    flow.trail.note(asker.user, "exchange.change", system, body.purpose)
    return _shown(changed)


@router.post(
    "/exchange/systems/{system}/token", summary="Give a system another token", responses=GUARDED | responses(404)
)
def renew_token(system: str, flow: Flow, asker: Administrator) -> dict[str, str]:
    """The one before is good no more."""
    token = flow.systems.renew(system)
    flow.trail.note(asker.user, "exchange.renew", system)
    return {"name": system, "token": token}


@router.delete(
    "/exchange/systems/{system}", summary="End the exchange with a system", responses=GUARDED | responses(404)
)
def end_system(system: str, flow: Flow, asker: Administrator) -> SystemAnswer:
    """Its token is good no more; what was agreed stays on record."""
    ended = flow.systems.end(system)
    flow.trail.note(asker.user, "exchange.end", system)
    return _shown(ended)


def _shown(system: System, token: str | None = None) -> SystemAnswer:
    return SystemAnswer.model_validate({**msgspec.to_builtins(system), "token": token})

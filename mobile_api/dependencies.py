"""What routes are given: the use cases, and who asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Query, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from fieldsync.accounts import Principal, Role, may_see_persons, require
from fieldsync.errors import Forbidden
from fieldsync.services import Services

_bearer = HTTPBearer(auto_error=False, description="An access token, as `POST /api/v1/session` gives it")


def services(request: Request) -> Services:
    """Return the use cases of the app."""
    kept: Services = request.app.state.services
    return kept


def principal(
    request: Request,
    use: Annotated[Services, Depends(services)],
    _: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
) -> Principal:
    """Return who asks, as the accounts have him now. Raises Unauthenticated."""
    return use.identity.of(request.headers.get("authorization"))


Use = Annotated[Services, Depends(services)]
Asker = Annotated[Principal, Depends(principal)]


STAFF = (Role.SUPERVISOR, Role.REVIEWER, Role.ADMINISTRATOR, Role.AUDITOR)


def _having(*roles: Role) -> Callable[[Asker], Principal]:
    def checked(asker: Asker) -> Principal:
        require(asker, *roles)
        return asker

    return checked


def _seeing_persons(asker: Asker) -> Principal:
    require(asker, *STAFF)
    if not may_see_persons(asker):
        raise Forbidden(
            "These figures are exact, also of few people: ask reports/progress or reports/month instead."
            " / 此处数字未做保护；请使用 reports/progress 或 reports/month。"
        )
    return asker


Staff = Annotated[Principal, Depends(_having(*STAFF))]
Supervisor = Annotated[Principal, Depends(_having(Role.SUPERVISOR, Role.ADMINISTRATOR))]
SeesPersons = Annotated[Principal, Depends(_seeing_persons)]
Administrator = Annotated[Principal, Depends(_having(Role.ADMINISTRATOR))]


async def _administrators_file(request: Request, _: Administrator) -> bytes:
    """Read the body as it is, once it is known that the asker may send it."""
    return await request.body()


AdministratorsFile = Annotated[bytes, Depends(_administrators_file)]
Limit = Annotated[int, Query(ge=1, le=1000, description="How many to return at most")]
Cursor = Annotated[str | None, Query(max_length=200, description="`next` of the page before")]

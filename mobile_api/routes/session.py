"""Logging in, staying logged in, logging out."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from mobile_api.dependencies import Asker, Use
from mobile_api.errors import responses
from mobile_api.schemas import LoggedIn, Login, Refresh, SessionShown, UserShown

router = APIRouter(prefix="/session", tags=["session"])


@router.post("", summary="Log in with a name and a password", responses=responses(400, 401, 429))
def log_in(asked: Login, use: Use) -> LoggedIn:
    user = use.accounts.check_password(asked.name, asked.password)
    session = SessionShown.of(use.sessions.open(user.name))
    return LoggedIn(**session.model_dump(), user=UserShown.of(user))


@router.post("/refresh", summary="Exchange a refresh token for new tokens", responses=responses(400, 401, 409))
def refresh(asked: Refresh, use: Use) -> SessionShown:
    return SessionShown.of(use.identity.refreshed(asked.refresh))


@router.delete("", summary="Log out", status_code=204, responses=responses(401))
def log_out(request: Request, use: Use, _: Asker) -> Response:
    use.identity.leave(request.headers.get("authorization"))
    return Response(status_code=204)

"""What a bare server looks at before the gate: cookies, and web pages that have no business here."""

from __future__ import annotations

from collections.abc import Sequence
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from fieldsync.loopback import is_loopback
from mobile_api.bare.sessions import COOKIE


class CookieLogin:
    """Hands the gate the session cookie of a client that sends no credentials beside it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] == "http":
            headers = MutableHeaders(raw=list(scope["headers"]))
            session = _session(headers)
            if session and "authorization" not in headers:
                headers["authorization"] = f"{COOKIE} {session}"
                scope = {**scope, "headers": headers.raw}
        await self._app(scope, receive, send)


def _session(headers: Headers) -> str | None:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return None
    return found.value if found is not None else None


class HomeGuard:
    """Turns away web pages that have no business here: a browser carries their requests to a loopback address too.

    A page is known by its Origin; it must be one that the settings name, or the server's own. `is_open`: there are no
    users, so a page could also give itself a name that leads here (DNS rebinding): the host asked for must be local.
    """

    def __init__(self, app: ASGIApp, origins: Sequence[str], is_open: bool) -> None:
        self._app, self._origins, self._is_open = app, origins, is_open

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        reason = self._refusal(Headers(scope=scope)) if scope["type"] == "http" else None
        if reason is None:
            await self._app(scope, receive, send)
        else:
            await JSONResponse({"error": "forbidden", "reason": reason}, 403)(scope, receive, send)

    def _refusal(self, headers: Headers) -> str | None:
        host, origin = headers.get("host", ""), headers.get("origin")
        if self._is_open and not is_loopback(_hostname(f"//{host}")):
            return f"This server has no users and answers to local names only, not to {host:.80}: ask for 127.0.0.1."
        if origin is None or origin in self._origins or origin.partition("://")[2] == host:
            return None
        return f"Pages of {origin:.80} may not ask here: name the origin in FIELDSYNC_CORS_ORIGINS."


def _hostname(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""

"""What a bare server looks at before the gate: cookies, and web pages that have no business here."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send

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

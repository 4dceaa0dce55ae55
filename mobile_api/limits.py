"""How large a request may be: the body is counted as it comes, and refused before it is kept."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mobile_api.errors import problem

ORDINARY_BYTES = 2**20
LARGE = ("/api/v1/plans", "/api/v1/forms", "/api/v1/registry", "/api/v1/exchange")
"""What takes whole files: the largest request that the settings allow. `/db` sees to its own."""


class BodyLimit:
    """Answers 413 to a request of `/api` whose body is larger than its route takes."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http" or not scope["path"].startswith("/api/"):
            await self._app(scope, receive, send)
            return
        limit = self._max_bytes if scope["path"].startswith(LARGE) else min(ORDINARY_BYTES, self._max_bytes)
        if _announced(scope) > limit:
            await problem(413, "too_large", _reason(limit))(scope, receive, send)
            return
        await self._app(scope, _counted(receive, limit), send)


def _reason(limit: int) -> str:
    return f"The request is larger than {limit} bytes, which is what this address takes."


def _announced(scope: Scope) -> int:
    values = [value for name, value in scope["headers"] if name == b"content-length"]
    return int(values[0]) if values and values[0].isdigit() else 0


def _counted(receive: Receive, limit: int) -> Receive:
    came = 0

    async def counted() -> Message:
        nonlocal came
        message = await receive()
        came += len(message.get("body", b""))
        if came > limit:
            # The one exception that FastAPI lets through while it reads a body.
            raise HTTPException(413, _reason(limit))
        return message

    return counted

"""Which web views of other origins may ask: those that the settings name."""

from __future__ import annotations

from fastapi.middleware.cors import CORSMiddleware
from starlette.types import Receive, Scope, Send


class ApiCors(CORSMiddleware):
    """Answers for all but `/db`, which knows better which headers replication needs."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] == "http" and scope["path"].startswith("/db"):
            await self.app(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

"""Where the replication application stands beside the rest of the API."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send


class ReplicationAt:
    """Middleware that sends every request below a prefix to the replication application, all others on.

    A framework's own mounting matches the decoded path, where a line break in an identifier ends the match.
    """

    def __init__(self, app: ASGIApp, replication: ASGIApp, prefix: str = "/db") -> None:
        self._app, self._replication, self._prefix = app, replication, prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request to the one that it is for."""
        root = scope.get("root_path", "")
        path = scope.get("path", "").removeprefix(root)
        if scope["type"] == "http" and (path == self._prefix or path.startswith(f"{self._prefix}/")):
            await self._replication({**scope, "root_path": root + self._prefix}, receive, send)
        else:
            await self._app(scope, receive, send)

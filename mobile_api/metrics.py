"""Figures for Prometheus and one log line per request: by route template, never by who or what was asked for."""

from __future__ import annotations

import time

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

API = "/api/v1"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_log = structlog.get_logger("fieldsync.requests")


class Figures:
    """The counters of one app."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ("method", "route")
        self._requests = Counter("fieldsync_requests", "Requests", (*labels, "status"), registry=self.registry)
        self._seconds = Histogram("fieldsync_request_seconds", "Duration of requests", labels, registry=self.registry)

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        known = method if method in _METHODS else "other"
        self._requests.labels(known, route, str(status)).inc()
        self._seconds.labels(known, route).observe(seconds)

    def answer(self) -> Response:
        """Return the figures as Prometheus reads them."""
        return Response(generate_latest(self.registry), media_type=CONTENT_TYPE_LATEST)


class Measured:
    """Counts and logs every request."""

    def __init__(self, app: ASGIApp, figures: Figures) -> None:
        self._app = app
        self._figures = figures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            seconds, route = time.perf_counter() - started, _template(scope)
            self._figures.count(scope["method"], route, status, seconds)
            _log.info("request", method=scope["method"], route=route, status=status, ms=round(seconds * 1000, 1))


def _template(scope: Scope) -> str:
    """Return the route's template; what was asked for below it may name persons' documents."""
    if scope["path"].startswith("/db"):
        return "/db"
    path = getattr(scope.get("route"), "path", None)
    if not isinstance(path, str):
        return "unmatched"
    # A route knows its path within its router only.
    return API + path if scope["path"].startswith(API) and not path.startswith(API) else path

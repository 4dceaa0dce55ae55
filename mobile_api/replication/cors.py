"""Which web views may sync from another origin: exactly those that are configured, with credentials. Pure.

Source: Fetch Standard, "CORS protocol".
"""

from __future__ import annotations

from collections.abc import Sequence

METHODS = "GET, HEAD, POST, PUT, DELETE"
REQUEST_HEADERS = "accept, authorization, content-type, if-match, x-fieldsync-clock"
EXPOSED_HEADERS = "etag, retry-after"
PREFLIGHT_S = 600


def cors_headers(origin: str | None, allowed: Sequence[str]) -> dict[str, str]:
    """Return the headers for an answer to a page of this origin; none for an origin that is not allowed."""
    if origin is None or origin not in allowed:
        return {}
    return {
        "access-control-allow-origin": origin,
        "access-control-allow-credentials": "true",
        "access-control-expose-headers": EXPOSED_HEADERS,
    }


def preflight_headers(granted: dict[str, str]) -> dict[str, str]:
    """Return the headers that answer a preflight request, given those of its origin."""
    if not granted:
        return {"vary": "origin"}
    return {
        "vary": "origin",
        "access-control-allow-methods": METHODS,
        "access-control-allow-headers": REQUEST_HEADERS,
        "access-control-max-age": str(PREFLIGHT_S),
    }

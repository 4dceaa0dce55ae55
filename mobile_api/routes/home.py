"""The page that somebody sees who opens the server's address in a browser."""

from __future__ import annotations

from html import escape
from importlib.resources import files
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

router = APIRouter(include_in_schema=False)
_MARK = "<!-- operations -->"


@router.get("/")
def home(request: Request) -> HTMLResponse:
    """Say that the server is up, and list the operations of its API."""
    page = files("mobile_api.web").joinpath("home.html").read_text(encoding="utf-8")
    return HTMLResponse(page.replace(_MARK, _rows(request.app.openapi())))


def _rows(description: dict[str, Any]) -> str:
    return "\n".join(
        f"<tr><td><code>{escape(method.upper())}</code></td><td><code>{escape(path)}</code></td>"
        f"<td>{escape(operation.get('summary', ''))}</td></tr>"
        for path, operations in description["paths"].items()
        for method, operation in operations.items()
    )

"""The one table from errors to HTTP statuses, and how every error is answered: `{"error", "reason", …}`."""

from __future__ import annotations

import uuid
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fieldsync.errors import FieldsyncError, places_of
from mobile_api.schemas import Problem
from mobile_api.validation_words import in_chinese

STATUS = {
    "bad_request": 400,
    "unauthorized": 401,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "missing_stub": 412,
    "too_large": 413,
    "too_many_attempts": 429,
    "busy": 503,
    "store_unavailable": 503,
}
"""HTTP status by the code of a `FieldsyncError`; an unlisted code is a fault of ours."""

_CODES = {status: code for code, status in STATUS.items()}
_RETRY_S = 5
_OGC = "/ogc"
"""Where errors have the members of OGC 17-069r4 (exception.yaml), too."""
_log = structlog.get_logger("fieldsync.errors")

Responses = dict[int | str, dict[str, Any]]


def responses(*statuses: int) -> Responses:
    """Return the error answers of a route, for its documentation."""
    return {status: {"model": Problem, "description": HTTPStatus(status).phrase} for status in statuses}


GUARDED = responses(400, 401, 403)
"""What every route that needs a token may answer."""


def install_errors(app: FastAPI) -> None:
    """Have every error of an app answered in the one form."""
    app.add_exception_handler(FieldsyncError, _known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


def problem(status: int, error: str, reason: str, **fields: Any) -> JSONResponse:
    """Return the answer for an error."""
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    if status in (429, 503):
        headers["Retry-After"] = str(fields.get("retry_after_s", _RETRY_S))
    return JSONResponse({"error": error, "reason": reason, **fields}, status, headers)


def _as_asked(request: Request, error: str, reason: str) -> dict[str, str]:
    """Return what the standard of the address calls an error's code and words, beside our own names."""
    return {"code": error, "description": reason} if request.url.path.startswith(_OGC) else {}


async def _known(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, FieldsyncError)
    fields = {**_as_asked(request, error.code, error.message), **error.fields}
    return problem(STATUS.get(error.code, 500), error.code, error.message, **fields)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first, *more = error.errors()
    place = ".".join(str(part) for part in first["loc"])
    rest = f" ({len(more)} more)" if more else ""
    fields = [".".join(str(part) for part in fault["loc"]) for fault in error.errors()]
    reason, words = f"{place}: {first['msg']}{rest}", in_chinese(place, first, len(more))
    asked = _as_asked(request, "bad_request", reason)
    return problem(400, "bad_request", reason, reason_zh=words, fields=fields, **asked)


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    code, reason = _CODES.get(status) or status.phrase.lower().replace(" ", "_"), str(error.detail)
    answer = problem(status, code, reason, **_as_asked(request, code, reason))
    answer.headers.update(error.headers or {})
    return answer


class Unforeseen:
    """Answers an error that nobody foresaw with an identifier, under which the log has its details."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            if scope["type"] != "http":
                raise
            number = uuid.uuid4().hex
            _log.error("unforeseen", id=number, kind=type(error).__name__, trace=places_of(error))
            if begun:
                raise
            reason = f"Something went wrong here; the operator finds it in the log as {number}."
            words = f"服务器出错；运维人员可在日志中按 {number} 查找。"
            await problem(500, "internal_error", reason, reason_zh=words, id=number)(scope, receive, send)

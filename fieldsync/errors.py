"""The catalogue of errors: each says what happened, where, and how to mend it.

Every error has a stable `code` that programs may rely on. `mobile_api.errors` alone maps codes to HTTP statuses.
"""

from __future__ import annotations

import traceback
from typing import Any, ClassVar


class FieldsyncError(Exception):
    """An error a user or a program can act on.

    `zh` is its sentence in Chinese, where it has one: the API tells it as `reason_zh`, commands in a Chinese terminal.
    """

    code: ClassVar[str] = "error"

    def __init__(self, message: str, *, zh: str = "", **fields: Any) -> None:
        super().__init__(message)
        self.message = message
        self.message_zh = zh
        self.fields = {"reason_zh": zh, **fields} if zh else fields

    def sentence(self, language: str) -> str:
        """Return what it says in a language, in English where it has no words in that."""
        return self.message_zh if language == "zh" and self.message_zh else self.message


class BadInput(FieldsyncError):
    """What was sent cannot be read or breaks a rule; nothing was changed."""

    code = "bad_request"


class TooLarge(FieldsyncError):
    """What was sent is larger than the limit; nothing was changed."""

    code = "too_large"


class Unauthenticated(FieldsyncError):
    """No credentials, or credentials that are not valid (any more)."""

    code = "unauthorized"


class Forbidden(FieldsyncError):
    """The caller is known and may not do this."""

    code = "forbidden"


class NotFound(FieldsyncError):
    """A thing named by the caller does not exist."""

    code = "not_found"


class Conflict(FieldsyncError):
    """The thing has changed since the caller saw it, or exists already."""

    code = "conflict"


class MissingStub(FieldsyncError):
    """An attachment was named without its content, which is not known here; nothing was changed. Send it whole."""

    code = "missing_stub"


class StoreUnavailable(FieldsyncError):
    """The store cannot answer now; nothing was acknowledged. Try again."""

    code = "store_unavailable"


class Busy(FieldsyncError):
    """As much of this is being done as the server does at a time; nothing was begun. Try again."""

    code = "busy"


class DatabaseMissing(NotFound):
    """The store has no database of this name."""

    code = "not_found"


class TooManyAttempts(FieldsyncError):
    """Too many failed tries in a short time; `retry_after_s` says when the next one is heard."""

    code = "too_many_attempts"


def places_of(error: Exception) -> list[str]:
    """Return where an error came from, for a log: without its message, which may quote what somebody sent."""
    return [f"{one.filename}:{one.lineno} {one.name}" for one in traceback.extract_tb(error.__traceback__)]

"""Errors of the replication protocol, and the status of each code."""

from __future__ import annotations

from fieldsync.errors import FieldsyncError
from mobile_api.errors import STATUS


class MethodNotAllowed(FieldsyncError):
    """The path is known, the method is not meant for it; `allow` lists those that are."""

    code = "method_not_allowed"


class UnsupportedMedia(FieldsyncError):
    """The body is of a kind that is not read here."""

    code = "bad_content_type"


class NotSupported(FieldsyncError):
    """A part of the protocol that this server does not speak."""

    code = "not_implemented"


class QueryError(FieldsyncError):
    """The parameters of a query contradict each other."""

    code = "query_parse_error"


class DatabaseExists(FieldsyncError):
    """The database that was to be created is there already."""

    code = "file_exists"


STATUSES = STATUS | {
    "doc_validation": 400,
    "illegal_database_name": 400,
    "illegal_docid": 400,
    "invalid_operator": 400,
    "no_usable_index": 400,
    "query_parse_error": 400,
    "method_not_allowed": 405,
    "file_exists": 412,
    "bad_content_type": 415,
    "not_implemented": 501,
}
RETRY_AFTER_S = 5
"""After how many seconds a client may try again when the store cannot answer."""


def status_of(code: str) -> int:
    """Return the HTTP status of an error's code."""
    return STATUSES.get(code, 500)


def headers_of(error: FieldsyncError) -> dict[str, str]:
    """Return the headers that go with an error."""
    if error.code in {"store_unavailable", "too_many_attempts"}:
        return {"retry-after": str(error.fields.get("retry_after_s", RETRY_AFTER_S))}
    if error.code == "unauthorized":
        return {"www-authenticate": str(error.fields.get("scheme", "Bearer"))}
    if error.code == "method_not_allowed":
        return {"allow": ", ".join(error.fields.get("allow", ()))}
    return {}

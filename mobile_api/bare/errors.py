"""Errors that only a bare server gives, worded as CouchDB words them."""

from __future__ import annotations

from fieldsync.errors import DatabaseMissing, FieldsyncError
from mobile_api.replication.answers import NO_DATABASE


class IllegalName(FieldsyncError):
    """No database can have this name."""

    code = "illegal_database_name"


class DocValidation(FieldsyncError):
    """A document has a member with an underscore in front that is none of the protocol's."""

    code = "doc_validation"


class IllegalId(FieldsyncError):
    """A document cannot have this name."""

    code = "illegal_docid"


class InvalidOperator(FieldsyncError):
    """A selector asks for a comparison that is not known here."""

    code = "invalid_operator"


class NoUsableIndex(FieldsyncError):
    """No index has the order that is asked for."""

    code = "no_usable_index"


def no_database() -> DatabaseMissing:
    """Return the error of a database that is not there."""
    return DatabaseMissing(NO_DATABASE)

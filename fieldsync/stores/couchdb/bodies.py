"""Bodies on their way to CouchDB and back: joined by their bytes, never changed but for one name.

CouchDB keeps attachments with each document and would refuse our stubs, so it never sees `_attachments`: the stubs are
kept as an ordinary member, `fs:attachments`, and named back on every way out. Documents without attachments pass
unparsed; those whose bytes do not even contain the name are told by one search.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from fieldsync.attachments import has_attachments
from fieldsync.documents import ATTACHMENTS, DocId, Rev
from fieldsync.errors import BadInput
from fieldsync.revisions import path_of
from fieldsync.stores.base import Revision
from fieldsync.stores.couchdb.client import written
from fieldsync.stores.wire import join_members

KEPT = "fs:attachments"
_KEPT_BYTES = b'"fs:attachments"'
_BESIDE = frozenset({"_id", "_rev", "_deleted", "_revisions", "_conflicts", "_revs_info", "_local_seq"})
_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class History(msgspec.Struct):
    """A path, as `_revisions` tells it."""

    start: int
    ids: list[str]


class Head(msgspec.Struct, omit_defaults=True):
    """What travels beside a body that is written."""

    id: DocId = msgspec.field(name="_id")
    rev: Rev | None = msgspec.field(name="_rev", default=None)
    deleted: bool = msgspec.field(name="_deleted", default=False)
    revisions: History | None = msgspec.field(name="_revisions", default=None)


def check_id(doc_id: str) -> None:
    """Check that a document may have this identifier. Raises BadInput."""
    if not doc_id or doc_id.startswith("_"):
        raise BadInput(f"{doc_id!r:.80} cannot name a document: use a text that does not begin with an underscore.")


def outgoing(head: Head, body: bytes) -> bytes:
    """Return the document that CouchDB keeps. Raises BadInput for a body that is not one JSON object of its own."""
    names = _checked(head.id, body)
    if KEPT in names:
        raise BadInput(f"The body of {head.id!r} has a member {KEPT!r}, which is the store's own: call it otherwise.")
    stubs = has_attachments(body)
    odd = [name for name in names if name.startswith("_") and not (stubs and name == ATTACHMENTS)]
    if odd:
        raise BadInput(f"The body of {head.id!r} has a member {odd[0]!r:.80}: names with an underscore are reserved.")
    if stubs:
        body = b"{" + _KEPT_BYTES + body[len(ATTACHMENTS) + 3 :]
    return join_members(written(head), body)


def _checked(doc_id: str, body: bytes) -> Mapping[str, msgspec.Raw]:
    try:
        body.decode()
        return _members(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(f"The body of {doc_id!r} is not a JSON object ({error}); nothing was written.") from error


def may_have_stubs(raw: bytes) -> bool:
    """Tell whether a document's bytes may hold attachments' stubs."""
    return _KEPT_BYTES in raw


def shown(document: bytes) -> bytes:
    """Return a document as clients see it: its stubs under their own name."""
    return written(_renamed(_members(document))) if may_have_stubs(document) else document


def _renamed(members: dict[str, msgspec.Raw]) -> dict[str, msgspec.Raw]:
    return {ATTACHMENTS if name == KEPT else name: value for name, value in members.items()}


def revision_of(document: bytes) -> Revision:
    """Read a document that has `_revisions`, as clients see it, as a revision."""
    members = _members(document)
    rest = {name: value for name, value in members.items() if name not in _BESIDE}
    if ATTACHMENTS in rest:
        rest = {ATTACHMENTS: rest.pop(ATTACHMENTS), **rest}
    return Revision(
        DocId(_value(members["_id"])),
        Rev(_value(members["_rev"])),
        path_of(_value(members["_revisions"])),
        "_deleted" in members and _value(members["_deleted"]) is True,
        written(rest),
    )


def _value(raw: msgspec.Raw) -> Any:
    return msgspec.json.decode(raw)

"""Bodies on their way to CouchDB and back: joined by their bytes, never changed but for two names.

CouchDB keeps attachments with each document and would refuse our stubs, so it never sees `_attachments`: the stubs are
kept as an ordinary member, `fs:attachments`, and named back on every way out, as are the identifiers of design
documents (see `identifiers`). A member that itself is called so gets another `fs:` before its name. Other documents
pass unparsed: one search of the bytes for each name tells them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from fieldsync.attachments import has_attachments
from fieldsync.documents import ATTACHMENTS, DocId, Rev
from fieldsync.errors import BadInput
from fieldsync.revisions import generation, path_of
from fieldsync.stores.base import Revision
from fieldsync.stores.couchdb.client import written
from fieldsync.stores.couchdb.identifiers import MARK_BYTES, here, there
from fieldsync.stores.wire import join_members

KEPT = "fs:attachments"
_KEPT_BYTES = b'fs:attachments"'
_OWN = re.compile(r"(fs:)+attachments")
_MARK = "fs:"
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


def outgoing(head: Head, body: bytes) -> bytes:
    """Return the document that CouchDB keeps. Raises BadInput for a body that is not one JSON object of its own."""
    names = _checked(head.id, body)
    stubs = has_attachments(body)
    odd = [name for name in names if name.startswith("_") and not (stubs and name == ATTACHMENTS)]
    if odd:
        raise BadInput(f"The body of {head.id!r} has a member {odd[0]!r:.80}: names with an underscore are reserved.")
    if any(map(_OWN.fullmatch, names)):
        body = written({_name_there(name): value for name, value in names.items()})
    elif stubs:
        body = b'{"' + _KEPT_BYTES + body[len(ATTACHMENTS) + 3 :]
    return join_members(written(msgspec.structs.replace(head, id=there(head.id))), body)


def _name_there(name: str) -> str:
    return KEPT if name == ATTACHMENTS else _MARK + name if _OWN.fullmatch(name) else name


def _name_here(name: str) -> str:
    return ATTACHMENTS if name == KEPT else name.removeprefix(_MARK) if _OWN.fullmatch(name) else name


def _checked(doc_id: str, body: bytes) -> Mapping[str, msgspec.Raw]:
    try:
        body.decode()
        return _members(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(f"The body of {doc_id!r} is not a JSON object ({error}); nothing was written.") from error


def may_be_renamed(raw: bytes) -> bool:
    """Tell whether bytes may hold a document that CouchDB has under another name, or with its stubs so."""
    return _KEPT_BYTES in raw or MARK_BYTES in raw


def shown(document: bytes) -> bytes:
    """Return a document as clients see it: itself and its stubs under their own names."""
    return written(_renamed(_members(document))) if may_be_renamed(document) else document


def _renamed(members: dict[str, msgspec.Raw]) -> dict[str, msgspec.Raw]:
    own = {_name_here(name): value for name, value in members.items()}
    return {**own, "_id": msgspec.Raw(written(here(_value(members["_id"]))))} if "_id" in own else own


def revision_of(document: bytes) -> Revision:
    """Read a document that has `_revisions`, as clients see it, as a revision."""
    members = _members(document)
    return _revision(members, path_of(_value(members["_revisions"])))


def first_revision_of(document: bytes) -> Revision | None:
    """Read a document without `_revisions` as a revision, where that is its first one; else None."""
    members = _members(document)
    rev = Rev(_value(members["_rev"]))
    return _revision(members, (rev,)) if generation(rev) == 1 else None


def _revision(members: Mapping[str, msgspec.Raw], path: tuple[Rev, ...]) -> Revision:
    rest = {name: value for name, value in members.items() if name not in _BESIDE}
    stubs = rest.pop(ATTACHMENTS, None)
    if stubs is not None:
        rest = {ATTACHMENTS: stubs, **rest}
    return Revision(
        DocId(_value(members["_id"])),
        Rev(_value(members["_rev"])),
        path,
        "_deleted" in members and _value(members["_deleted"]) is True,
        written(rest),
    )


def _value(raw: msgspec.Raw) -> Any:
    return msgspec.json.decode(raw)

"""One document: `GET`, `PUT`, `DELETE`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from fieldsync.attachments import has_attachments
from fieldsync.documents import DocId, Rev
from fieldsync.errors import BadInput, Conflict, FieldsyncError, NotFound
from fieldsync.replication import Caller, PushRequest, Row
from fieldsync.stores.base import Database, Revision
from fieldsync.stores.wire import conflicts_of, render_document
from mobile_api.replication.answers import Answer, chunked_answer, json_answer, marked
from mobile_api.replication.call import Call, Desk
from mobile_api.replication.contents import Contents, atts_since, wants_contents
from mobile_api.replication.errors import UnsupportedMedia
from mobile_api.replication.multipart import is_multipart, read_related, wants_multipart, write_related
from mobile_api.replication.open_revs import open_revs
from mobile_api.replication.parameters import Query, check_text, decoded, flag, text

Members = dict[str, msgspec.Raw]


def get_document(desk: Desk, caller: Caller, call: Call) -> Answer:  # noqa: ARG001
    """Return a document's winner, the revision that is named, or with `open_revs` several."""
    database, doc_id = desk.database(call), DocId(call.target.name)
    if "open_revs" in call.query:
        return open_revs(desk, database, call)
    revision = wanted_revision(database, doc_id, call.query)
    document, etag = _rendered(database, revision, call.query), {"etag": f'"{revision.rev}"'}
    if not has_attachments(revision.body) or not wants_contents(call.query):
        return Answer(200, document + b"\n", etag)
    contents, since = Contents(desk.store.blobs), atts_since(call.query)
    if not wants_multipart(call.headers, "multipart/related"):
        return Answer(200, contents.in_document(document, since, revision.path) + b"\n", etag)
    related = contents.beside(revision, document, since)
    if not related.follows:
        return Answer(200, document + b"\n", etag)
    kind, parts = write_related(related)
    return chunked_answer(marked(parts), {"content-type": kind, **etag})


def wanted_revision(database: Database, doc_id: DocId, query: Query) -> Revision:
    """Return the winner, or the revision that is named. Raises NotFound."""
    rev = text(query, "rev")
    found = database.revisions([(doc_id, Rev(rev) if rev else None)], latest=bool(rev) and flag(query, "latest"))[0]
    if not found:
        raise NotFound("missing")
    if not rev and found[0].deleted:
        raise NotFound("deleted")
    return found[0]


def _rendered(database: Database, revision: Revision, query: Query) -> bytes:
    conflicts = conflicts_of(database.leaves(revision.id)) if flag(query, "conflicts") else ()
    known = _with_bodies(database, revision) if flag(query, "revs_info") else None
    return render_document(revision, history=flag(query, "revs"), conflicts=conflicts, known=known)


def _with_bodies(database: Database, revision: Revision) -> set[Rev]:
    found = database.revisions([(revision.id, rev) for rev in revision.path], latest=False)
    return {one.rev for revisions in found for one in revisions}


def put_document(desk: Desk, caller: Caller, call: Call) -> Answer:
    """Write one document: a new revision, or with `new_edits=false` the revision that it is."""
    members = _sent(desk, call)
    if "_id" in members and _text_member(members, "_id") != call.target.name:
        raise BadInput("The _id of the document is not the one in the path.")
    members["_id"] = msgspec.Raw(msgspec.json.encode(call.target.name))
    set_rev(members, call)
    new_edits = flag(call.query, "new_edits", True)
    if not new_edits and "_rev" not in members:
        raise BadInput("With new_edits=false the document needs a _rev.")
    return pushed(desk, caller, call, members, 201)


def _sent(desk: Desk, call: Call) -> Members:
    if is_multipart(call.headers):
        return read_related(call.headers, call.body, desk.settings.max_request_bytes)
    if call.headers.get("content-type", "").startswith("multipart/"):
        raise UnsupportedMedia("Send the document as application/json or as multipart/related.")
    check_text(call.body)
    members: Members = decoded(call.body, Members, "The document")
    return members


def delete_document(desk: Desk, caller: Caller, call: Call) -> Answer:
    """Write a tombstone on the revision that is named."""
    members: Members = {"_id": msgspec.Raw(msgspec.json.encode(call.target.name)), "_deleted": msgspec.Raw(b"true")}
    set_rev(members, call)
    if "_rev" not in members:
        raise Conflict("Document update conflict: say which revision to delete (?rev=).")
    return pushed(desk, caller, call, members, 200)


def set_rev(members: Members, call: Call) -> None:
    """Take the revision from the query or the If-Match header; it must agree with the document's. Raises BadInput."""
    given = text(call.query, "rev") or call.headers.get("if-match", "").strip('" ')
    if not given:
        return
    if "_rev" in members and _text_member(members, "_rev") != given:
        raise BadInput("The document's _rev and the one in the query or the header differ.")
    members["_rev"] = msgspec.Raw(msgspec.json.encode(given))


def _text_member(members: Members, name: str) -> Any:
    return decoded(members[name], str, name)


def pushed(desk: Desk, caller: Caller, call: Call, members: Members, status: int) -> Answer:
    """Hand one document to the intake and answer with its revision. Raises MissingStub, RowError."""
    new_edits = flag(call.query, "new_edits", True)
    document = msgspec.json.encode(members)
    rows = desk.intake.push(PushRequest(call.target.cell, caller, [document], call.clock, new_edits))
    raise_row_error(rows)
    rev = rows[0]["rev"] if new_edits else _text_member(members, "_rev")
    return json_answer(status, {"ok": True, "id": call.target.name, "rev": rev}, {"etag": f'"{rev}"'})


class RowError(FieldsyncError):
    """The error that a row tells, as that of the whole request."""

    def __init__(self, row: Row) -> None:
        super().__init__(str(row.get("reason", row["error"])))
        self.code = str(row["error"])  # type: ignore[misc]


def raise_row_error(rows: Sequence[Row]) -> None:
    """Make a row's error that of the whole request. Raises RowError."""
    for row in rows:
        if "error" in row:
            raise RowError(row)

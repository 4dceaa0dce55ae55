"""One attachment: `GET`, `PUT`, `DELETE` of `/{document}/{name}`."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import msgspec

from fieldsync.attachments import DEFAULT_TYPE, stubs_in
from fieldsync.documents import ATTACHMENTS, DocId, Rev
from fieldsync.errors import Conflict, NotFound
from fieldsync.replication import Caller
from fieldsync.stores.base import Database, Revision
from mobile_api.replication.answers import Answer
from mobile_api.replication.call import Call, Desk
from mobile_api.replication.documents import Members, pushed, wanted_revision
from mobile_api.replication.parameters import text

SHIELD = {"content-security-policy": "sandbox", "x-content-type-options": "nosniff"}
"""What keeps a page that somebody attached from acting in our name."""


def get_attachment(desk: Desk, caller: Caller, call: Call) -> Answer:  # noqa: ARG001
    """Return the content of an attachment, of the winner or of the revision that is named."""
    revision = wanted_revision(desk.database(call), DocId(call.target.name), call.query)
    stub = stubs_in(revision.body).get(call.target.attachment)
    if stub is None:
        raise NotFound("Document is missing attachment")
    digest = stub.digest.removeprefix("md5-")
    headers = {"content-type": stub.content_type, "etag": f'"{digest}"', "content-md5": digest, **SHIELD}
    if call.headers.get("if-none-match") == headers["etag"]:
        return Answer(304, b"", headers)
    content = desk.store.blobs().get(stub.digest)
    if content is None:
        raise NotFound("The content of this attachment is not here")
    return Answer(200, content, headers)


def put_attachment(desk: Desk, caller: Caller, call: Call) -> Answer:
    """Attach the body of the request to a document, which is made if there is none."""
    sent = {
        "content_type": call.headers.get("content-type", DEFAULT_TYPE),
        "data": b64encode(call.body).decode(),
    }
    return _changed(desk, caller, call, sent, 201)


def delete_attachment(desk: Desk, caller: Caller, call: Call) -> Answer:
    """Write a revision without the attachment."""
    return _changed(desk, caller, call, None, 200)


def _changed(desk: Desk, caller: Caller, call: Call, sent: dict[str, Any] | None, status: int) -> Answer:
    """Write the revision that the request names again, with other attachments."""
    above = _above(desk.database(call), call)
    held = stubs_in(above.body) if above else {}
    if sent is None and call.target.attachment not in held:
        raise NotFound("Document is missing attachment")
    attached: dict[str, Any] = {name: stub for name, stub in held.items() if name != call.target.attachment}
    if sent is not None:
        attached[call.target.attachment] = sent
    members: Members = msgspec.json.decode(above.body, type=Members) if above else {}
    members["_id"] = msgspec.Raw(msgspec.json.encode(call.target.name))
    members[ATTACHMENTS] = msgspec.Raw(msgspec.json.encode(attached))
    if above:
        members["_rev"] = msgspec.Raw(msgspec.json.encode(above.rev))
    return pushed(desk, caller, call, members, status)


def _above(database: Database, call: Call) -> Revision | None:
    """Return the revision that is changed; None for a new document. Raises Conflict."""
    named = text(call.query, "rev") or call.headers.get("if-match", "").strip('" ')
    doc_id = DocId(call.target.name)
    if not named:
        if any(not leaf.deleted for leaf in database.leaves(doc_id)):
            raise Conflict("Document update conflict: say which revision to change (?rev=).")
        return None
    found = database.get(doc_id, Rev(named))
    if found is None or all(leaf.rev != named for leaf in database.leaves(doc_id)):
        raise Conflict("Document update conflict: the document has changed since it was read.")
    return found

"""`_local` documents: the clients' checkpoints, kept per user, never replicated."""

from __future__ import annotations

from urllib.parse import quote

import msgspec

from fieldsync.documents import ATTACHMENTS
from fieldsync.errors import BadInput, NotFound, TooLarge
from fieldsync.replication import Caller
from fieldsync.stores.base import Database
from fieldsync.stores.wire import join_members
from mobile_api.replication.answers import Answer, json_answer
from mobile_api.replication.call import Call, Desk
from mobile_api.replication.parameters import check_text, decoded

Members = dict[str, msgspec.Raw]
PROTOCOL = frozenset({"_id", "_rev", "_revisions", "_deleted", ATTACHMENTS})
DROPPED_REV = "0-0"
"""The revision of a `_local` document that is gone."""


def id_per_user(caller: Caller, name: str) -> str:
    """Return the identifier under which the store keeps it: another user's checkpoint is out of reach."""
    return f"{quote(caller.user, safe='')}/{name}"


def get_local(desk: Desk, caller: Caller, call: Call) -> Answer:
    """Return a checkpoint as it was stored."""
    stored = desk.database(call).local(desk.dialect.local_id(caller, call.target.name))
    if stored is None:
        raise NotFound("missing")
    return Answer(200, stored)


def put_local(desk: Desk, caller: Caller, call: Call) -> Answer:
    """Keep a checkpoint; a stale revision is no conflict."""
    if len(call.body) > desk.settings.max_document_bytes:
        raise TooLarge(f"A _local document may have {desk.settings.max_document_bytes} bytes.")
    check_text(call.body)
    members: Members = decoded(call.body, Members, "The body")
    name = call.target.name
    rev = keep_local(desk.database(call), name, desk.dialect.local_id(caller, name), members)
    return json_answer(201, {"ok": True, "id": f"_local/{name}", "rev": rev})


def keep_local(database: Database, name: str, stored_id: str, members: Members) -> str:
    """Keep a `_local` document under the store's name for it, and return its next revision. Raises BadInput.

    One that says that it is deleted is dropped; attachments are left out, as CouchDB leaves them out.
    """
    if decoded(members.get("_deleted", b"false"), bool, "_deleted"):
        database.delete_local(stored_id)
        return DROPPED_REV
    head = {"_id": f"_local/{name}", "_rev": _next_rev(members)}
    body = msgspec.json.encode({name: raw for name, raw in members.items() if name not in PROTOCOL})
    database.put_local(stored_id, join_members(msgspec.json.encode(head), body))
    return head["_rev"]


def refuse_attachment(desk: Desk, caller: Caller, call: Call) -> Answer:  # noqa: ARG001
    """Say that a checkpoint has no attachments. Raises BadInput."""
    raise BadInput("_local documents do not accept attachments.")


def delete_local(desk: Desk, caller: Caller, call: Call) -> Answer:
    """Drop a checkpoint."""
    if not desk.database(call).delete_local(desk.dialect.local_id(caller, call.target.name)):
        raise NotFound("missing")
    return json_answer(200, {"ok": True, "id": f"_local/{call.target.name}", "rev": DROPPED_REV})


def _next_rev(members: Members) -> str:
    given = decoded(members.get("_rev", b"null"), str | None, "_rev") or "0-0"
    count = given.removeprefix("0-")
    if not (count.isascii() and count.isdigit() and len(count) < 16):
        raise BadInput("The _rev of a _local document must be 0- and a whole number.")
    return f"0-{int(count) + 1}"

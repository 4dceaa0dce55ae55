"""Databases as a whole: made, dropped, described; new documents without a name; `_local` documents listed."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import msgspec

from fieldsync.errors import BadInput, DatabaseMissing
from fieldsync.replication import Caller, PushRequest
from fieldsync.revisions import REVS_LIMIT
from mobile_api.bare.errors import no_database
from mobile_api.bare.names import check_name, shown_local, stored_name
from mobile_api.bare.updates import Journal
from mobile_api.replication.answers import Answer, json_answer
from mobile_api.replication.call import Call, Desk
from mobile_api.replication.documents import raise_row_error
from mobile_api.replication.errors import DatabaseExists, NotSupported
from mobile_api.replication.listing import all_docs
from mobile_api.replication.parameters import check_text, decoded, flag

Members = dict[str, msgspec.Raw]
SECURITY = "_security"
"""The name in the store of the `_local` document that holds a database's security object."""
NO_SECURITY = b'{"members":{"roles":["_admin"]},"admins":{"roles":["_admin"]}}'


class Databases:
    """Makes and drops databases, one at a time, and tells the journal."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._turn = threading.Lock()

    def create(self, desk: Desk, caller: Caller, call: Call) -> Answer:  # noqa: ARG002
        """Make a database. Raises IllegalName, DatabaseExists."""
        name = call.target.cell
        check_name(name)
        with self._turn:
            if _exists(desk, name):
                raise DatabaseExists("The database could not be created, the file already exists.")
            desk.store.create(stored_name(name))
        self._journal.note("created", name)
        return json_answer(201, {"ok": True}, {"location": location(call, name)})

    def delete(self, desk: Desk, caller: Caller, call: Call) -> Answer:  # noqa: ARG002
        """Drop a database with all it holds. Raises DatabaseMissing."""
        if "rev" in call.query:
            raise BadInput(
                "You tried to DELETE a database with a ?rev= parameter. Did you mean to DELETE a document instead?"
            )
        with self._turn:
            if not (_exists(desk, call.target.cell) and desk.store.delete(stored_name(call.target.cell))):
                raise no_database()
        self._journal.note("deleted", call.target.cell)
        return json_answer(200, {"ok": True})


def _exists(desk: Desk, name: str) -> bool:
    try:
        desk.open(name).info()
    except DatabaseMissing:
        return False
    return True


def location(call: Call, *segments: str) -> str:
    """Return the address of something on this server, as the client wrote its beginning."""
    path = "/".join(quote(segment, safe="") for segment in segments)
    return f"http://{call.headers.get('host', 'localhost')}/{path}"


def post_document(desk: Desk, caller: Caller, call: Call) -> Answer:
    """Write a document that need not have a name yet."""
    check_text(call.body)
    members: Members = decoded(call.body, Members, "The document")
    doc_id: str = decoded(members["_id"], str, "_id") if "_id" in members else uuid.uuid4().hex
    members["_id"] = msgspec.Raw(msgspec.json.encode(doc_id))
    desk.present(call)
    rows = desk.intake.push(PushRequest(call.target.cell, caller, [msgspec.json.encode(members)], call.clock, True))
    raise_row_error(rows)
    where = location(call, call.target.cell, doc_id)
    return json_answer(201, {"ok": True, "id": doc_id, "rev": rows[0]["rev"]}, {"location": where})


def get_security(desk: Desk, caller: Caller, call: Call) -> Answer:  # noqa: ARG001
    """Return the security object as it was put; it is kept, and nothing here goes by it."""
    return Answer(200, (desk.database(call).local(SECURITY) or NO_SECURITY) + b"\n")


def put_security(desk: Desk, caller: Caller, call: Call) -> Answer:  # noqa: ARG001
    """Keep a security object."""
    check_text(call.body)
    given: Members = decoded(call.body, Members, "The security object")
    desk.database(call).put_local(SECURITY, msgspec.json.encode(given))
    return json_answer(200, {"ok": True})


def get_revs_limit(desk: Desk, caller: Caller, call: Call) -> Answer:  # noqa: ARG001
    """Return how many revisions of a branch are remembered."""
    desk.present(call)
    return json_answer(200, REVS_LIMIT)


def put_revs_limit(desk: Desk, caller: Caller, call: Call) -> Answer:  # noqa: ARG001
    """Accept the limit that holds anyway. Raises NotSupported for any other."""
    desk.present(call)
    if decoded(call.body, int, "The limit") != REVS_LIMIT:
        raise NotSupported(f"The limit of revisions is {REVS_LIMIT} for all databases of this server.")
    return json_answer(200, {"ok": True})


def accept(desk: Desk, caller: Caller, call: Call) -> Answer:  # noqa: ARG001
    """Accept a wish to tidy up; the store looks after its files itself."""
    desk.present(call)
    return json_answer(202, {"ok": True})


def purge(desk: Desk, caller: Caller, call: Call) -> Answer:  # noqa: ARG001
    """Say that nothing is ever purged."""
    desk.present(call)
    raise NotSupported("This server keeps every revision: delete the document, or drop the database.")


def program(desk: Desk, caller: Caller, call: Call) -> Answer:  # noqa: ARG001
    """Say that programs in design documents are kept, and not run."""
    desk.present(call)
    raise NotSupported(f"Design documents are kept but not run here: {call.target.name} is not available.")


def missing_revs(desk: Desk, caller: Caller, call: Call) -> Answer:
    """Return which revisions are not known here, as clients older than `_revs_diff` ask."""
    asked: Mapping[str, list[str]] = decoded(call.body, dict[str, list[str]], "The body")
    desk.present(call)
    gaps = desk.intake.missing(call.target.cell, caller, asked)
    return json_answer(200, {"missing_revs": {doc_id: gap.missing for doc_id, gap in gaps.items()}})


def design_docs(desk: Desk, caller: Caller, call: Call) -> Answer:
    """List the design documents, as `_all_docs` would."""
    span = {"startkey": '"_design/"', "endkey": '"_design0"', "inclusive_end": "false"}
    if flag(call.query, "descending"):
        span = {"startkey": '"_design0"', "endkey": '"_design/"'}
    named = {"key", "keys", "startkey", "endkey", "start_key", "end_key"} & set(call.query)
    query = call.query if named or call.body.strip() else {**call.query, **span}
    return all_docs(desk, caller, replace(call, query=query))


def local_docs(desk: Desk, caller: Caller, call: Call) -> Answer:  # noqa: ARG001
    """List the `_local` documents, all at once."""
    with_docs = flag(call.query, "include_docs")
    rows = []
    for stored_id, body in desk.database(call).locals():
        name = shown_local(stored_id)
        if name is not None:
            rows.append(_local_row(f"_local/{name}", body, with_docs))
    return json_answer(200, {"total_rows": None, "offset": None, "rows": rows})


class _Stamped(msgspec.Struct):
    rev: str = msgspec.field(name="_rev", default="0-1")


def _local_row(local_id: str, body: bytes, with_doc: bool) -> dict[str, Any]:
    rev = msgspec.json.decode(body, type=_Stamped).rev
    row: dict[str, Any] = {"id": local_id, "key": local_id, "value": {"rev": rev}}
    return row | ({"doc": msgspec.Raw(body)} if with_doc else {})

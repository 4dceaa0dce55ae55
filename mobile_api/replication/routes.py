"""Which handler answers which method of which thing, and what a caller who is draining may still do."""

from __future__ import annotations

from fieldsync.errors import Forbidden
from fieldsync.replication import Access, Caller
from mobile_api.replication import attachments, bulk, changes, databases, documents, listing, local
from mobile_api.replication.answers import Answer
from mobile_api.replication.call import Call, Desk, Dialect, Route, Routes
from mobile_api.replication.errors import MethodNotAllowed, UnsupportedMedia
from mobile_api.replication.paths import read_path

METHODS = ("GET", "POST", "PUT", "DELETE")
ROUTES: Routes = {
    "root": {"GET": Route(databases.root, draining=True)},
    "database": {
        "GET": Route(databases.info, draining=True),
        "PUT": Route(databases.create, draining=True),
    },
    "_all_docs": {"GET": Route(listing.all_docs), "POST": Route(listing.all_docs)},
    "_bulk_docs": {"POST": Route(bulk.push, draining=True)},
    "_bulk_get": {"POST": Route(bulk.get_many)},
    "_changes": {
        "GET": Route(changes.answer_changes, draining=True),
        "POST": Route(changes.answer_changes, draining=True),
    },
    "_compact": {"POST": Route(databases.compact)},
    "_ensure_full_commit": {"POST": Route(databases.commit, draining=True)},
    "_revs_diff": {"POST": Route(bulk.diff, draining=True)},
    "local": {
        "GET": Route(local.get_local, draining=True),
        "PUT": Route(local.put_local, draining=True),
        "DELETE": Route(local.delete_local, draining=True),
    },
    "local_attachment": {method: Route(local.refuse_attachment, draining=True) for method in METHODS},
    "document": {
        "GET": Route(documents.get_document),
        "PUT": Route(documents.put_document, draining=True),
        "DELETE": Route(documents.delete_document, draining=True),
    },
    "attachment": {
        "GET": Route(attachments.get_attachment),
        "PUT": Route(attachments.put_attachment, draining=True),
        "DELETE": Route(attachments.delete_attachment, draining=True),
    },
    "unknown": {method: Route(databases.absent, draining=True) for method in METHODS},
}


_SENDS_ONLY = {
    Access.DRAINING: (
        "This cell was handed over: what is left may be sent, nothing more may be read.",
        "该网格已移交：未上报的内容仍可上报，不能再读取。",
    ),
    Access.SEALED: (
        "Answers to sealed forms may be sent here; nothing of them may be read.",
        "密封表单的答案可在此上报，不可读取。",
    ),
}

CELLS = Dialect(read_path, ROUTES, local.id_per_user)
"""The server of cells: its databases are made by itself, and each user keeps their own checkpoints."""


def answer(desk: Desk, call: Call) -> Answer:
    """Ask the gate, then the handler. Raises FieldsyncError."""
    caller = desk.admit(call)
    return find_route(desk.dialect.routes, call, caller).handle(desk, caller, call)


def find_route(known: Routes, call: Call, caller: Caller) -> Route:
    """Return the route of a request. Raises MethodNotAllowed, Forbidden, UnsupportedMedia.

    What is posted must not say that it is no JSON: a browser posts a form to any address without asking that first.
    """
    routes = known[call.target.kind]
    route = routes.get("GET" if call.method == "HEAD" else call.method)
    if route is None:
        allowed = ", ".join(routes)
        raise MethodNotAllowed(f"{call.method} is not meant for this path: use {allowed}.", allow=list(routes))
    if not caller.access.reads and not route.draining:
        words, zh = _SENDS_ONLY[caller.access]
        raise Forbidden(words, zh=zh)
    if call.method == "POST" and not (route.forms or call.is_json):
        raise UnsupportedMedia("Content-Type must be application/json.")
    return route

"""What a bare server answers for itself: who it is, which databases it has."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import msgspec

from fieldsync.errors import BadInput, DatabaseMissing, NotFound
from fieldsync.replication import Caller, render_info
from mobile_api.bare.errors import no_database
from mobile_api.bare.names import shown_name
from mobile_api.replication.answers import Answer, json_answer
from mobile_api.replication.call import Call, Desk
from mobile_api.replication.databases import product_version
from mobile_api.replication.errors import NotSupported
from mobile_api.replication.parameters import Query, decoded, flag, json_value, number

SPOKEN = "3.5.0"
"""The version of CouchDB whose interface this is: clients choose by it how they speak."""
NODE = "nonode@nohost"
MOST_UUIDS = 1000


class _Keys(msgspec.Struct):
    keys: list[str]


def welcome(desk: Desk, caller: Caller, call: Call) -> Answer:  # noqa: ARG001
    """Say who answers; clients make their checkpoints' names from `uuid`."""
    vendor = {"name": "fieldsync", "version": product_version()}
    shown = {"couchdb": "Welcome", "version": SPOKEN, "uuid": desk.store.uuid(), "features": [], "vendor": vendor}
    return json_answer(200, shown)


def up(desk: Desk, caller: Caller, call: Call) -> Answer:  # noqa: ARG001
    """Say that the server works."""
    return json_answer(200, {"status": "ok", "seeds": {}})


def uuids(desk: Desk, caller: Caller, call: Call) -> Answer:  # noqa: ARG001
    """Make identifiers for a client."""
    count = number(call.query, "count")
    if count is not None and count > MOST_UUIDS:
        raise BadInput("count parameter too large")
    made = [uuid.uuid4().hex for _ in range(1 if count is None else count)]
    return json_answer(200, {"uuids": made}, {"cache-control": "must-revalidate, no-cache", "pragma": "no-cache"})


def active_tasks(desk: Desk, caller: Caller, call: Call) -> Answer:  # noqa: ARG001
    """Return what is going on in the background: nothing that a client could see."""
    return json_answer(200, [])


def membership(desk: Desk, caller: Caller, call: Call) -> Answer:  # noqa: ARG001
    """Return the nodes of the cluster: this server is alone."""
    return json_answer(200, {"all_nodes": [NODE], "cluster_nodes": [NODE]})


def all_dbs(desk: Desk, caller: Caller, call: Call) -> Answer:  # noqa: ARG001
    """Return the names of the databases, by range."""
    return json_answer(200, _among(_names(desk), call.query))


def dbs_info(desk: Desk, caller: Caller, call: Call) -> Answer:  # noqa: ARG001
    """Return the figures of databases: of those that are named, or of a range."""
    if call.method == "POST":
        asked: _Keys = decoded(call.body, _Keys, "The body")
        return json_answer(200, [_info_of(desk, name) for name in asked.keys])
    return json_answer(200, [_info_of(desk, name) for name in _among(_names(desk), call.query)])


def _info_of(desk: Desk, name: str) -> dict[str, Any]:
    try:
        return {"key": name, "info": msgspec.Raw(render_info(name, desk.open(name).info()))}
    except DatabaseMissing:
        return {"key": name, "error": "not_found"}


def _names(desk: Desk) -> list[str]:
    return sorted(shown for name in desk.store.names() if (shown := shown_name(name)) is not None)


def _among(names: Sequence[str], query: Query) -> list[str]:
    descending = flag(query, "descending")
    first, last = _key(query, "startkey", "start_key"), _key(query, "endkey", "end_key")
    low, high = (last, first) if descending else (first, last)
    is_open = not flag(query, "inclusive_end", True)
    found = [
        name
        for name in names
        if (low is None or name >= low) and (high is None or name <= high) and not (is_open and name == last)
    ]
    skip, limit = number(query, "skip") or 0, number(query, "limit")
    return (found[::-1] if descending else found)[skip : None if limit is None else skip + limit]


def _key(query: Query, *names: str) -> str | None:
    return next((json_value(query, name, str) for name in names if name in query), None)


def replicate(desk: Desk, caller: Caller, call: Call) -> Answer:  # noqa: ARG001
    """Say that this server starts no replications."""
    raise NotSupported("This server does not replicate by itself: have a client replicate from or to it.")


def utils(desk: Desk, caller: Caller, call: Call) -> Answer:  # noqa: ARG001
    """Say that there is no Fauxton."""
    raise NotFound("This server has no web interface: use one that connects to a CouchDB address.")


def nowhere(desk: Desk, caller: Caller, call: Call) -> Answer:  # noqa: ARG001
    """Answer for what is neither an endpoint nor a database."""
    raise no_database()

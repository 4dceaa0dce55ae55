"""The root, and a database as a whole."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version

from fieldsync.errors import NotFound
from fieldsync.replication import Caller, render_info
from mobile_api.replication.answers import Answer, json_answer
from mobile_api.replication.call import Call, Desk
from mobile_api.replication.errors import DatabaseExists


def root(desk: Desk, caller: Caller, call: Call) -> Answer:  # noqa: ARG001
    """Say who answers; clients make their checkpoints' names from `uuid`."""
    welcome = {"couchdb": "Welcome", "version": product_version(), "uuid": desk.store.uuid()}
    return json_answer(200, {**welcome, "vendor": {"name": "fieldsync"}})


@cache
def product_version() -> str:
    """Return the version of this program."""
    try:
        return version("fieldsync")
    except PackageNotFoundError:
        return "0"


def info(desk: Desk, caller: Caller, call: Call) -> Answer:  # noqa: ARG001
    """Return the figures of a database."""
    return Answer(200, render_info(call.target.cell, desk.database(call).info()) + b"\n")


def create(desk: Desk, caller: Caller, call: Call) -> Answer:  # noqa: ARG001
    """Refuse to create what is there; for any other the gate has refused already."""
    raise DatabaseExists(f"The database {call.target.cell} exists: the server makes the cells, clients only use them.")


def commit(desk: Desk, caller: Caller, call: Call) -> Answer:  # noqa: ARG001
    """Confirm that what was answered is durable, as it always is."""
    return json_answer(201, {"ok": True, "instance_start_time": "0"})


def compact(desk: Desk, caller: Caller, call: Call) -> Answer:  # noqa: ARG001
    """Accept the wish; the store looks after its files itself."""
    return json_answer(202, {"ok": True})


def absent(desk: Desk, caller: Caller, call: Call) -> Answer:  # noqa: ARG001
    """Say that there is no such thing."""
    raise NotFound("missing")

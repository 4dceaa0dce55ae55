"""`_index`: indexes are kept as design documents, as CouchDB keeps them; here they say what may be sorted by."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from fieldsync.documents import DocId, decode_body
from fieldsync.errors import BadInput, NotFound
from fieldsync.replication import Caller, PushRequest
from fieldsync.stores.base import Database
from mobile_api.replication.answers import Answer, json_answer
from mobile_api.replication.call import Call, Desk
from mobile_api.replication.documents import raise_row_error
from mobile_api.replication.errors import NotSupported
from mobile_api.replication.parameters import decoded

DESIGN = "_design/"
AFTER_DESIGN = "_design0"
SPECIAL = {"ddoc": None, "name": "_all_docs", "type": "special", "def": {"fields": [{"_id": "asc"}]}}


@dataclass(frozen=True, slots=True)
class Index:
    """An index: its design document, its name, and its fields in order, each with its direction."""

    ddoc: str
    name: str
    fields: tuple[tuple[str, str], ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the fields without their directions."""
        return tuple(field for field, _ in self.fields)

    def shown(self) -> dict[str, Any]:
        """Return the index as clients see it."""
        fields = [{field: order} for field, order in self.fields]
        return {"ddoc": self.ddoc, "name": self.name, "type": "json", "partitioned": False, "def": {"fields": fields}}

    def view(self) -> dict[str, Any]:
        """Return the index as its design document holds it."""
        options = {"def": {"fields": [{field: order} for field, order in self.fields]}}
        return {"map": {"fields": dict(self.fields)}, "reduce": "_count", "options": options}


def indexes(database: Database) -> Iterator[Index]:
    """Yield the indexes of a database."""
    for revision in database.documents(DESIGN, AFTER_DESIGN):
        body = decode_body(revision.body)
        if body.get("language") == "query" and isinstance(body.get("views"), Mapping):
            for name, view in body["views"].items():
                yield Index(revision.id, name, _read_fields(view["options"]["def"]["fields"]))


def _read_fields(fields: Any) -> tuple[tuple[str, str], ...]:
    """Read fields, each a name or an object of a name and a direction. Raises BadInput."""
    if not isinstance(fields, list) or not fields:
        raise BadInput("An index needs a list of fields.")
    return tuple(read_field(field) for field in fields)


def read_field(field: Any) -> tuple[str, str]:
    """Read a field with its direction, `asc` where none is given. Raises BadInput."""
    if isinstance(field, str):
        return field, "asc"
    if isinstance(field, dict) and len(field) == 1:
        name, order = next(iter(field.items()))
        if order in {"asc", "desc"}:
            return name, order
    raise BadInput(f"{field!r:.80} is not a field: use a name, or an object like {{'name': 'asc'}}.")


class _Definition(msgspec.Struct):
    fields: list[Any]
    partial_filter_selector: Any = None


class _Wanted(msgspec.Struct):
    index: _Definition
    ddoc: str | None = None
    name: str | None = None
    type: str = "json"


def create_index(desk: Desk, caller: Caller, call: Call) -> Answer:
    """Keep an index, unless it is there. Raises BadInput, NotSupported."""
    asked: _Wanted = decoded(call.body, _Wanted, "The index")
    if asked.type != "json" or asked.index.partial_filter_selector is not None:
        raise NotSupported("Only indexes of type json without a partial_filter_selector are kept here.")
    fields = _read_fields(asked.index.fields)
    digest = hashlib.sha1(msgspec.json.encode(fields), usedforsecurity=False).hexdigest()
    ddoc = DESIGN + (asked.ddoc or digest).removeprefix(DESIGN)
    index = Index(ddoc, asked.name or digest, fields)
    is_known = index in set(indexes(desk.database(call)))
    if not is_known:
        _write(desk, caller, call, index)
    return json_answer(200, {"result": "exists" if is_known else "created", "id": index.ddoc, "name": index.name})


def _write(desk: Desk, caller: Caller, call: Call, index: Index) -> None:
    body, rev = _design(desk.database(call), index.ddoc)
    if body.setdefault("language", "query") != "query":
        raise BadInput(f"{index.ddoc} holds something else than indexes: name another ddoc.")
    body["views"] = {**body.get("views", {}), index.name: index.view()}
    _push(desk, caller, call, {**body, "_id": index.ddoc, **({"_rev": rev} if rev else {})})


def _design(database: Database, ddoc: str) -> tuple[dict[str, Any], str | None]:
    found = database.get(DocId(ddoc))
    if found is None or found.deleted:
        return {}, None
    return decode_body(found.body), found.rev


def _push(desk: Desk, caller: Caller, call: Call, document: dict[str, Any]) -> None:
    raw = msgspec.json.encode(document)
    raise_row_error(desk.intake.push(PushRequest(call.target.cell, caller, [raw], call.clock, True)))


def list_indexes(desk: Desk, caller: Caller, call: Call) -> Answer:  # noqa: ARG001
    """Return the indexes, the one by identifier first."""
    rows = [SPECIAL, *(index.shown() for index in indexes(desk.database(call)))]
    return json_answer(200, {"total_rows": len(rows), "indexes": rows})


def delete_index(desk: Desk, caller: Caller, call: Call) -> Answer:
    """Drop an index, and its design document with the last one. Raises NotFound."""
    ddoc, _, name = call.target.name.removeprefix(DESIGN).rpartition("/json/")
    body, rev = _design(desk.database(call), DESIGN + ddoc)
    if name not in body.get("views", {}):
        raise NotFound("missing")
    body["views"] = {known: view for known, view in body["views"].items() if known != name}
    _push(desk, caller, call, {**body, "_id": DESIGN + ddoc, "_rev": rev, "_deleted": not body["views"]})
    return json_answer(200, {"ok": True})

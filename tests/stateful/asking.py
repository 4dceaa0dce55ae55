"""What a tablet asks of a server: the requests of the replication protocol, answered by the real routes and gate.

In process and without a network: a request in, a status and bytes out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote

from fieldsync.documents import Rev
from fieldsync.errors import FieldsyncError
from mobile_api.replication.answers import error_answer
from mobile_api.replication.call import CLOCK_HEADER, Call, Desk
from mobile_api.replication.routes import CELLS, answer
from tests.stateful.replicas import Found


@dataclass(frozen=True)
class Request:
    """A request about a cell: its path below the cell, and a body that is JSON."""

    method: str
    cell: str
    path: str
    body: Any = None
    clock: str | None = None

    @property
    def reads(self) -> bool:
        """Tell whether it asks for documents; the feed of changes is always answered, if with nothing."""
        name = self.path.partition("?")[0]
        return name in ("_bulk_get", "_all_docs") or (self.method == "GET" and not name.startswith(("_", "?")))


@dataclass(frozen=True)
class Reply:
    """An answer."""

    status: int
    body: bytes

    @property
    def json(self) -> Any:
        """Return what it says."""
        return json.loads(self.body)

    @property
    def shows(self) -> bool:
        """Tell whether there is anything of a document in it: a body, or that it changed."""
        return any(mark in self.body for mark in (b'"kind"', b'"data"', b'"changes"', b'"rev":', b'"missing":"'))


def asked(desk: Desk, request: Request, token: str) -> Reply:
    """Let a server answer, as its application does."""
    name, _, query = request.path.partition("?")
    headers = {"authorization": f"Bearer {token}"}
    headers |= {CLOCK_HEADER: request.clock} if request.clock else {}
    target = CELLS.read_path(f"/{request.cell}/{name}".encode(), "")
    body = b"" if request.body is None else json.dumps(request.body).encode()
    call = Call(request.method, target, dict(parse_qsl(query, keep_blank_values=True)), headers, body)
    try:
        found = answer(desk, call)
    except FieldsyncError as error:
        found = error_answer(error)
    return Reply(found.status, found.body + b"".join(chunk for chunk, _ in found.rest or ()))


def every_way(cell: str, document: str, rev: str) -> Iterator[Request]:
    """Yield all the ways in which a document, and that there is one, can be asked for."""
    name = quote(document, safe="")
    yield Request("GET", cell, "_changes?style=all_docs")
    yield Request("POST", cell, "_bulk_get?revs=true", {"docs": [{"id": document}]})
    yield Request("GET", cell, "_changes?include_docs=true&limit=3")
    yield Request("GET", cell, name)
    yield Request("GET", cell, f"{name}?rev={rev}&attachments=true")
    yield Request("GET", cell, f"{name}?open_revs=all&revs=true")
    yield Request("GET", cell, f"{name}/photo.jpg")
    yield Request("GET", cell, "_all_docs?include_docs=true")
    yield Request("POST", cell, "_all_docs?include_docs=true", {"keys": [document]})
    yield Request("POST", cell, "_changes?filter=_doc_ids&include_docs=true", {"doc_ids": [document]})
    yield Request("GET", cell, "_changes?descending=true&limit=1&include_docs=true")


@dataclass(frozen=True)
class Remote:
    """A cell as a replica fetches it: by asking for changes, and for the revisions that are missing."""

    ask: Callable[[Request], Reply]
    cell: str

    def changed(self, since: str) -> tuple[list[tuple[str, list[str]]], str]:
        """Return which documents changed, each with its leaves, and up to where that is all; nothing if refused."""
        reply = self.ask(Request("GET", self.cell, f"_changes?style=all_docs&since={quote(since, safe='')}"))
        if reply.status != 200:
            return [], since
        rows = [(row["id"], [leaf["rev"] for leaf in row["changes"]]) for row in reply.json["results"]]
        return rows, reply.json["last_seq"]

    def found(self, wanted: list[tuple[str, str]]) -> list[Found]:
        """Return revisions."""
        docs = [{"id": doc_id, "rev": rev} for doc_id, rev in wanted]
        reply = self.ask(Request("POST", self.cell, "_bulk_get?revs=true", {"docs": docs}))
        return [_found(doc["ok"]) for result in reply.json["results"] for doc in result["docs"]]


def _found(document: dict[str, Any]) -> Found:
    history = document["_revisions"]
    path = tuple(Rev(f"{history['start'] - at}-{part}") for at, part in enumerate(history["ids"]))
    body = {name: value for name, value in document.items() if not name.startswith("_")}
    return Found(document["_id"], path, body, document.get("_deleted", False))

"""The CouchDB replication protocol as a client speaks it: pull and push between a replica and `/db/{cell}`.

Source: CouchDB documentation, "CouchDB Replication Protocol". Progress is kept on both ends as a `_local`
document under the replication's own identifier; where the two disagree, the replication starts over, which costs time
and no data.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import httpx
import msgspec

from fieldsync.documents import Body, DocId, Rev
from fieldsync.errors import FieldsyncError
from fieldsync.revisions import path_of, revisions_of
from fieldsync.simulate.replica import Replica, Sending

BATCH = 500
"""Documents a request."""
T = TypeVar("T")


class LineBroken(FieldsyncError):
    """The server went away, or answered with an error, in the middle of a request."""

    code = "line_broken"


class RemoteCell:
    """One cell's database on the server."""

    def __init__(self, http: httpx.Client, cell: str, reading: Callable[[], str]) -> None:
        self._http, self._cell, self._reading = http, cell, reading

    def changes(self, since: str) -> tuple[list[tuple[str, list[str]]], str]:
        """Return a page of changes after a sequence, each document with all its leaves, and the sequence of its end."""
        query: dict[str, str | int] = {"style": "all_docs", "since": since, "limit": BATCH}
        answer = self._ask("GET", "_changes", params=query)
        rows = [(row["id"], [change["rev"] for change in row["changes"]]) for row in answer["results"]]
        return rows, str(answer["last_seq"])

    def fetch(self, wanted: Sequence[tuple[str, str]]) -> list[Sending]:
        """Return revisions with their paths and bodies; newer leaves where a revision has been superseded."""
        body = {"docs": [{"id": doc_id, "rev": rev} for doc_id, rev in wanted]}
        answer = self._ask("POST", "_bulk_get", params={"revs": "true", "latest": "true"}, json=body)
        return [_received(one["ok"]) for result in answer["results"] for one in result["docs"]]

    def missing(self, revs: Mapping[DocId, Sequence[Rev]]) -> dict[str, list[Rev]]:
        """Return which revisions the server does not know."""
        answer = self._ask("POST", "_revs_diff", json=revs)
        return {doc_id: gap["missing"] for doc_id, gap in answer.items()}

    def send(self, documents: Sequence[Sending]) -> None:
        """Hand documents in, as they are."""
        rows = self._ask(
            "POST",
            "_bulk_docs",
            json={"new_edits": False, "docs": [_sent(document) for document in documents]},
            headers={"X-Fieldsync-Clock": self._reading()},
        )
        if rows:
            raise LineBroken(f"The server did not take in {rows[0]}.")

    def checkpoint(self, name: str) -> Any:
        """Return what was kept under a name, or None."""
        answer = self._response("GET", f"_local/{name}")
        return msgspec.json.decode(answer.content) if answer.is_success else None

    def keep(self, name: str, value: dict[str, Any]) -> None:
        """Keep progress under a name."""
        self._ask("PUT", f"_local/{name}", json=value)

    def _ask(self, method: str, path: str, **options: Any) -> Any:
        answer = self._response(method, path, **options)
        if not answer.is_success:
            raise LineBroken(f"{method} {self._cell}/{path} answered {answer.status_code}: {answer.text[:300]}")
        return msgspec.json.decode(answer.content)

    def _response(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            return self._http.request(method, f"/db/{self._cell}/{path}", **options)
        except httpx.TransportError as error:
            raise LineBroken(f"The line to the server broke during {path}: {error!r}") from error


def pull(replica: Replica, remote: RemoteCell, tablet: str) -> int:
    """Bring a replica up to date with its cell; returns how many revisions were new."""
    name = _name(tablet, replica.cell, "pull")
    since = _agreed(replica.checkpoints.get(name), remote.checkpoint(name)) or "0"
    fetched, start = 0, since
    while True:
        rows, last = remote.changes(since)
        wanted = [(doc_id, rev) for doc_id, revs in rows for rev in replica.unknown(doc_id, revs)]
        if wanted:
            fetched += sum(replica.graft(received) for received in remote.fetch(wanted))
        since = last
        if len(rows) < BATCH:
            break
    if since != start:
        _keep(replica, remote, name, since)
    return fetched


def push(replica: Replica, remote: RemoteCell, tablet: str) -> int:
    """Send the server the leaves that it does not know; returns how many were sent."""
    end = replica.seq
    waiting = unsent(replica, remote, tablet)
    for batch in _batches(waiting):
        remote.send(batch)
    name = _name(tablet, replica.cell, "push")
    if replica.checkpoints.get(name) != {"last_seq": str(end)}:
        _keep(replica, remote, name, str(end))
    return len(waiting)


def unsent(replica: Replica, remote: RemoteCell, tablet: str) -> list[Sending]:
    """Return the leaves that changed since the last push and that the server does not know."""
    name = _name(tablet, replica.cell, "push")
    if replica.checkpoints.get(name) == {"last_seq": str(replica.seq)}:
        return []
    since = int(_agreed(replica.checkpoints.get(name), remote.checkpoint(name)) or "0")
    found: list[Sending] = []
    for batch in _batches(replica.changed_since(since)):
        gaps = remote.missing(dict(batch))
        found += [replica.sending(DocId(doc_id), rev) for doc_id, revs in gaps.items() for rev in revs]
    return found


def differing(replica: Replica, remote: RemoteCell) -> set[str]:
    """Return the documents of which a replica and the server do not have the same leaves, or show another winner."""
    theirs: dict[str, list[str]] = {}
    since = "0"
    while True:
        rows, since = remote.changes(since)
        theirs.update(rows)
        if len(rows) < BATCH:
            break
    ours = {str(doc_id): [str(rev) for rev in leaves] for doc_id, leaves in replica.changed_since(0)}
    return {
        doc_id
        for doc_id in ours.keys() | theirs.keys()
        if ours.get(doc_id, [])[:1] != theirs.get(doc_id, [])[:1]
        or set(ours.get(doc_id, [])) != set(theirs.get(doc_id, []))
    }


def _batches(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    return (rows[start : start + BATCH] for start in range(0, len(rows), BATCH))


def _name(tablet: str, cell: str, direction: str) -> str:
    return hashlib.md5(f"{tablet}/{cell}/{direction}".encode(), usedforsecurity=False).hexdigest()


def _agreed(here: Any, there: Any) -> str | None:
    """Return the sequence that both ends have reached."""
    if here and there and here["last_seq"] == there["last_seq"]:
        return str(here["last_seq"])
    return None


def _keep(replica: Replica, remote: RemoteCell, name: str, last_seq: str) -> None:
    value = {"last_seq": last_seq}
    remote.keep(name, value)
    replica.checkpoints[name] = value


def _sent(document: Sending) -> Body:
    head = {"_id": document.id, "_rev": document.path[0], "_revisions": revisions_of(document.path)}
    return {**head, **({"_deleted": True} if document.deleted else {}), **document.body}


def _received(document: Body) -> Sending:
    body = {name: value for name, value in document.items() if not name.startswith("_")}
    path = path_of(document["_revisions"])
    return Sending(DocId(document["_id"]), path, document.get("_deleted") is True, body)

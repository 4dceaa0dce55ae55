"""Replication: who may, what comes in, and how stored bytes become the answers of the CouchDB protocol; without HTTP.

Bodies are never parsed on the way out: an answer is a small head, encoded here, joined to the bytes that the store has.

Source: CouchDB documentation, "CouchDB Replication Protocol" and "Document Level Resources".
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import msgspec

from fieldsync.documents import DocId, Rev, cell_database
from fieldsync.errors import DatabaseMissing
from fieldsync.stores.base import Change, ChangesQuery, Database, Info, Leaf, Missing, Page, Revision, Store

Row = dict[str, Any]
OpenDatabase = Callable[[str], Database]
"""Finds the database that a path names: a cell's, or for a bare server the database of that very name."""


class Access(StrEnum):
    """What a caller may do with a cell: everything, or only hand in what is left after a handover."""

    HELD = "held"
    DRAINING = "draining"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who speaks on /db."""

    user: str
    tablet: str | None
    access: Access


class Gate(Protocol):
    """Decides on every request who may pass, from the Authorization header as it came."""

    def root(self, authorization: str | None) -> Caller:
        """Return who asks for the replication root. Raises Unauthenticated."""

    def cell(self, authorization: str | None, cell: str) -> Caller:
        """Return who asks for a cell. Raises Unauthenticated, Forbidden (alike for absent and for foreign cells)."""


@dataclass(frozen=True, slots=True)
class PushRequest:
    """What one request hands in: the raw JSON text of each document, and the sender's clock reading as it came.

    A document may be anything that brackets and quotes delimit: too deep, half a surrogate pair, not an object.
    """

    cell: str
    caller: Caller
    documents: list[bytes]
    clock: str | None
    new_edits: bool = False


class Intake(Protocol):
    """Takes in what is pushed."""

    def push(self, request: PushRequest) -> list[Row]:
        """Keep the documents; returns the rows to answer: those that failed, or with `new_edits` one per document."""

    def missing(self, cell: str, caller: Caller, revs: Mapping[str, Sequence[str]]) -> dict[str, Missing]:
        """Return for `_revs_diff` which revisions are not known here."""


def open_cell(store: Store, cell: str) -> Database:
    """Return the database of a cell that exists, made if nothing was ever written to it."""
    name = cell_database(cell)
    try:
        return store.database(name)
    except DatabaseMissing:
        return store.create(name)


@dataclass(frozen=True, slots=True)
class ChangesView:
    """How the rows of `_changes` look."""

    all_leaves: bool = False
    include_docs: bool = False
    conflicts: bool = False


class _History(msgspec.Struct):
    start: int
    ids: list[str]


class _RevInfo(msgspec.Struct):
    rev: Rev
    status: str


class _Head(msgspec.Struct, omit_defaults=True):
    """The members that travel beside a body."""

    id: DocId = msgspec.field(name="_id")
    rev: Rev = msgspec.field(name="_rev")
    deleted: bool = msgspec.field(name="_deleted", default=False)
    revisions: _History | None = msgspec.field(name="_revisions", default=None)
    conflicts: list[Rev] | None = msgspec.field(name="_conflicts", default=None)
    revs_info: list[_RevInfo] | None = msgspec.field(name="_revs_info", default=None)


class _LeafRow(msgspec.Struct):
    rev: Rev


class _ChangeRow(msgspec.Struct, omit_defaults=True):
    seq: str
    id: DocId
    changes: list[_LeafRow]
    deleted: bool = False
    doc: msgspec.Raw = msgspec.Raw()


encode = msgspec.json.encode


def join_members(head: bytes, body: bytes) -> bytes:
    """Join two JSON objects, the first not empty, into one by their bytes."""
    rest = body[body.index(b"{") + 1 :].lstrip()
    return head[:-1] + (rest if rest.startswith(b"}") else b"," + rest)


def conflicts_of(leaves: Sequence[Leaf]) -> list[Rev]:
    """Return the leaves beside the winner (which comes first) that are not deleted."""
    return [leaf.rev for leaf in leaves[1:] if not leaf.deleted]


def render_document(
    revision: Revision,
    *,
    history: bool = False,
    conflicts: Sequence[Rev] = (),
    known: Collection[Rev] | None = None,
) -> bytes:
    """Write a revision as the JSON document that clients see.

    `history` adds `_revisions`; `conflicts` are shown if there are any; `known`, the revisions of its path whose
    bodies are here, adds `_revs_info`.
    """
    head = _Head(revision.id, revision.rev, revision.deleted, conflicts=list(conflicts) or None)
    if history:
        start = int(revision.rev.partition("-")[0])
        head.revisions = _History(start, [rev.partition("-")[2] for rev in revision.path])
    if known is not None:
        head.revs_info = [_RevInfo(rev, "available" if rev in known else "missing") for rev in revision.path]
    return join_members(encode(head), revision.body)


def render_changes(page: Page, view: ChangesView, database: Database) -> list[bytes]:
    """Write the rows of a page, each a JSON object; reads the documents when the view includes them."""
    docs = _winners(page.rows, view, database) if view.include_docs else {}
    return [_render_change(change, view, docs.get(change.id)) for change in page.rows]


def _render_change(change: Change, view: ChangesView, doc: bytes | None) -> bytes:
    shown = change.leaves if view.all_leaves else change.leaves[:1]
    row = _ChangeRow(change.seq, change.id, [_LeafRow(leaf.rev) for leaf in shown], change.deleted)
    if view.include_docs:
        row.doc = msgspec.Raw(doc or b"null")
    return encode(row)


def _winners(rows: Sequence[Change], view: ChangesView, database: Database) -> dict[DocId, bytes]:
    found = database.revisions([(row.id, row.leaves[0].rev) for row in rows])
    return {
        row.id: render_document(revisions[0], conflicts=conflicts_of(row.leaves) if view.conflicts else ())
        for row, revisions in zip(rows, found, strict=True)
        if revisions
    }


def read_changes(database: Database, query: ChangesQuery, view: ChangesView) -> tuple[list[bytes], Page]:
    """Read a page of changes and write its rows."""
    page = database.changes(query)
    return render_changes(page, view, database), page


def changes_tail(last_seq: str, pending: int) -> bytes:
    """Write what closes a `_changes` answer after its rows."""
    return b'\n],\n"last_seq":%b,"pending":%d}\n' % (encode(last_seq), pending)


CHANGES_HEAD = b'{"results":[\n'
"""What opens a `_changes` answer; newlines may follow until there are rows."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One request of `_bulk_get`."""

    id: DocId
    rev: Rev | None


def render_bulk(wanted: Sequence[Wanted], found: Iterable[Sequence[Revision]], history: bool) -> Iterator[bytes]:
    """Write a result of `_bulk_get` for each request, in order."""
    for request, revisions in zip(wanted, found, strict=True):
        if revisions:
            docs = b"},{".join([b'"ok":' + render_document(revision, history=history) for revision in revisions])
        else:
            docs = b'"error":' + encode(_not_found(request))
        yield b'{"id":%b,"docs":[{%b}]}' % (encode(request.id), docs)


def _not_found(request: Wanted) -> Row:
    return {"id": request.id, "rev": request.rev, "error": "not_found", "reason": "missing"}


def read_bulk(database: Database, wanted: Sequence[Wanted], *, latest: bool, history: bool) -> bytes:
    """Answer the requests of `_bulk_get`, joined by commas; with `latest` a revision's leaves stand for it."""
    found = database.revisions([(request.id, request.rev) for request in wanted], latest=latest)
    return b",\n".join(render_bulk(wanted, found, history))


def render_missing(gaps: Mapping[str, Missing]) -> bytes:
    """Write the answer of `_revs_diff`."""
    rows: dict[str, dict[str, Sequence[Rev]]] = {}
    for doc_id, gap in gaps.items():
        rows[doc_id] = {"missing": gap.missing}
        if gap.possible_ancestors:
            rows[doc_id]["possible_ancestors"] = gap.possible_ancestors
    return encode(rows)


def render_info(name: str, info: Info) -> bytes:
    """Write a database's figures under the name that the client knows."""
    return encode(
        {
            "db_name": name,
            "update_seq": info.update_seq,
            "instance_start_time": "0",
            "doc_count": info.doc_count,
            "doc_del_count": info.doc_del_count,
            "purge_seq": "0",
            "compact_running": False,
        }
    )

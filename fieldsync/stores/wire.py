"""Stored revisions and changes as the JSON that clients of the CouchDB protocol see.

Pure. Bodies are never parsed: an answer is a small head, encoded here, joined to the bytes that the store has.

Source: CouchDB documentation, "Document Level Resources" and "Changes Feeds".
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import msgspec

from fieldsync.documents import DocId, Rev
from fieldsync.stores.base import Change, ChangesView, Leaf, Revision


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


def render_change(change: Change, view: ChangesView, doc: bytes | None = None) -> bytes:
    """Write a row of `_changes`, with its document where the view includes them."""
    shown = change.leaves if view.all_leaves else change.leaves[:1]
    row = _ChangeRow(change.seq, change.id, [_LeafRow(leaf.rev) for leaf in shown], change.deleted)
    if view.include_docs:
        row.doc = msgspec.Raw(doc or b"null")
    return encode(row)


def render_result(doc_id: DocId, rev: Rev | None, found: Sequence[Revision], history: bool) -> bytes:
    """Write a result of `_bulk_get`: what was found for one request."""
    if found:
        docs = b"},{".join([b'"ok":' + render_document(revision, history=history) for revision in found])
    else:
        docs = b'"error":' + encode(not_found(doc_id, rev))
    return b'{"id":%b,"docs":[{%b}]}' % (encode(doc_id), docs)


def not_found(doc_id: DocId, rev: Rev | None) -> dict[str, Any]:
    """Return the error of a request of `_bulk_get` for what is not known."""
    return {"id": doc_id, "rev": rev or "undefined", "error": "not_found", "reason": "missing"}

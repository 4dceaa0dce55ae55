"""The contents of attachments in JSON answers, inline as base64.

Rows come from the store as bytes with stubs; those that name attachments are opened, and only those.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from fieldsync.attached import inlined
from fieldsync.attachments import Stub, Stubs, stubs_in
from fieldsync.documents import ATTACHMENTS
from fieldsync.revisions import generation, path_of
from fieldsync.stores.base import Blobs, Revision
from mobile_api.replication.multipart import Related
from mobile_api.replication.parameters import Query, flag, json_value

Members = dict[str, msgspec.Raw]
Pick = Callable[[Stub], bool]
_MARK = b'"_attachments"'
CHUNK = 4 * 2**20
"""Rows are sent on when they have come to so many bytes."""


class _Ok(msgspec.Struct, omit_defaults=True):
    ok: msgspec.Raw = msgspec.Raw()
    error: msgspec.Raw = msgspec.Raw()


class _Result(msgspec.Struct):
    id: str
    docs: list[_Ok]


@dataclass(frozen=True, slots=True)
class Contents:
    """Writes contents into documents and rows; the blobs are opened when something is attached."""

    open: Callable[[], Blobs]

    def in_document(self, document: bytes, since: Sequence[str] = (), path: Sequence[str] = ()) -> bytes:
        """Return a document with its attachments inline; those that a revision in `since` already had stay stubs.

        `path` are its revision and the ancestors; without it the history in the document tells them, if there is one.
        """
        members = msgspec.json.decode(document, type=Members) if _MARK in document else {}
        if ATTACHMENTS not in members:
            return document
        stubs = msgspec.json.decode(members[ATTACHMENTS], type=dict[str, Stub])
        newest = _newest(since, path or _history(members))
        shown = inlined(stubs, self.of(stubs, lambda stub: stub.revpos > newest))
        return msgspec.json.encode({**members, ATTACHMENTS: shown})

    def in_result(self, row: bytes, since: Sequence[str] = ()) -> bytes:
        """Return a result of `_bulk_get` with attachments inline."""
        if _MARK not in row:
            return row
        result = msgspec.json.decode(row, type=_Result)
        for doc in result.docs:
            if bytes(doc.ok):
                doc.ok = msgspec.Raw(self.in_document(bytes(doc.ok), since))
        return msgspec.json.encode(result)

    def in_change(self, row: bytes) -> bytes:
        """Return a row of `_changes`, or of `_all_docs`, whose document has its attachments inline."""
        if _MARK not in row:
            return row
        members = msgspec.json.decode(row, type=Members)
        if "doc" in members:
            members["doc"] = msgspec.Raw(self.in_document(bytes(members["doc"])))
        return msgspec.json.encode(members)

    def beside(self, revision: Revision, document: bytes, since: Sequence[str] = ()) -> Related:
        """Return a document with its attachments, to be sent after it; those of a revision in `since` stay stubs."""
        stubs = stubs_in(revision.body)
        newest = _newest(since, revision.path)
        return Related(document, stubs, self.of(stubs, lambda stub: stub.revpos > newest))

    def of(self, stubs: Stubs, pick: Pick = bool) -> dict[str, bytes]:
        """Return by digest the contents of the attachments that are picked."""
        blobs = self.open()
        found = {stub.digest: blobs.get(stub.digest) for stub in stubs.values() if pick(stub)}
        return {digest: content for digest, content in found.items() if content is not None}


def _history(members: Members) -> Sequence[str]:
    return path_of(msgspec.json.decode(members["_revisions"])) if "_revisions" in members else ()


def _newest(since: Sequence[str], path: Sequence[str]) -> int:
    """Return the generation of the newest of these revisions in a path; 0 where there is none."""
    return max((generation(rev) for rev in set(since) & set(path)), default=0)


def wants_contents(query: Query) -> bool:
    """Tell whether attachments are to come whole; who says what it has (`atts_since`) wants the others."""
    return flag(query, "attachments") or "atts_since" in query


def atts_since(query: Query) -> list[str]:
    """Return the revisions whose attachments the client has."""
    return json_value(query, "atts_since", list[str]) or []


def portions(rows: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Yield rows in portions of bounded size, so that many photos are not in memory at once."""
    portion: list[bytes] = []
    size = 0
    for row in rows:
        if size >= CHUNK:
            yield portion
            portion, size = [], 0
        portion.append(row)
        size += len(row)
    if portion:
        yield portion

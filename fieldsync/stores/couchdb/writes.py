"""What is written: grafts as replication writes them, and ordinary writes that CouchDB itself judges.

CouchDB writes each document whole or not at all, and knows no larger transaction. What can be refused is therefore
refused before anything is sent; an interruption can still leave a batch half written, and says that it may be.

Source: CouchDB documentation, "Bulk Document APIs"; fabric_doc_update.erl.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import msgspec

from fieldsync.documents import DocId, Rev, decode_body
from fieldsync.errors import BadInput, Conflict
from fieldsync.revisions import check_path, generation
from fieldsync.stores.base import Graft, Put, Revision
from fieldsync.stores.couchdb.bodies import Head, History, outgoing
from fieldsync.stores.couchdb.client import read
from fieldsync.stores.couchdb.identifiers import check_id
from fieldsync.stores.couchdb.remote import Remote
from fieldsync.stores.couchdb.results import leaves, missing, revisions, winners

REQUEST_BYTES = 8 * 2**20
"""How much is sent at once, unless one document is larger: well below CouchDB's `max_http_request_size`."""
_REFUSALS = frozenset({"doc_validation", "bad_request", "illegal_docid", "forbidden", "document_too_large"})


class _Row(msgspec.Struct):
    id: str = ""
    rev: Rev | None = None
    error: str = ""
    reason: Any = None


def graft(remote: Remote, grafts: Sequence[Graft]) -> list[bool]:
    """Write revisions with their paths; True for each that was new."""
    for each in grafts:
        check_id(each.id)
        check_path(each.path)
    documents = [_grafted(each) for each in grafts]
    is_new = _new_ones(remote, grafts)
    new = [(each, document) for each, document, new in zip(grafts, documents, is_new, strict=True) if new]
    with remote.doubting(each.id for each, _ in new):
        _send(remote, [document for _, document in new], new_edits=False)
    return is_new


def settle(remote: Remote) -> None:
    """Write again what reached too few nodes. Raises StoreUnavailable while there are still too few."""
    remote.client.doubts.settle(remote.there, lambda ids: _write_again(remote, sorted(map(DocId, ids))))


def _write_again(remote: Remote, ids: Sequence[DocId]) -> None:
    """Send every leaf of some documents as it is: CouchDB takes it for what it is, and counts its nodes anew."""
    wanted = [(doc_id, leaf.rev) for doc_id in ids for leaf in leaves(remote, doc_id)]
    found = [one for each in revisions(remote, wanted, latest=False) for one in each]
    documents = [_grafted(Graft(one.id, one.path, one.body, one.deleted)) for one in found]
    _send(remote, documents, new_edits=False)


def _grafted(each: Graft) -> bytes:
    hashes = [rev.partition("-")[2] for rev in each.path]
    return outgoing(Head(each.id, each.path[0], each.deleted, History(generation(each.path[0]), hashes)), each.body)


def _new_ones(remote: Remote, grafts: Sequence[Graft]) -> list[bool]:
    """Tell which revisions are not known, neither there nor from the path of an earlier one of this batch.

    CouchDB would take the body of a revision that it knows without one.
    """
    asked: dict[DocId, list[Rev]] = {}
    for each in grafts:
        asked.setdefault(each.id, []).append(each.path[0])
    unknown = {(doc_id, rev) for doc_id, gap in missing(remote, asked).items() for rev in gap.missing}
    answers = []
    for each in grafts:
        answers.append((each.id, each.path[0]) in unknown)
        if answers[-1]:
            unknown.difference_update((each.id, rev) for rev in each.path)
    return answers


def put(remote: Remote, put: Put) -> Rev:
    """Write on the present winner. Raises Conflict when `parent` is not it."""
    check_id(put.id)
    document = outgoing(Head(put.id, put.parent, put.deleted), put.body)
    if put.parent is not None:
        present = winners(remote, [put.id]).get(put.id)
        if present is None or present.rev != put.parent:
            raise _changed(put.id)
    with remote.doubting([put.id]):
        (row,), repeated = _send(remote, [document], new_edits=True)
    rev = row.rev if not row.error else _own(remote, put) if repeated else None
    if rev is None:
        raise _changed(put.id)
    return rev


def _changed(doc_id: DocId) -> Conflict:
    return Conflict(f"Document {doc_id!r} has changed: read it again and repeat the change on its present revision.")


def _own(remote: Remote, put: Put) -> Rev | None:
    """Return the revision of a write whose answer was lost, or None: there is another's in its place."""
    (found,) = revisions(remote, [(put.id, None)], latest=True)
    path = found[0].path if found else ()
    if put.parent is None:
        candidates = path[:1]
    else:
        candidates = tuple(rev for rev, parent in pairwise(path) if parent == put.parent)
    for written in revisions(remote, [(put.id, rev) for rev in candidates], latest=False):
        if written and _is_same(written[0], put.body, put.deleted):
            return written[0].rev
    return None


def _is_same(found: Revision, body: bytes, deleted: bool) -> bool:
    return found.deleted == deleted and decode_body(found.body) == decode_body(body)


def add(remote: Remote, documents: Sequence[tuple[DocId, bytes]]) -> list[bool]:
    """Put each if absent; False for those that exist, the deleted ones too."""
    sent = [(doc_id, _added(doc_id, body)) for doc_id, body in documents]
    present = winners(remote, list(dict.fromkeys(doc_id for doc_id, _ in sent)))
    absent = {doc_id: at for at, (doc_id, _) in reversed(list(enumerate(sent))) if doc_id not in present}
    places = sorted(absent.values())
    with remote.doubting(sent[at][0] for at in places):
        rows, repeated = _send(remote, [sent[at][1] for at in places], new_edits=True)
    new = {at for at, row in zip(places, rows, strict=True) if not row.error}
    if repeated:
        new |= _own_ones(remote, documents, [at for at in places if at not in new])
    return [at in new for at in range(len(documents))]


def _added(doc_id: DocId, body: bytes) -> bytes:
    check_id(doc_id)
    return outgoing(Head(doc_id), body)


def _own_ones(remote: Remote, documents: Sequence[tuple[DocId, bytes]], places: list[int]) -> set[int]:
    """Return which of the refused are there because an earlier try, whose answer was lost, wrote them."""
    found = revisions(remote, [(documents[at][0], None) for at in places], latest=True)
    pairs = zip(places, found, strict=True)
    return {at for at, one in pairs if one and len(one[0].path) == 1 and _is_same(one[0], documents[at][1], False)}


def _send(remote: Remote, documents: Sequence[bytes], *, new_edits: bool) -> tuple[list[_Row], bool]:
    """Write documents; returns a row for each (with `new_edits`), and whether an answer had been lost on the way."""
    rows: list[_Row] = []
    repeated = False
    for part in _parts(documents):
        head = b'{"docs":[' if new_edits else b'{"new_edits":false,"docs":['
        answer = remote.post_bytes("/_bulk_docs", head + b",".join(part) + b"]}")
        found = read(answer, list[_Row], remote.client)
        _check_rows(remote, found)
        if new_edits and len(found) != len(part):
            raise remote.client.unavailable(f"answered {len(found)} of {len(part)} writes")
        rows += found
        repeated = repeated or answer.repeated
    return rows, repeated


def _parts(documents: Sequence[bytes]) -> Iterator[list[bytes]]:
    part: list[bytes] = []
    size = 0
    for document in documents:
        if part and size + len(document) > REQUEST_BYTES:
            yield part
            part, size = [], 0
        part.append(document)
        size += len(document)
    if part:
        yield part


def _check_rows(remote: Remote, rows: Sequence[_Row]) -> None:
    """Raise for a document that was not written, but for a lost race."""
    for row in rows:
        if row.error in _REFUSALS:
            raise BadInput(f"CouchDB refuses document {row.id!r:.80}: {row.reason}.")
        if row.error not in ("", "conflict"):
            raise remote.client.unavailable(f"did not write document {row.id!r:.80} ({row.error}: {row.reason})")

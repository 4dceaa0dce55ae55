"""`GET` of a document with `open_revs`: several of its revisions, as JSON or as `multipart/mixed`."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from fieldsync.documents import DocId, Rev
from fieldsync.errors import BadInput, NotFound
from fieldsync.revisions import is_rev
from fieldsync.stores.base import Database, Revision
from fieldsync.stores.wire import render_document
from mobile_api.replication.answers import Answer, Chunks, chunked_answer, marked
from mobile_api.replication.call import Call, Desk
from mobile_api.replication.contents import Contents, atts_since, wants_contents
from mobile_api.replication.multipart import Related, wants_multipart, write_mixed
from mobile_api.replication.parameters import Query, flag, json_value, text

_MIXED = "multipart/mixed"


def open_revs(desk: Desk, database: Database, call: Call) -> Answer:
    """Answer with the leaves, or the revisions that are named; with `latest` with the leaves that descend from those.

    As multipart the attachments follow each document, unless a revision in `atts_since` had them.
    """
    found = _found(database, DocId(call.target.name), call.query)
    history, contents, since = flag(call.query, "revs"), Contents(desk.store.blobs), atts_since(call.query)
    if wants_multipart(call.headers, _MIXED):
        parts = (_part(one, history, contents, since) for one in found)
        kind, body = write_mixed(parts)
        return chunked_answer(marked(body), {"content-type": kind})
    inline = contents if wants_contents(call.query) else None
    return chunked_answer(_array(_row(one, history, inline, since) for one in found))


def _found(database: Database, doc_id: DocId, query: Query) -> list[Revision | str]:
    """Return the revisions, each once; the name of a revision stands for one that is not known."""
    asked = _asked(database, doc_id, query)
    results = database.revisions([(doc_id, rev) for rev in asked], latest=flag(query, "latest"))
    found: dict[str, Revision | str] = {}
    for rev, revisions in zip(asked, results, strict=True):
        found.update({one.rev: one for one in revisions} if revisions else {rev: rev})
    return list(found.values())


def _asked(database: Database, doc_id: DocId, query: Query) -> list[Rev]:
    if text(query, "open_revs") != "all":
        listed = json_value(query, "open_revs", list[str]) or []
        if not all(map(is_rev, listed)):
            raise BadInput("Invalid rev format")
        return [Rev(rev) for rev in listed]
    leaves = database.leaves(doc_id)
    if not leaves:
        raise NotFound("missing")
    return [leaf.rev for leaf in leaves]


def _part(one: Revision | str, history: bool, contents: Contents, since: list[str]) -> Related | bytes:
    if isinstance(one, str):
        return msgspec.json.encode({"missing": one})
    return contents.beside(one, render_document(one, history=history), since)


def _row(one: Revision | str, history: bool, contents: Contents | None, since: list[str]) -> bytes:
    if isinstance(one, str):
        return msgspec.json.encode({"missing": one})
    document = render_document(one, history=history)
    return b'{"ok":%b}' % (contents.in_document(document, since, one.path) if contents else document)


def _array(rows: Iterator[bytes]) -> Chunks:
    opening = b"["
    for row in rows:
        yield opening + row, False
        opening = b","
    yield (b"]\n" if opening == b"," else b"[]\n"), True

"""Many documents in one request: `_bulk_get`, `_revs_diff`, `_bulk_docs`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from fieldsync.documents import DocId, Rev
from fieldsync.replication import Caller, PushRequest, render_missing
from fieldsync.stores.base import Database
from mobile_api.replication.answers import Answer, Chunks, chunked_answer, json_answer
from mobile_api.replication.batches import read_batch
from mobile_api.replication.call import Call, Desk
from mobile_api.replication.contents import Contents, portions
from mobile_api.replication.parameters import decoded, flag

BATCH = 1000
"""Documents read at once; a longer answer is sent in parts of so many."""


class _WantedDoc(msgspec.Struct):
    id: str
    rev: str | None = None
    atts_since: list[str] | None = None


class _WantedDocs(msgspec.Struct):
    docs: list[_WantedDoc]


def get_many(desk: Desk, caller: Caller, call: Call) -> Answer:  # noqa: ARG001
    """Answer `_bulk_get`: a result per request, in order."""
    asked: _WantedDocs = decoded(call.body, _WantedDocs, "The body")
    wanted = [(DocId(doc.id), None if doc.rev is None else Rev(doc.rev)) for doc in asked.docs]
    results = _results(desk.database(call), wanted, flag(call.query, "latest"), flag(call.query, "revs"))
    if flag(call.query, "attachments"):
        contents, since = Contents(desk.store.blobs), [doc.atts_since or () for doc in asked.docs]
        results = (
            portion
            for start, rows in enumerate(results)
            for portion in portions(map(contents.in_result, rows, since[start * BATCH :]))
        )
    return chunked_answer(_chunks(results))


def _results(
    database: Database, wanted: Sequence[tuple[DocId, Rev | None]], latest: bool, history: bool
) -> Iterator[list[bytes]]:
    for start in range(0, len(wanted), BATCH):
        yield database.bulk(wanted[start : start + BATCH], latest=latest, history=history)


def _chunks(results: Iterator[list[bytes]]) -> Chunks:
    opening, portion = b'{"results":[\n', next(results, [])
    for following in results:
        yield opening + b",\n".join(portion), False
        opening, portion = b",\n", following
    yield opening + b",\n".join(portion) + b"\n]}\n", True


def diff(desk: Desk, caller: Caller, call: Call) -> Answer:
    """Answer `_revs_diff`: which of the client's revisions are not known here."""
    revs: dict[str, list[str]] = decoded(call.body, dict[str, list[str]], "The body")
    if not revs:
        desk.present(call)
    return Answer(200, render_missing(desk.intake.missing(call.target.cell, caller, revs)) + b"\n")


def push(desk: Desk, caller: Caller, call: Call) -> Answer:
    """Answer `_bulk_docs`: hand the documents to the intake, unparsed."""
    documents, new_edits = read_batch(call.body)
    if not documents:
        desk.present(call)
    request = PushRequest(call.target.cell, caller, documents, call.clock, new_edits)
    return json_answer(201, desk.intake.push(request))

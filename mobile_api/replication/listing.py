"""`_all_docs`: the winners that are not deleted, in order of identifier, or those that are named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import msgspec

from fieldsync.documents import DocId
from fieldsync.replication import Caller
from fieldsync.stores.base import Database, Revision
from fieldsync.stores.wire import conflicts_of, render_document
from mobile_api.replication.answers import Answer, Chunks, chunked_answer
from mobile_api.replication.call import Call, Desk
from mobile_api.replication.contents import Contents
from mobile_api.replication.errors import QueryError
from mobile_api.replication.parameters import Query, decoded, flag, json_value, number

BATCH = 1000
"""Documents read at once; a longer answer is sent in parts of so many."""
BATCH_WITH_PHOTOS = 20
_AFTER = "\x00"
_LAST = "\U0010ffff"
_RANGE = ("key", "startkey", "start_key", "endkey", "end_key")


class _Body(msgspec.Struct):
    keys: list[str] | None = None


class _Value(msgspec.Struct, omit_defaults=True):
    rev: str
    deleted: bool = False


class _Row(msgspec.Struct):
    id: str
    key: str
    value: _Value


@dataclass(frozen=True, slots=True)
class _Range:
    """Identifiers with start <= id < end, the first `skip` left out, at most `limit`."""

    start: str
    end: str
    descending: bool
    skip: int
    limit: int | None


@dataclass(frozen=True, slots=True)
class _Look:
    include_docs: bool
    conflicts: bool
    sequence: bool
    contents: Contents | None


def all_docs(desk: Desk, caller: Caller, call: Call) -> Answer:  # noqa: ARG001
    """Answer `_all_docs`, by keys or by range."""
    database = desk.database(call)
    keys = _keys(call)
    look = _look(desk, call.query)
    if keys is None:
        return chunked_answer(_by_range(database, _range(call.query), look))
    return chunked_answer(_by_keys(database, _cut(keys, call.query), look))


def _look(desk: Desk, query: Query) -> _Look:
    contents = Contents(desk.store.blobs) if flag(query, "attachments") else None
    return _Look(flag(query, "include_docs"), flag(query, "conflicts"), flag(query, "update_seq"), contents)


def _cut(keys: Sequence[str], query: Query) -> Sequence[str]:
    """Return the keys that a page shows, in its order. Raises QueryError where a range is given too."""
    if any(name in query for name in _RANGE):
        raise QueryError("`keys` is incompatible with `key`, `start_key` and `end_key`")
    ordered = keys[::-1] if flag(query, "descending") else keys
    skip, limit = number(query, "skip") or 0, number(query, "limit")
    return ordered[skip : None if limit is None else skip + limit]


def _keys(call: Call) -> list[str] | None:
    if call.method == "POST" and call.body.strip():
        body: _Body = decoded(call.body, _Body, "The body")
        if body.keys is not None:
            return body.keys
    return json_value(call.query, "keys", list[str])


def _range(query: Query) -> _Range:
    descending = flag(query, "descending")
    first, last = _key(query, "startkey", "start_key"), _key(query, "endkey", "end_key")
    if (key := _key(query, "key")) is not None:
        first = last = key
    low, high = (last, first) if descending else (first, last)
    is_open = not flag(query, "inclusive_end", True) and last is not None
    start = "" if low is None else low + _AFTER if is_open and descending else low
    end = _LAST if high is None else high if is_open and not descending else high + _AFTER
    return _Range(start, end, descending, number(query, "skip") or 0, number(query, "limit"))


def _key(query: Query, *names: str) -> str | None:
    for name in names:
        if name in query:
            return json_value(query, name, str)
    return None


def _by_range(database: Database, span: _Range, look: _Look) -> Chunks:
    opening, glue = _opening(database, span.skip, look.sequence), b""
    winners = islice(_winners(database, span), span.skip, None if span.limit is None else span.skip + span.limit)
    while True:
        size = BATCH_WITH_PHOTOS if look.contents else BATCH
        batch = list(islice(winners, size))
        is_last = len(batch) < size
        rows = b",\n".join(_row(database, revision, look) for revision in batch)
        yield opening + glue * bool(batch) + rows + (b"\n]}\n" if is_last else b""), is_last
        opening, glue = b"", b",\n"


def _winners(database: Database, span: _Range) -> Iterator[Revision]:
    """Read the winners of a range batch by batch, each from where the one before ended."""
    start, end = span.start, span.end
    while True:
        batch = list(database.documents(start, end, limit=BATCH, descending=span.descending))
        yield from batch
        if len(batch) < BATCH:
            return
        start, end = (start, batch[-1].id) if span.descending else (batch[-1].id + _AFTER, end)


def _opening(database: Database, offset: int | None, sequence: bool) -> bytes:
    info = database.info()
    shown = {"total_rows": info.doc_count, "offset": offset} | ({"update_seq": info.update_seq} if sequence else {})
    return msgspec.json.encode(shown)[:-1] + b',"rows":[\n'


def _row(database: Database, revision: Revision, look: _Look) -> bytes:
    row = msgspec.json.encode(_Row(revision.id, revision.id, _Value(revision.rev, revision.deleted)))
    if not look.include_docs:
        return row
    conflicts = conflicts_of(database.leaves(revision.id)) if look.conflicts else ()
    doc = b"null" if revision.deleted else render_document(revision, conflicts=conflicts)
    if look.contents:
        doc = look.contents.in_document(doc)
    return b'%b,"doc":%b}' % (row[:-1], doc)


def _by_keys(database: Database, keys: Sequence[str], look: _Look) -> Chunks:
    opening = _opening(database, None, look.sequence)
    size = BATCH_WITH_PHOTOS if look.contents else BATCH
    for start in range(0, max(len(keys), 1), size):
        batch = keys[start : start + size]
        found = database.revisions([(DocId(key), None) for key in batch])
        rows = [_keyed(database, key, revisions, look) for key, revisions in zip(batch, found, strict=True)]
        is_last = start + size >= len(keys)
        yield opening + b",\n".join(rows) + (b"\n]}\n" if is_last else b""), is_last
        opening = b",\n"


def _keyed(database: Database, key: str, revisions: Sequence[Revision], look: _Look) -> bytes:
    if not revisions:
        missing: dict[str, Any] = {"key": key, "error": "not_found"}
        return msgspec.json.encode(missing)
    return _row(database, revisions[0], look)

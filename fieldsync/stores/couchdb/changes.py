"""The changes of a database: CouchDB's own rows, without our design document, and never from a position it refuses.

A position is CouchDB's: `{number}-{what it means}`. One that is malformed is 400 there, or an error of Erlang's; one
of another database it rewinds itself; one beyond the present (files of an earlier day were put back) it takes for good,
and skips what is written until the present has passed it. All of them rewind to the beginning here.

Source: CouchDB documentation, "Changes Feeds"; fabric_view_changes.erl, fabric_rpc.erl.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from fieldsync.documents import DocId, Rev
from fieldsync.revisions import ranked
from fieldsync.stores.base import Change, ChangesQuery, ChangesView, Leaf, Page, Rows
from fieldsync.stores.couchdb.bodies import may_be_renamed, shown
from fieldsync.stores.couchdb.client import CLAUSES, Answer, read, written
from fieldsync.stores.couchdb.identifiers import DESIGN, here, there
from fieldsync.stores.couchdb.remote import Remote
from fieldsync.stores.couchdb.results import deleted_ones
from fieldsync.stores.indexes import indexes_of

START = "0"
_POSITION = re.compile(r"\d{1,18}(-[\w-]+)?", re.ASCII)
_DESIGN_BYTES = b'"_design/'
_LEAVES = ChangesView(all_leaves=True)


class _Answer(msgspec.Struct):
    results: list[msgspec.Raw]
    last_seq: str | int
    pending: int = 0


class _LeafRow(msgspec.Struct):
    rev: Rev


class _Row(msgspec.Struct):
    seq: str | int
    id: DocId
    changes: list[_LeafRow]
    deleted: bool = False


class _Figures(msgspec.Struct):
    update_seq: str | int


def read_changes(remote: Remote, query: ChangesQuery) -> Page:
    """Read a page of changes, each with its leaves."""
    page = read_rows(remote, query, _LEAVES)
    rows = [msgspec.json.decode(raw, type=_Row) for raw in page.rows]
    return Page(_with_leaves(remote, rows), page.last_seq, page.pending)


def _with_leaves(remote: Remote, rows: list[_Row]) -> tuple[Change, ...]:
    """Tell the tombstones among the leaves; only a live document with several needs a second look."""
    asked = [(row.id, leaf.rev) for row in rows if _is_forked(row) for leaf in row.changes]
    tombstones = {each for each, is_one in zip(asked, deleted_ones(remote, asked), strict=True) if is_one}

    def leaves(row: _Row) -> tuple[Leaf, ...]:
        return tuple(ranked(Leaf(each.rev, row.deleted or (row.id, each.rev) in tombstones) for each in row.changes))

    return tuple(Change(str(row.seq), row.id, leaves(row), row.deleted) for row in rows)


def _is_forked(row: _Row) -> bool:
    return len(row.changes) > 1 and not row.deleted


def read_rows(remote: Remote, query: ChangesQuery, view: ChangesView) -> Rows:
    """Read a page of changes as the rows that clients see."""
    reader = _Reader(remote, query.ids, view)
    since = query.since if query.since == "now" or _POSITION.fullmatch(query.since) else START
    if query.limit == 0:
        page = reader.read(since, 1)
        return Rows((), page.last_seq if since == "now" else since, page.pending + len(page.rows))
    if query.descending:
        return reader.read_back(since, query.limit)
    page = reader.read(since, query.limit)
    if not page.rows and since not in (START, "now") and _is_beyond(remote, since):
        return reader.read(START, query.limit)
    return page


def _is_beyond(remote: Remote, since: str) -> bool:
    return number(since) > number(remote.get("", _Figures).update_seq)


def number(seq: str | int) -> int:
    """Return the number that a position begins with."""
    return int(str(seq).partition("-")[0])


class _Reader:
    """Reads pages of one kind."""

    def __init__(self, remote: Remote, ids: frozenset[str] | None, view: ChangesView) -> None:
        self._remote = remote
        self._ids = None if ids is None else written({"doc_ids": sorted(map(there, ids))})
        self._query = {"style": "all_docs" if view.all_leaves else "main_only"}
        if view.include_docs:
            self._query |= {"include_docs": "true"} | ({"conflicts": "true"} if view.conflicts else {})
        if ids is not None:
            self._query["filter"] = "_doc_ids"

    def read(self, since: str, limit: int | None) -> Rows:
        """Read a page; where a design document was in it, the row that it stood for as well."""
        rows: list[bytes] = []
        while True:
            left = None if limit is None else limit - len(rows)
            found = self._ask(since, left)
            kept = _ours(found.results)
            rows += kept
            since = str(found.last_seq)
            full = left is not None and len(found.results) >= left
            if not full or len(kept) == len(found.results):
                return Rows(rows, since, self._left(found) if full or self._ids is None else 0)

    def _left(self, found: _Answer) -> int:
        """Return how many rows come after a page; CouchDB also counts those that its filter will skip."""
        if self._ids is None or not found.pending:
            return found.pending
        return len(_ours(self._ask(str(found.last_seq), None, include_docs="false").results))

    def read_back(self, since: str, limit: int | None) -> Rows:
        """Read the newest first; where CouchDB has no end or no count for that, it is all of them, turned."""
        if since == START and self._ids is None:
            return self._newest(limit)
        page = self.read(since, None)
        rows = page.rows[::-1][:limit]
        return Rows(rows, _seq_of(rows[-1]) if rows else page.last_seq, len(page.rows) - len(rows))

    def _newest(self, limit: int | None) -> Rows:
        found = self._ask(START, None if limit is None else limit + 1, descending="true")
        kept = _ours(found.results)
        rows = kept[:limit]
        left = found.pending - self._is_left_with_ours(found, kept) + len(kept) - len(rows)
        return Rows(rows, _seq_of(rows[-1]) if rows else START, left)

    def _is_left_with_ours(self, found: _Answer, kept: Sequence[bytes]) -> bool:
        """Tell whether our design document, the oldest of all, is among what is left."""
        return found.pending > 0 and len(kept) == len(found.results) and bool(indexes_of(self._remote.name))

    def _ask(self, since: str, limit: int | None, **more: str) -> _Answer:
        answer = self._send(since, limit, more)
        if since != START and _is_refused(answer):
            answer = self._send(START, limit, more)
        return read(answer, _Answer, self._remote.client)

    def _send(self, since: str, limit: int | None, more: dict[str, str]) -> Answer:
        query = self._query | ({} if "descending" in more else {"since": since}) | more
        if limit is not None:
            query["limit"] = str(limit)
        return self._remote.send("GET" if self._ids is None else "POST", "/_changes", query, self._ids)


def _is_refused(answer: Answer) -> bool:
    return answer.status == 400 or (answer.status == 500 and answer.fault.error in CLAUSES)


def _ours(results: Sequence[msgspec.Raw]) -> list[bytes]:
    return [_shown(row) for row in map(bytes, results) if _DESIGN_BYTES not in row or not _is_design(row)]


def _is_design(row: bytes) -> bool:
    return msgspec.json.decode(row, type=_Row).id.startswith(DESIGN)


def _shown(row: bytes) -> bytes:
    if not may_be_renamed(row):
        return row
    members: dict[str, Any] = msgspec.json.decode(row, type=dict[str, msgspec.Raw])
    members["id"] = here(msgspec.json.decode(members["id"], type=str))
    if "doc" in members:
        members["doc"] = msgspec.Raw(shown(bytes(members["doc"])))
    return written(members)


def _seq_of(row: bytes) -> str:
    return str(msgspec.json.decode(row, type=_Row).seq)

"""`_changes`: what a request asks for, and the feed that answers at once."""

from __future__ import annotations

from dataclasses import dataclass, replace

import msgspec

from fieldsync.errors import BadInput
from fieldsync.replication import CHANGES_HEAD, Caller, changes_tail
from fieldsync.stores.base import ChangesQuery, ChangesView, Database, Rows
from mobile_api.replication.answers import Answer, Chunks, chunked_answer
from mobile_api.replication.call import Call, Desk
from mobile_api.replication.contents import Contents
from mobile_api.replication.errors import NotSupported
from mobile_api.replication.parameters import Query, decoded, flag, json_value, number, text

PAGE = 2000
"""Rows read at once; a longer answer is sent in parts of so many."""
PAGE_WITH_DOCS = 200
PAGE_WITH_PHOTOS = 20
FEEDS = frozenset({"normal", "longpoll", "continuous"})
STYLES = frozenset({"main_only", "all_docs"})


class _Body(msgspec.Struct):
    doc_ids: list[str] | None = None


@dataclass(frozen=True, slots=True)
class ChangesRequest:
    """What a request for changes asks; times in seconds, None where the client leaves them to us."""

    feed: str
    since: str
    limit: int | None
    descending: bool
    ids: frozenset[str] | None
    view: ChangesView
    heartbeat_s: float | None
    timeout_s: float | None
    attachments: bool = False

    def page(self, since: str, left: int | None) -> ChangesQuery:
        """Return the query for the next page of rows, of which `left` may still be sent."""
        most = PAGE if not self.view.include_docs else PAGE_WITH_PHOTOS if self.attachments else PAGE_WITH_DOCS
        return ChangesQuery(since, most if left is None else min(left, most), self.descending, self.ids)


def read_request(call: Call, heartbeat_s: float) -> ChangesRequest:
    """Read a request for changes; `heartbeat_s` serves `heartbeat=true`. Raises BadInput, NotSupported."""
    query = call.query
    return ChangesRequest(
        feed=_choice(query, "feed", "normal", FEEDS),
        since=text(query, "since") or "0",
        limit=number(query, "limit"),
        descending=flag(query, "descending"),
        ids=_ids(call),
        view=ChangesView(
            all_leaves=_choice(query, "style", "main_only", STYLES) == "all_docs",
            include_docs=flag(query, "include_docs"),
            conflicts=flag(query, "conflicts"),
        ),
        heartbeat_s=_heartbeat(query, heartbeat_s),
        timeout_s=_seconds(number(query, "timeout")),
        attachments=flag(query, "include_docs") and flag(query, "attachments"),
    )


def _choice(query: Query, name: str, default: str, known: frozenset[str]) -> str:
    given = query.get(name) or default
    if given not in known:
        raise BadInput(f"The parameter {name} must be one of {', '.join(sorted(known))}.")
    return given


def _ids(call: Call) -> frozenset[str] | None:
    given = call.query.get("filter")
    if not given:
        return None
    if given != "_doc_ids":
        raise NotSupported("Of the filters only _doc_ids is supported.")
    ids = json_value(call.query, "doc_ids", list[str])
    if call.method == "POST" and call.body.strip():
        body: _Body = decoded(call.body, _Body, "The body")
        ids = body.doc_ids if body.doc_ids is not None else ids
    if ids is None:
        raise BadInput("The filter _doc_ids needs a list of identifiers as doc_ids.")
    return frozenset(ids)


def _heartbeat(query: Query, default_s: float) -> float | None:
    if query.get("heartbeat") in {"true", "false"}:
        return default_s if query["heartbeat"] == "true" else None
    return _seconds(number(query, "heartbeat")) or None


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


def answer_changes(desk: Desk, caller: Caller, call: Call) -> Answer:
    """Answer a feed that does not wait; to a caller who may only send, that there is nothing new."""
    asked = read_request(call, 0)
    if not caller.access.reads:
        return Answer(200, CHANGES_HEAD + changes_tail(asked.since, 0))
    return chunked_answer(_pages(desk, desk.database(call), asked))


def read_rows(desk: Desk, database: Database, asked: ChangesRequest, query: ChangesQuery) -> Rows:
    """Read a page of rows as the client wants to see them."""
    page = database.rows(query, asked.view)
    if not asked.attachments:
        return page
    return replace(page, rows=list(map(Contents(desk.store.blobs).in_change, page.rows)))


def _pages(desk: Desk, database: Database, asked: ChangesRequest) -> Chunks:
    since, left, opening, glue = asked.since, asked.limit, CHANGES_HEAD, b""
    while True:
        query = asked.page(since, left)
        page = read_rows(desk, database, asked, query)
        since, left = page.last_seq, None if left is None else left - len(page.rows)
        is_last = asked.descending or left == 0 or len(page.rows) < (query.limit or 0)
        text = opening + glue * bool(page.rows) + b",\n".join(page.rows)
        yield text + changes_tail(since, page.pending) * is_last, is_last
        opening, glue = b"", b",\n"

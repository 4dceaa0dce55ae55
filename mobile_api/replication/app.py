"""The ASGI application that is mounted at /db.

One request is one visit to the thread pool: the gate, the store and the writing of the answer are done there together.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol
from urllib.parse import parse_qsl

from starlette.types import Receive, Scope, Send

from fieldsync.errors import FieldsyncError, places_of
from fieldsync.replication import Gate, Intake, OpenDatabase, open_cell
from fieldsync.settings import Settings
from fieldsync.stores.base import Store
from fieldsync.struct_types import prepare_structs
from mobile_api.replication.answers import JSON_TYPE, Answer, compressed, error_answer, json_answer
from mobile_api.replication.call import Call, Desk, Dialect
from mobile_api.replication.cors import cors_headers, preflight_headers
from mobile_api.replication.errors import UnsupportedMedia
from mobile_api.replication.feeds import Feed, FeedTimes
from mobile_api.replication.hub import Hub
from mobile_api.replication.line import ClientGone, Line
from mobile_api.replication.multipart import decompressed
from mobile_api.replication.routes import CELLS, answer
from mobile_api.replication.threads import in_thread

log = logging.getLogger(__name__)

ASK_FIRST_FROM = 2**20
"""Bodies from this size on, in bytes, are read only once the gate has let their sender pass."""


class Live(Protocol):
    """A feed that waits."""

    async def serve(self) -> None:
        """Answer the request. Raises FieldsyncError, as long as nothing was sent."""


Feeds = Mapping[str, Callable[[Desk, Hub, Call, FeedTimes, Line], Live]]
"""What answers a live request, by the kind of its target."""


def create_replication(
    store: Store,
    gate: Gate,
    intake: Intake,
    settings: Settings,
    *,
    times: FeedTimes | None = None,
    open_database: OpenDatabase | None = None,
    dialect: Dialect = CELLS,
    feeds: Feeds | None = None,
) -> Replication:
    """Return the application that replicates a store's cells; to be called before a server starts its threads.

    `open_database` finds the database that a path names; without it, paths name cells, which are made when first used.
    `dialect` says what else there is to be asked, `feeds` which other feeds wait than `_changes`.
    """
    prepare_structs()
    desk = Desk(store, gate, intake, settings, open_database or partial(open_cell, store), dialect)
    return Replication(desk, times or FeedTimes(), {"_changes": Feed, **(feeds or {})})


class Replication:
    """An ASGI application; `close` ends its live feeds, which a stopping server must do before it waits for them."""

    def __init__(self, desk: Desk, times: FeedTimes, feeds: Feeds) -> None:
        self._desk, self._times, self._feeds = desk, times, feeds
        self._hub = Hub(desk.store, times.poll_s)

    @property
    def waiting(self) -> int:
        """Return how many feeds wait at present."""
        return self._hub.waiting

    def close(self) -> None:
        """End all live feeds at once; may be called from any thread."""
        self._hub.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            granted = cors_headers(_headers(scope).get("origin"), self._desk.settings.cors_origins)
            line = Line(receive, send, granted)
            if scope["method"] == "OPTIONS":
                await line.start(204, preflight_headers(granted))
                await line.finish()
            else:
                await self._answer(scope, line)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return self.close()

    async def _answer(self, scope: Scope, line: Line) -> None:
        try:
            call = await self._read(scope, line)
            if call.is_live and (feed := self._feeds.get(call.target.kind)):
                waiting = feed(self._desk, self._hub, call, self._times, line)
                del call  # A feed waits for long, and keeps of its request what it needs.
                await waiting.serve()
                return
            done = await in_thread(partial(self._work, call))
        except ClientGone:
            return
        except FieldsyncError as error:
            done = error_answer(error)
        except Exception as error:
            if line.is_started:
                raise
            done = _broken(error)
        await _send(line, done, scope["method"])

    async def _read(self, scope: Scope, line: Line) -> Call:
        headers = _headers(scope)
        raw_path = scope.get("raw_path") or scope["path"].encode()
        target = self._desk.dialect.read_path(raw_path, scope.get("root_path", ""))
        call = Call(scope["method"], target, _query(scope), headers)
        encoding = headers.get("content-encoding", "identity").lower()
        if encoding not in {"identity", "gzip"}:
            raise UnsupportedMedia("Of compressed requests only gzip is read.")
        if _is_large(headers):
            await in_thread(partial(self._desk.admit, call))
        limit = self._desk.settings.max_request_bytes
        body = await line.read_body(limit)
        if encoding == "gzip" and body:
            body = await in_thread(partial(decompressed, body, limit))
        return Call(call.method, target, call.query, headers, body)

    def _work(self, call: Call) -> Answer:
        done = answer(self._desk, call)
        return compressed(done) if _takes_gzip(call.headers) else done


def _headers(scope: Scope) -> dict[str, str]:
    """Return the headers by name; of several with one name the first."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(scope["headers"])}


def _query(scope: Scope) -> dict[str, str]:
    """Return the parameters by name; of several with one name the last."""
    return dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))


def _is_large(headers: Mapping[str, str]) -> bool:
    length = headers.get("content-length", "")
    return "transfer-encoding" in headers or (length.isdigit() and int(length) >= ASK_FIRST_FROM)


def _takes_gzip(headers: Mapping[str, str]) -> bool:
    codings = (coding.strip() for coding in headers.get("accept-encoding", "").split(","))
    return any(coding.partition(";")[0] == "gzip" and not coding.endswith("q=0") for coding in codings)


def _broken(error: Exception) -> Answer:
    log.error("A request failed: %s, at %s", type(error).__name__, places_of(error))
    reason = "The server failed to answer; the cause is in its log. Nothing of this request was acknowledged."
    return json_answer(500, {"error": "internal_server_error", "reason": reason})


async def _send(line: Line, done: Answer, method: str) -> None:
    if done.rest is None:
        sized = {"content-length": str(len(done.body))}
        await line.start(done.status, JSON_TYPE | sized | done.headers)
        await line.finish(b"" if method == "HEAD" else done.body)
        return
    await line.start(done.status, JSON_TYPE | done.headers)
    if method != "HEAD":
        await _send_rest(line, done)
    await line.finish()


async def _send_rest(line: Line, done: Answer) -> None:
    chunk, is_last = done.body, False
    while not is_last and done.rest is not None:
        await line.write(chunk)
        chunk, is_last = await in_thread(partial(next, done.rest))
    await line.write(chunk)

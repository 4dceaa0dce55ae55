"""`_db_updates`: which databases changed, as hints.

The journal lives in memory and keeps the last event of each database and type. When a server starts it counts every
database as updated, and a sequence of another start rewinds to the beginning: clients hear too much, never too little.
Writes of other processes are heard of when the store notices them, or not at all.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import anyio.to_thread
import msgspec

from fieldsync.replication import CHANGES_HEAD, Caller
from fieldsync.stores.base import Store
from mobile_api.bare.names import shown_name
from mobile_api.replication.answers import JSON_TYPE, Answer, json_answer
from mobile_api.replication.call import Call, Desk
from mobile_api.replication.feeds import FeedTimes
from mobile_api.replication.hub import ANY, Bell, Hub
from mobile_api.replication.line import Line
from mobile_api.replication.parameters import Query, flag, number, text


class Journal:
    """The last event of each database and type, in the order in which they happened."""

    def __init__(self, store: Store) -> None:
        self._guard = threading.Lock()
        self._own = secrets.token_hex(4)
        self._last = 0
        self._events: dict[tuple[str, str], int] = {}
        self._listeners: dict[object, Callable[[], None]] = {}
        store.watch(self._heard)
        for name in store.names():
            self._heard(name)

    def _heard(self, stored: str) -> None:
        name = shown_name(stored)
        if name is not None:
            self.note("updated", name)

    def note(self, event: str, name: str) -> None:
        """Write down that a database was `created`, `updated` or `deleted`, and wake the feeds."""
        with self._guard:
            self._last += 1
            self._events.pop((event, name), None)
            self._events[event, name] = self._last
            if event == "deleted":
                self._events.pop(("updated", name), None)
            listeners = list(self._listeners.values())
        for ring in listeners:
            ring()

    def after(self, since: str) -> list[dict[str, Any]]:
        """Return the events after a sequence; an unknown one rewinds to the beginning."""
        with self._guard:
            start = self._number(since)
            found = [(number, event, name) for (event, name), number in self._events.items() if number > start]
        return [{"db_name": name, "type": event, "seq": self._seq(number)} for number, event, name in found]

    def settled(self, since: str) -> str:
        """Return a sequence as this journal writes it."""
        with self._guard:
            return self._seq(self._number(since))

    def _number(self, since: str) -> int:
        if since == "now":
            return self._last
        count, _, own = since.partition("-")
        known = own == self._own and count.isascii() and count.isdigit() and len(count) < 16
        return min(int(count), self._last) if known else 0

    def _seq(self, number: int) -> str:
        return f"{number}-{self._own}"

    @contextmanager
    def followed(self, ring: Callable[[], None]) -> Iterator[None]:
        """Call a function after every event while this lasts."""
        key = object()
        with self._guard:
            self._listeners[key] = ring
        try:
            yield
        finally:
            with self._guard:
                del self._listeners[key]

    def answer(self, desk: Desk, caller: Caller, call: Call) -> Answer:  # noqa: ARG002
        """Answer a feed that does not wait."""
        since = text(call.query, "since") or "0"
        rows = limited(self.after(since), call.query)
        last = rows[-1]["seq"] if rows else self.settled(since)
        return json_answer(200, {"results": rows, "last_seq": last})


def limited(rows: list[dict[str, Any]], query: Query) -> list[dict[str, Any]]:
    """Order and cut events as a request asks."""
    ordered = rows[::-1] if flag(query, "descending") else rows
    return ordered[: number(query, "limit")]


@dataclass(slots=True)
class UpdatesFeed:
    """One request that waits for events."""

    journal: Journal
    desk: Desk
    hub: Hub
    call: Call
    times: FeedTimes
    line: Line

    async def serve(self) -> None:
        """Answer the request. Raises FieldsyncError, as long as nothing was sent."""
        await anyio.to_thread.run_sync(self.desk.admit, self.call)
        since = self.journal.settled(text(self.call.query, "since") or "0")
        heartbeat_s, patience_s = self._heartbeat_s(), self._patience_s()
        await self.line.start(200, JSON_TYPE)
        with self.hub.listening(ANY) as bell, self.journal.followed(bell.ring):
            if self.call.query["feed"] == "longpoll":
                await self._longpoll(bell, since, heartbeat_s, patience_s)
            else:
                await self._continuous(bell, since, heartbeat_s, patience_s)

    def _heartbeat_s(self) -> float | None:
        given = self.call.query.get("heartbeat")
        if given in {"true", "false", None}:
            return None if given == "false" else self.times.heartbeat_s
        asked = (number(self.call.query, "heartbeat") or 0) / 1000
        return max(asked, self.times.shortest_heartbeat_s) if asked else None

    def _patience_s(self) -> float:
        asked = number(self.call.query, "timeout")
        return self.times.longest_s if asked is None else min(asked / 1000, self.times.longest_s)

    @property
    def _is_over(self) -> bool:
        return self.line.is_gone or self.hub.is_closed

    async def _longpoll(self, bell: Bell, since: str, heartbeat_s: float | None, patience_s: float) -> None:
        until = bell.loop.time() + patience_s
        await self.line.write(CHANGES_HEAD)
        rows = limited(self.journal.after(since), self.call.query)
        while not (rows or self._is_over) and await self.line.beat(bell, until, heartbeat_s):
            rows = limited(self.journal.after(since), self.call.query)
        if not self.line.is_gone:
            await self.line.finish(_lines(rows, b",\n") + _tail(rows[-1]["seq"] if rows else since))

    async def _continuous(self, bell: Bell, since: str, heartbeat_s: float | None, patience_s: float) -> None:
        """Send events as they come; without heartbeats the feed ends when nothing came for long."""
        waiting = True
        while waiting and not self._is_over:
            rows = self.journal.after(since)
            if rows:
                since = rows[-1]["seq"]
                await self.line.write(_lines(rows, b"\n") + b"\n")
            rang = await self.line.beat(bell, bell.loop.time() + patience_s, heartbeat_s)
            waiting = rang or heartbeat_s is not None
        if not self.line.is_gone:
            await self.line.finish(msgspec.json.encode({"last_seq": since}) + b"\n")


def _lines(rows: Sequence[dict[str, Any]], glue: bytes) -> bytes:
    return glue.join(map(msgspec.json.encode, rows))


def _tail(last_seq: str) -> bytes:
    return b'\n],\n"last_seq":%b}\n' % msgspec.json.encode(last_seq)

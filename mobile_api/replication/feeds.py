"""Live feeds: `_changes` with feed=longpoll and feed=continuous.

A feed reads, waits without a thread until its database changed, and reads again. The gate is asked before every page
that is sent. `last_seq` is always that of a page which this very answer read, never the database's present one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import msgspec

from fieldsync.errors import FieldsyncError
from fieldsync.replication import CHANGES_HEAD, changes_tail
from mobile_api.replication.answers import JSON_TYPE
from mobile_api.replication.call import Call, Desk
from mobile_api.replication.changes import ChangesRequest, read_request, read_rows
from mobile_api.replication.hub import Bell, Hub
from mobile_api.replication.line import Line
from mobile_api.replication.threads import in_thread

HEADERS = JSON_TYPE | {"x-accel-buffering": "no"}


@dataclass(frozen=True, slots=True)
class FeedTimes:
    """Times of the live feeds, in seconds.

    An idle longpoll ends after `longest_s`; `heartbeat_s` serves clients that ask for a heartbeat without saying how
    often, `shortest_heartbeat_s` those that ask for too many; databases are polled every `poll_s`.
    """

    longest_s: float = 60.0
    heartbeat_s: float = 60.0
    shortest_heartbeat_s: float = 0.1
    poll_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at the database gave: rows, and where the next look begins.

    `shut`: the caller is draining, which gives no rows. `over`: the request was refused, which ends the feed.
    """

    since: str
    rows: Sequence[bytes] = ()
    pending: int = 0
    name: str = ""
    shut: bool = False
    over: bool = False


@dataclass(slots=True)
class Feed:
    """One live feed."""

    desk: Desk
    hub: Hub
    call: Call
    times: FeedTimes
    line: Line
    asked: ChangesRequest = field(init=False)

    def __post_init__(self) -> None:
        asked = read_request(self.call, self.times.heartbeat_s)
        if asked.heartbeat_s is not None:
            asked = replace(asked, heartbeat_s=max(asked.heartbeat_s, self.times.shortest_heartbeat_s))
        self.asked, self.call = asked, self.call.bare()

    async def serve(self) -> None:
        """Answer the request. Raises FieldsyncError, as long as nothing was sent."""
        first = await in_thread(partial(self._look, self.asked.since, self.asked.limit))
        await self.line.start(200, HEADERS)
        if self.asked.feed == "continuous":
            await self._continuous(first)
        else:
            await self._longpoll(first)

    def _look(self, since: str, left: int | None) -> Look:
        """Ask the gate and read a page. Raises FieldsyncError."""
        caller = self.desk.admit(self.call)
        if not caller.access.reads:
            return Look(since, shut=True)
        database = self.desk.database(self.call)
        page = read_rows(self.desk, database, self.asked, self.asked.page(since, left))
        return Look(page.last_seq, page.rows, page.pending, database.name)

    async def _look_again(self, last: Look, left: int | None) -> Look:
        """Look again; a refusal ends the feed without rows, and the client hears of it when it asks next."""
        try:
            return await in_thread(partial(self._look, last.since, left))
        except FieldsyncError:
            return replace(last, rows=(), over=True)

    @property
    def _is_over(self) -> bool:
        return self.line.is_gone or self.hub.is_closed

    def _patience_s(self) -> float:
        wanted = self.times.longest_s if self.asked.timeout_s is None else self.asked.timeout_s
        return min(wanted, self.times.longest_s)

    async def _longpoll(self, look: Look) -> None:
        if not look.rows and self.asked.limit != 0 and not self.asked.descending:
            await self.line.write(CHANGES_HEAD)
            look = await self._await_rows(look)
            opening = b""
        else:
            opening = CHANGES_HEAD
        if not self.line.is_gone:
            await self.line.finish(opening + b",\n".join(look.rows) + changes_tail(look.since, look.pending))

    async def _await_rows(self, look: Look) -> Look:
        """Wait until there are rows or the time is over; every look but the first comes after the bell was lent."""
        with self.hub.listening(look.name) as bell:
            until = bell.loop.time() + self._patience_s()
            waiting = True
            while waiting and not self._is_over:
                if not look.shut:
                    look = await self._look_again(look, self.asked.limit)
                    bell.saw(look.since)
                    if look.rows or look.over:
                        break
                waiting = await self.line.beat(bell, until, self.asked.heartbeat_s)
            if not (look.rows or look.shut or look.over or self._is_over):
                look = await self._look_again(look, self.asked.limit)
        return look

    async def _continuous(self, look: Look) -> None:
        with self.hub.listening(look.name) as bell:
            bell.ring()
            look = await self._stream(bell, look)
        if not self.line.is_gone:
            last = {"last_seq": look.since, "pending": look.pending}
            await self.line.finish(msgspec.json.encode(last) + b"\n")

    async def _stream(self, bell: Bell, look: Look) -> Look:
        """Send rows as they come; ends when nothing came for long, but never so for a client that asked for heartbeats.

        The gate is asked at least once in the longest time that a feed is held.
        """
        left, until = self.asked.limit, bell.loop.time() + self._patience_s()
        while not (self._is_over or look.over or left == 0):
            if look.rows:
                await self.line.write(b"\n".join(look.rows) + b"\n")
                left = None if left is None else left - len(look.rows)
                until = bell.loop.time() + self._patience_s()
            elif not await self.line.beat(bell, until, self.asked.heartbeat_s):
                if look.shut or self.asked.heartbeat_s is None:
                    break
                until = bell.loop.time() + self._patience_s()
            if not look.shut:
                look = await self._look_again(look, left)
                bell.saw(look.since)
        return look

"""The connection to one client, as ASGI has it: reading the body, writing the answer, noticing that the client left."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from starlette.types import Receive, Send

from fieldsync.errors import TooLarge
from mobile_api.replication.hub import Bell

DRAINED = 4
"""How many times the limit is read and dropped of a body that is too large, so that the client hears the answer."""


class ClientGone(Exception):
    """The client closed the connection before its request was complete; there is nobody to answer."""


class Line:
    """One request's connection."""

    def __init__(self, receive: Receive, send: Send, headers: Mapping[str, str]) -> None:
        self._receive, self._send = receive, send
        self._headers = headers
        self.is_started = False
        self.is_gone = False

    async def read_body(self, limit: int) -> bytes:
        """Read the whole body, of at most `limit` bytes. Raises TooLarge."""
        parts: list[bytes] = []
        size = 0
        more = True
        while more and size <= DRAINED * limit:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            size += len(message.get("body", b""))
            more = message.get("more_body", False)
            if size <= limit:
                parts.append(message.get("body", b""))
            else:
                parts.clear()
        if size > limit:
            raise TooLarge(f"The body has more than {limit} bytes: send fewer documents at once.")
        return b"".join(parts)

    async def start(self, status: int, headers: Mapping[str, str]) -> None:
        """Send the status and the headers."""
        both = {**headers, **self._headers}
        pairs = [(name.encode(), value.encode("latin-1", "replace")) for name, value in both.items()]
        self.is_started = True
        await self._send({"type": "http.response.start", "status": status, "headers": pairs})

    async def write(self, chunk: bytes) -> None:
        """Send a part of the body, which is on its way when this returns."""
        await self._send({"type": "http.response.body", "body": chunk, "more_body": True})

    async def finish(self, chunk: bytes = b"") -> None:
        """Send the end of the body."""
        await self._send({"type": "http.response.body", "body": chunk, "more_body": False})

    async def beat(self, bell: Bell, until: float, heartbeat_s: float | None) -> bool:
        """Wait for the bell until a time of its loop, with a newline per heartbeat; False if it did not ring.

        For feeds, whose request is complete. The client rings by leaving.
        """
        now = bell.loop.time()
        beat = now + heartbeat_s if heartbeat_s else until
        while now < until and not bell.is_rung:
            try:
                async with asyncio.timeout_at(min(beat, until)) as bell.alarm:
                    while (await self._receive())["type"] != "http.disconnect":
                        pass
                    self.is_gone = bell.is_rung = True
            except TimeoutError:
                now = bell.loop.time()
            bell.alarm = None
            if heartbeat_s and beat <= now < until and not bell.is_rung:
                await self.write(b"\n")
                beat = now + heartbeat_s
        was_rung, bell.is_rung = bell.is_rung, False
        return was_rung

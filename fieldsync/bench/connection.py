"""A light HTTP/1.1 client: one connection, one request at a time, every byte counted.

General clients cost more than the server that they would measure.
"""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Collection
from dataclasses import dataclass
from typing import cast
from urllib.parse import unquote, urlsplit

from fieldsync.errors import BadInput, StoreUnavailable

_HEAD_END = b"\r\n\r\n"


@dataclass(slots=True)
class Traffic:
    """What went over the wire."""

    requests: int = 0
    sent: int = 0
    received: int = 0


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server is: what a URL says, ready to be used."""

    host: str
    port: int
    prefix: str
    headers: bytes

    @classmethod
    def of(cls, url: str) -> Address:
        """Read `http://[user:password@]host:port[/path]`. Raises BadInput."""
        parts = urlsplit(url)
        if parts.scheme != "http" or parts.hostname is None:
            raise BadInput(f"{url!r:.200} cannot be measured: use http://[user:password@]host:port.")
        headers = f"Host: {parts.hostname}:{parts.port or 80}\r\nAccept: application/json\r\n"
        if parts.username is not None:
            pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            headers += f"Authorization: Basic {b64encode(pair.encode()).decode()}\r\n"
        return cls(parts.hostname, parts.port or 80, parts.path.rstrip("/"), headers.encode())

    def request(self, method: str, path: str, body: bytes = b"") -> bytes:
        """Return the bytes of a request."""
        sized = b"Content-Type: application/json\r\nContent-Length: %d\r\n" % len(body) if body else b""
        return f"{method} {self.prefix}{path} HTTP/1.1\r\n".encode() + self.headers + sized + b"\r\n" + body


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, its body whole."""

    status: int
    body: bytes


class _Wire(asyncio.Protocol):
    """Reads one answer after the other from a connection."""

    def __init__(self, traffic: Traffic) -> None:
        self._traffic = traffic
        self._buffer = bytearray()
        self._reply: asyncio.Future[Reply] | None = None
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        self.transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail what is still waited for."""
        self.transport = None
        if self._reply is not None and not self._reply.done():
            self._reply.set_exception(exc or ConnectionResetError("closed by the server"))

    def send(self, request: bytes) -> asyncio.Future[Reply]:
        """Send a request; the answer comes later. Raises ConnectionResetError."""
        if self.transport is None:
            raise ConnectionResetError("closed by the server")
        self._traffic.requests += 1
        self._traffic.sent += len(request)
        self._reply = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self._reply

    def data_received(self, data: bytes) -> None:
        """Collect the answer until it is whole."""
        self._traffic.received += len(data)
        self._buffer += data
        if (whole := read_reply(self._buffer)) is not None and self._reply is not None:
            self._buffer = bytearray()
            self._reply.set_result(whole)


def read_reply(buffer: bytearray) -> Reply | None:
    """Return the answer that a buffer holds, or None while parts of it are missing."""
    end = buffer.find(_HEAD_END)
    if end < 0:
        return None
    head, start = bytes(buffer[:end]).lower(), end + len(_HEAD_END)
    status = int(head[9:12])
    _, found, rest = head.partition(b"\r\ncontent-length:")
    if found:
        length = int(rest.partition(b"\r\n")[0])
        return Reply(status, bytes(buffer[start : start + length])) if len(buffer) >= start + length else None
    if b"\r\ntransfer-encoding: chunked" not in head:
        return Reply(status, b"")
    if not buffer.endswith(b"\r\n0" + _HEAD_END) and buffer[start:] != b"0" + _HEAD_END:
        return None
    return Reply(status, _joined(buffer, start))


def _joined(buffer: bytearray, at: int) -> bytes:
    parts: list[bytes] = []
    while True:
        line_end = buffer.index(b"\r\n", at)
        size = int(buffer[at:line_end].partition(b";")[0], 16)
        if size == 0:
            return b"".join(parts)
        parts.append(bytes(buffer[line_end + 2 : line_end + 2 + size]))
        at = line_end + 2 + size + 2


class Client:
    """One client of a server, on a connection that is kept open, or opened anew where the server closed it."""

    def __init__(self, address: Address, traffic: Traffic) -> None:
        self._address, self._traffic = address, traffic
        self._wire: _Wire | None = None

    async def ask(self, method: str, path: str, body: bytes = b"", allowed: Collection[int] = ()) -> Reply:
        """Ask for an answer below 400, or with an `allowed` status. Raises StoreUnavailable."""
        request = self._address.request(method, path, body)
        try:
            reply = await self._ask(request)
        except OSError as error:
            raise StoreUnavailable(f"{method} {path} was not answered: {error}.") from error
        if reply.status >= 400 and reply.status not in allowed:
            said = reply.body[:300].decode("utf-8", "replace").strip()
            raise StoreUnavailable(f"{method} {path} was answered with {reply.status}: {said}")
        return reply

    async def _ask(self, request: bytes) -> Reply:
        if self._wire is not None:
            try:
                return await self._wire.send(request)
            except ConnectionResetError:
                self._wire = None
        self._wire = await self._connected()
        return await self._wire.send(request)

    async def _connected(self) -> _Wire:
        loop = asyncio.get_running_loop()
        _, wire = await loop.create_connection(lambda: _Wire(self._traffic), self._address.host, self._address.port)
        return wire

    def close(self) -> None:
        """Close the connection."""
        if self._wire is not None and self._wire.transport is not None:
            self._wire.transport.close()
        self._wire = None

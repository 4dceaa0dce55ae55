"""A server between the store and CouchDB that misbehaves when it is told to."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_PASSED_ON = ("content-type", "content-encoding", "authorization", "accept")


@dataclass(frozen=True)
class Trick:
    """What happens to one request: an answer of our own, or a connection that ends too early.

    `forward`: CouchDB gets the request. `status`: it is answered with this. `cut`: how much of an answer is sent, 0 for
    none. `before`: something that happens meanwhile.
    """

    forward: bool = True
    status: int | None = None
    body: bytes = b'{"error":"trouble","reason":"as told"}'
    cut: float | None = None
    before: Callable[[], object] = field(default=lambda: None)


LOST_ANSWER = Trick(cut=0)
LOST_REQUEST = Trick(forward=False, cut=0)
HALF_AN_ANSWER = Trick(cut=0.5)


def answer(status: int, body: bytes = Trick.body) -> Trick:
    """Return the trick of an answer that is not CouchDB's."""
    return Trick(forward=False, status=status, body=body)


class Unruly:
    """Passes requests on to a CouchDB, but for those it has a trick for."""

    def __init__(self, port: int) -> None:
        self.upstream = port
        self.seen: list[str] = []
        self._tricks: dict[str, list[Trick]] = {}
        self._always: dict[str, Trick] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Return where it listens."""
        return self._server.server_address[1]

    def next(self, request: str, *tricks: Trick) -> None:
        """Play tricks on the next requests that contain this text (`POST /_bulk_docs`)."""
        self._tricks[request] = list(tricks)

    def always(self, request: str, trick: Trick) -> None:
        """Play a trick on all such requests."""
        self._always[request] = trick

    def has_played(self) -> bool:
        """Tell whether all tricks that were to be next have been played."""
        return not any(self._tricks.values())

    def behave(self) -> None:
        """Play no tricks any more."""
        self._tricks.clear()
        self._always.clear()

    def trick_for(self, line: str) -> Trick:
        """Return what happens to a request."""
        self.seen.append(line)
        for request, tricks in self._tricks.items():
            if tricks and all(part in line for part in request.split()):
                return tricks.pop(0)
        return next((t for r, t in self._always.items() if all(part in line for part in r.split())), Trick())

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(30)


def _handler(unruly: Unruly) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline(65_537)
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            trick = unruly.trick_for(f"{self.command} {self.path}")
            trick.before()
            status, kind, content = self.forwarded(body) if trick.forward else (200, "application/json", b"")
            if trick.status is not None:
                status, content = trick.status, trick.body
            self.reply(status, kind, content, trick.cut)

        def forwarded(self, body: bytes) -> tuple[int, str, bytes]:
            connection = http.client.HTTPConnection("127.0.0.1", unruly.upstream, timeout=30)
            headers = {name: self.headers[name] for name in _PASSED_ON if name in self.headers}
            connection.request(self.command, self.path, body, headers)
            came = connection.getresponse()
            content = came.read()
            connection.close()
            return came.status, came.headers.get("content-type", ""), content

        def reply(self, status: int, kind: str, content: bytes, cut: float | None) -> None:
            if cut == 0:
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content if cut is None else content[: int(len(content) * cut)])
            self.close_connection = cut is not None

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler

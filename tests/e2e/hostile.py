"""Requests that no client of good will sends, and what every server of ours answers to them.

A body that is no JSON is refused whole. A document that can be read and may not be stored is an error in its row
(`fieldsync couch`) or goes to quarantine (a cell): its batch goes on either way.
"""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

REV = f"1-{'a' * 32}"
_JSON = {"content-type": "application/json"}
_PACKED = _JSON | {"content-encoding": "gzip"}
DEEP = b"[" * 100_000 + b"]" * 100_000
BOMB_BYTES = 128 * 2**20
"""Twice what a request may have."""


@dataclass(frozen=True)
class Request:
    """A request below a database, and the status that it deserves."""

    what: str
    method: str
    path: str
    body: bytes
    status: int
    headers: Mapping[str, str] = field(default_factory=lambda: _JSON)


def batch(*documents: bytes) -> bytes:
    """Return the body of a push."""
    return b'{"new_edits":false,"docs":[%s]}' % b",".join(documents)


def document(doc_id: str, **members: object) -> bytes:
    """Return a document of a first revision, unless its members say otherwise."""
    return json.dumps({"_id": doc_id, "_rev": REV} | members).encode()


GOOD = document("person:00000000-0000-4000-8000-000000000001", kind="person", data={"name": "王芳"})


@cache
def _bomb() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts = [packer.compress(b'{"docs":["')]
    parts += [packer.compress(b"0" * 2**20) for _ in range(BOMB_BYTES // 2**20)]
    return b"".join([*parts, packer.flush()])


def refused() -> Iterator[Request]:
    """Yield what cannot be read, and is refused whole."""
    for value in ("NaN", "-Infinity", "01", "1.", "'a'", '"\t"', "{", "1 2"):
        text = b'{"_id":"x","_rev":"%s","n":%s}' % (REV.encode(), value.encode())
        yield Request(f"the value {value}", "POST", "/_bulk_docs", batch(GOOD, text), 400)
    for path in ("/_bulk_docs", "/_revs_diff", "/_bulk_get", "/_changes?filter=_doc_ids"):
        yield Request("100,000 levels", "POST", path, b'{"docs":%s}' % DEEP, 400)
        yield Request("half of it", "POST", path, batch(GOOD)[:-9], 400)
    yield Request("100,000 levels", "PUT", "/_local/deep", b'{"x":%s}' % DEEP, 400)
    yield Request("bytes that are no text", "POST", "/_bulk_docs", batch(GOOD, b'{"_id":"\xff"}'), 400)
    yield Request("a path that is no text", "PUT", "/_local/%ff", b"{}", 400)
    yield Request("a path with half a surrogate pair", "PUT", "/_local/%ed%a0%80", b"{}", 400)
    yield Request("a bomb", "POST", "/_bulk_docs", _bomb(), 413, _PACKED)
    yield Request("half a gzip", "POST", "/_bulk_docs", gzip.compress(batch(GOOD))[:-12], 400, _PACKED)
    yield Request("no gzip", "POST", "/_bulk_docs", batch(GOOD), 400, _PACKED)
    yield Request("another compression", "POST", "/_bulk_docs", batch(GOOD), 415, _JSON | {"content-encoding": "br"})
    for said in ("text/plain", "application/x-www-form-urlencoded", "image/png", "multipart/related; boundary=x"):
        for path in ("/_bulk_docs", "/_revs_diff", "/_bulk_get"):
            yield Request(f"{said} to {path}", "POST", path, batch(GOOD), 415, {"content-type": said})


def judged() -> Iterator[tuple[str, bytes]]:
    """Yield documents that can be read, and may not be stored; each with what is wrong with it."""
    for rev in ("", "zzz", "1-", f"-{REV}", f"0-{'a' * 32}", f"{10**30}-{'a' * 32}", REV.upper(), f"{REV}\n", 5, ["1"]):
        yield f"the revision {rev!r}", document("f", _rev=rev)
    hashes = ["a" * 32, "b" * 32]
    for start, ids in ((2, hashes), (1, hashes), (-1, hashes), (1.5, hashes), (10**30, hashes), (1, []), (1, ["é"])):
        said = f"a history {start}, {ids}"
        yield said, document(said, _revisions={"start": start, "ids": ids})
    for none in ("1-a", [], 5):
        yield f"the history {none}", document(f"{none}", _revisions=none)
    yield "9,000 levels", b'{"_id":"deep","_rev":"%s","x":%s}' % (REV.encode(), b"[" * 9000 + b"]" * 9000)
    yield "half a character as a name", b'{"_id":"\\ud800","_rev":"%s"}' % REV.encode()
    yield "a name that is reserved", document("_x")
    yield "no name that could be one", document("", n=1)
    yield "a number for a name", b'{"_id":7,"_rev":"%s"}' % REV.encode()
    yield "no object", b"[1]"


ODD = {
    "two members of one name": b'{"_id":"twice","_rev":"%s","n":1,"n":2}' % REV.encode(),
    "two names": b'{"_id":"first","_id":"second","_rev":"%s"}' % REV.encode(),
    "half a character": b'{"_id":"half","_rev":"%s","n":"\\udc00x"}' % REV.encode(),
    "a zero in its name": document("zero\0name"),
    "zeros inside": document("zeros", **{"\0": "\0"}),
    "a path for a name": document("../../etc/passwd"),
}
"""Documents that are JSON, however odd: a bare server stores them, a cell has none of their kind."""


def send(url: str, request: Request, headers: Mapping[str, str]) -> tuple[int, bytes]:
    """Send a request as it is written, its path untouched; returns the status and the body."""
    parts = urlsplit(url)
    line = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    try:
        line.request(request.method, f"{parts.path}{request.path}", request.body, {**request.headers, **headers})
        answer = line.getresponse()
        return answer.status, answer.read()
    finally:
        line.close()


def cut_off(url: str, headers: Mapping[str, str], *, chunked: bool) -> None:
    """Begin to push a whole batch, promise more of the body, and leave; returns when the server has seen it."""
    parts = urlsplit(url)
    body = batch(GOOD)
    length = {"transfer-encoding": "chunked"} if chunked else {"content-length": str(len(body) + 1)}
    head = "".join(f"{name}: {value}\r\n" for name, value in {"host": "here", **_JSON, **length, **headers}.items())
    sent = b"%x\r\n%s\r\n" % (len(body), body) if chunked else body
    with socket.create_connection((parts.hostname, parts.port)) as line:
        line.sendall(f"POST {parts.path}/_bulk_docs HTTP/1.1\r\n{head}\r\n".encode() + sent)
        line.shutdown(socket.SHUT_WR)
        line.settimeout(30)
        while line.recv(2**16):
            pass


def faults(url: str, headers: Mapping[str, str]) -> list[str]:
    """Send all that is refused; returns where the answer is not the one deserved, in words."""
    found = []
    for request in refused():
        status, body = send(url, request, headers)
        told = json.loads(body)
        if status != request.status or not (told.get("error") and told.get("reason")):
            found.append(f"{request.what}, {request.method} {request.path}: {status} {body[:200]!r}")
    return found


def leaked_bytes(pid: int, url: str, headers: Mapping[str, str], rounds: int = 3) -> int:
    """Return by how much more memory a process holds after so many rounds of them than after two."""
    assert [*faults(url, headers), *faults(url, headers)] == []
    before = resident_bytes(pid)
    assert [fault for _ in range(rounds) for fault in faults(url, headers)] == []
    return resident_bytes(pid) - before


def resident_bytes(pid: int) -> int:
    """Return how much memory a process holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096

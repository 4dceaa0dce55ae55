"""What a handler gives back, and how it goes out."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
from isal import isal_zlib

from fieldsync.errors import DatabaseMissing, FieldsyncError
from mobile_api.replication.errors import headers_of, status_of

JSON_TYPE = {"content-type": "application/json", "cache-control": "no-store", "vary": "origin, accept-encoding"}
NO_DATABASE = "Database does not exist."
"""What clients read of a database that is not there, whichever store says so."""
GZIP_FROM = 1400
"""Bodies smaller than this, in bytes, are one packet anyway."""
_GZIP_WINDOW = 16 + zlib.MAX_WBITS
_GZIP_LEVEL = 2
"""Of ISA-L's four levels: a sixth of zlib's time at its fastest, and a tenth less to send."""

Chunks = Iterator[tuple[bytes, bool]]
"""The parts of a long body, each with whether it is the last; the next is made only when the one before was taken."""


@dataclass(slots=True)
class Answer:
    """An answer, JSON unless its headers name another content type.

    `rest` makes what follows the body, where it is too long to be built at once.
    """

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    rest: Chunks | None = None


def json_answer(status: int, value: Any, headers: dict[str, str] | None = None) -> Answer:
    """Answer with a value as JSON."""
    return Answer(status, msgspec.json.encode(value) + b"\n", dict(headers or {}))


def chunked_answer(chunks: Chunks, headers: dict[str, str] | None = None) -> Answer:
    """Answer with the first of many parts, the others to follow."""
    first, is_last = next(chunks)
    return Answer(200, first, dict(headers or {}), None if is_last else chunks)


def marked(parts: Iterator[bytes]) -> Chunks:
    """Yield the parts of a body that has at least one, each with whether it is the last."""
    part = next(parts)
    for following in parts:
        yield part, False
        part = following
    yield part, True


def error_answer(error: FieldsyncError) -> Answer:
    """Answer with an error, as CouchDB writes it; with its Chinese words, and `wipe` where a tablet is to hear it."""
    reason = NO_DATABASE if isinstance(error, DatabaseMissing) else error.message
    told = {name: error.fields[name] for name in ("reason_zh", "wipe") if name in error.fields}
    return json_answer(status_of(error.code), {"error": error.code, "reason": reason, **told}, headers_of(error))


def compressed(answer: Answer) -> Answer:
    """Compress an answer in JSON that is long enough to gain by it."""
    if "content-type" in answer.headers or (answer.rest is None and len(answer.body) < GZIP_FROM):
        return answer
    packer = isal_zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
    headers = answer.headers | {"content-encoding": "gzip"}
    if answer.rest is None:
        return Answer(answer.status, packer.compress(answer.body) + packer.flush(), headers)
    return Answer(answer.status, packer.compress(answer.body), headers, _packed(answer.rest, packer))


def _packed(chunks: Chunks, packer: Any) -> Chunks:
    for chunk, is_last in chunks:
        yield packer.compress(chunk) + (packer.flush() if is_last else b""), is_last

"""`_local` documents: any bytes, kept in a member of a document of CouchDB's, as text where they are text."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator

import msgspec

from fieldsync.stores.couchdb.client import Answer, read, written
from fieldsync.stores.couchdb.remote import Remote
from fieldsync.stores.couchdb.results import quoted


class _Kept(msgspec.Struct, omit_defaults=True):
    rev: str | None = msgspec.field(name="_rev", default=None)
    text: str | None = None
    base64: str | None = None


class _Value(msgspec.Struct):
    rev: str | None = None


class _Row(msgspec.Struct):
    id: str
    value: _Value


class _Rows(msgspec.Struct):
    rows: list[_Row]


def read_local(remote: Remote, local_id: str) -> bytes | None:
    """Return the bytes as they were stored."""
    kept = _find(remote, local_id)
    return None if kept is None else _stored(kept)


def each_local(remote: Remote) -> Iterator[tuple[str, bytes]]:
    """Yield all `_local` documents with their names, in order."""
    for local_id in sorted(_names(remote)):
        stored = read_local(remote, local_id)
        if stored is not None:
            yield local_id, stored


def _stored(kept: _Kept) -> bytes:
    return b64decode(kept.base64) if kept.base64 is not None else (kept.text or "").encode()


def write_local(remote: Remote, local_id: str, body: bytes) -> None:
    """Keep bytes, whatever was there: CouchDB takes any revision, others want the present one."""
    kept = _kept(body)
    while _put(remote, local_id, kept).status == 409:
        found = _find(remote, local_id)
        kept.rev = found.rev if found else None


def _kept(body: bytes) -> _Kept:
    try:
        return _Kept(text=body.decode())
    except UnicodeDecodeError:
        return _Kept(base64=b64encode(body).decode())


def _put(remote: Remote, local_id: str, kept: _Kept) -> Answer:
    answer = remote.send("PUT", _path(local_id), None, written(kept))
    if answer.status != 409:
        read(answer, object, remote.client)
    return answer


def drop_local(remote: Remote, local_id: str) -> bool:
    """Drop a `_local` document; False if there was none."""
    while found := _find(remote, local_id):
        answer = remote.send("DELETE", _path(local_id), {"rev": found.rev} if found.rev else None)
        if answer.status in (200, 404):
            return answer.status == 200 or answer.repeated
        if answer.status != 409:
            read(answer, object, remote.client)
    return False


def drop_locals(remote: Remote) -> int:
    """Drop all `_local` documents; returns how many there were."""
    return sum(drop_local(remote, local_id) for local_id in _names(remote))


def _names(remote: Remote) -> list[str]:
    answer = remote.send("GET", "/_local_docs")
    rows = read(answer, _Rows, remote.client).rows
    return [row.id.removeprefix("_local/") for row in rows]


def _find(remote: Remote, local_id: str) -> _Kept | None:
    answer = remote.send("GET", _path(local_id))
    return None if answer.status == 404 else read(answer, _Kept, remote.client)


def _path(local_id: str) -> str:
    return f"/_local/{quoted(local_id)}"

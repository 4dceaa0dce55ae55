"""The contents of attachments in CouchDB: a database with a document for each digest, and one attachment in it.

CouchDB keeps an attachment once for each document that has it: ten copies of a photo take ten times its size. Here a
content is kept once, whoever names it. Its SHA-256 stands beside it, so that other bytes of the same MD5 are told.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from fieldsync.errors import BadInput
from fieldsync.stores.couchdb.client import read, written
from fieldsync.stores.couchdb.remote import Remote

_NAME = "content"
_BATCH = 1000


class _Stub(msgspec.Struct):
    length: int


class _Doc(msgspec.Struct):
    sha256: str
    rev: str = msgspec.field(name="_rev")
    attachments: dict[str, _Stub] = msgspec.field(name="_attachments", default_factory=dict)


class _Row(msgspec.Struct):
    key: str
    doc: _Doc | None = None
    error: str | None = None


class _Rows(msgspec.Struct):
    rows: list[_Row]


class _Written(msgspec.Struct):
    id: str = ""
    error: str = ""
    reason: Any = None


class CouchBlobs:
    """Contents by digest, each kept once."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def put(self, contents: Mapping[str, bytes]) -> None:
        """Keep contents by their digests, durably. Raises BadInput where other bytes have the same digest."""
        lost = {digest for digest in contents if not digest or digest.startswith("_")}
        if lost:
            raise BadInput(f"{min(lost)!r} is no digest: expected md5- and base64.")
        if unsafe := self._unsafe(contents):
            with self._remote.doubting(unsafe):
                is_first = self._write([_document(digest, contents[digest], rev) for digest, rev in unsafe.items()])
            if not is_first:
                self._unsafe(contents)

    def _unsafe(self, contents: Mapping[str, bytes]) -> dict[str, str | None]:
        """Return which are to be written: those not kept, and, with their revisions, those kept on too few nodes.

        Raises BadInput where other bytes are kept.
        """
        kept = self._docs(contents)
        for digest, doc in kept.items():
            if doc.sha256 != _sha256(contents[digest]):
                raise BadInput(
                    f"Two attachments with different contents have the digest {digest}; the second is refused."
                )
        doubtful = self._remote.client.doubts.about(self._remote.there)
        new: dict[str, str | None] = {digest: None for digest in contents if digest not in kept}
        return new | {digest: doc.rev for digest, doc in kept.items() if digest in doubtful}

    def _write(self, docs: list[dict[str, Any]]) -> bool:
        """Write contents; False where somebody else was first with one of them."""
        answer = self._remote.post_bytes("/_bulk_docs", written({"docs": docs}))
        rows = read(answer, list[_Written], self._remote.client)
        for row in rows:
            if row.error not in ("", "conflict"):
                raise self._remote.client.unavailable(f"did not keep {row.id} ({row.error}: {row.reason})")
        return not any(row.error for row in rows)

    def get(self, digest: str) -> bytes | None:
        """Return the bytes of a digest, or None."""
        answer = self._remote.send("GET", f"/{quote(digest, safe='')}/{_NAME}")
        if answer.status not in (200, 404):
            read(answer, object, self._remote.client)
        return answer.body if answer.status == 200 else None

    def lengths(self, digests: Iterable[str]) -> dict[str, int]:
        """Return the length in bytes of each digest that is kept."""
        docs = self._docs(digests)
        return {digest: doc.attachments[_NAME].length for digest, doc in docs.items() if _NAME in doc.attachments}

    def drop(self, digests: Iterable[str]) -> int:
        """Delete contents; their bytes go when CouchDB compacts. Returns how many there were."""
        docs = self._docs(digests)
        if docs:
            self._write([{"_id": digest, "_rev": doc.rev, "_deleted": True} for digest, doc in docs.items()])
        return len(docs)

    def digests(self) -> Iterator[str]:
        """Yield all digests that are kept, in order."""
        after = ""
        while True:
            query = {"startkey": written(after).decode(), "limit": str(_BATCH)}
            rows = self._remote.get("/_all_docs", _Rows, query).rows
            yield from (row.key for row in rows)
            if len(rows) < _BATCH:
                return
            after = rows[-1].key + "\0"

    def _docs(self, digests: Iterable[str]) -> dict[str, _Doc]:
        asked = list(dict.fromkeys(digests))
        found: dict[str, _Doc] = {}
        for at in range(0, len(asked), _BATCH):
            keys = {"keys": asked[at : at + _BATCH]}
            rows = self._remote.post("/_all_docs", keys, _Rows, {"include_docs": "true"}).rows
            found |= {row.key: row.doc for row in rows if row.doc is not None}
        return found


def _document(digest: str, content: bytes, rev: str | None) -> dict[str, Any]:
    attachment = {"content_type": "application/octet-stream", "data": b64encode(content).decode()}
    members = {"_id": digest, "sha256": _sha256(content), "_attachments": {_NAME: attachment}}
    return members | ({"_rev": rev} if rev else {})


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()

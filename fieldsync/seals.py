"""The seal by which the server knows its own revisions again, after a restore and on another server.

Pure but for the key that is passed in. Seal = HMAC-SHA256 of the document's identifier and its canonical body (RFC
8785) without the seal itself, and of what it has attached, in hexadecimal.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

from fieldsync.attachments import parted
from fieldsync.documents import Body, meta_of
from fieldsync.revisions import canonical


def sealed(doc_id: str, body: Mapping[str, Any], key: bytes) -> Body:
    """Return the body with its seal in `meta`."""
    meta = {k: v for k, v in meta_of(body).items() if k != "seal"}
    plain = {**body, "meta": meta}
    return {**plain, "meta": {**meta, "seal": _seal(doc_id, plain, key)}}


def is_sealed(doc_id: str, body: Mapping[str, Any], key: bytes) -> bool:
    """Tell whether a body carries a seal that verifies."""
    seal = meta_of(body).get("seal")
    if not isinstance(seal, str):
        return False
    plain = {**body, "meta": {k: v for k, v in meta_of(body).items() if k != "seal"}}
    return hmac.compare_digest(seal.encode(), _seal(doc_id, plain, key).encode())


def _seal(doc_id: str, body: Mapping[str, Any], key: bytes) -> str:
    plain, attached = parted(body)
    named = canonical([plain, attached] if attached else plain)
    return hmac.digest(key, doc_id.encode() + b"\n" + named, "sha256").hex()

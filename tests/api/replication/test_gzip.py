"""Requests in gzip."""

from __future__ import annotations

import gzip
import json

import pytest

from tests.api.replication.conftest import LIMIT

PACKED = {"Content-Encoding": "gzip", "Content-Type": "application/json"}


def packed(value: object) -> bytes:
    """Return a value as JSON in gzip."""
    return gzip.compress(json.dumps(value).encode())


def test_requests_in_gzip_are_read(client) -> None:
    """Documents, batches and attachments."""
    assert client.put("/x", content=packed({"v": 1}), headers=PACKED).status_code == 201
    made = client.post("/_bulk_docs", content=packed({"docs": [{"_id": "y", "v": 2}]}), headers=PACKED)
    assert (made.status_code, made.json()[0]["ok"]) == (201, True)
    photo = {"Content-Encoding": "gzip", "Content-Type": "image/png"}
    assert client.put("/z/p", content=gzip.compress(b"photo"), headers=photo).status_code == 201
    assert [client.get(f"/{name}").json()["v"] for name in "xy"] == [1, 2]
    assert client.get("/z/p").content == b"photo"


BAD = {
    "a bomb": (gzip.compress(b" " * (LIMIT + 1)), 413),
    "cut": (packed({"v": "text" * 50})[:-12], 400),
    "cut in its trailer": (packed({"v": 1})[:-1], 400),
    "changed": (packed({"v": 1})[:-8] + b"\0" * 8, 400),
    "no gzip": (b'{"v":1}', 400),
}


@pytest.mark.parametrize(("body", "status"), BAD.values(), ids=BAD.keys())
def test_what_is_no_gzip_is_refused(client, body, status) -> None:
    """As is what comes to more than a request may have once it is unpacked."""
    answer = client.put("/x", content=body, headers=PACKED)
    assert answer.status_code == status
    assert "gzip" in answer.json()["reason"] or "ecompressed" in answer.json()["reason"]
    assert client.get("/x").status_code == 404


def test_what_is_as_large_as_may_be_is_read(client) -> None:
    """The limit is for what is unpacked."""
    body = b'{"v":1}'.ljust(LIMIT)
    assert client.put("/x", content=gzip.compress(body), headers=PACKED).status_code == 201


def test_other_compressions_are_refused(client) -> None:
    """With the one that is read."""
    answer = client.put("/x", content=b"{}", headers={**PACKED, "Content-Encoding": "br"})
    assert answer.status_code == 415
    assert "gzip" in answer.json()["reason"]

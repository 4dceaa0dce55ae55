"""CouchDB's own replicator, into `fieldsync couch` and out of it.

Needs a CouchDB: FIELDSYNC_TEST_COUCHDB is its address with an administrator, as in `http://admin:pw@127.0.0.1:5984`.
"""

from __future__ import annotations

import os
import uuid
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from fieldsync.attachments import digest_of

COUCHDB = os.environ.get("FIELDSYNC_TEST_COUCHDB", "")
pytestmark = pytest.mark.skipif(not COUCHDB, reason="FIELDSYNC_TEST_COUCHDB names no CouchDB to replicate with.")

COUNT = 300
TEXT = "居民 residents\r\n".encode() * 3000
NOISE = b"".join(uuid.uuid5(uuid.NAMESPACE_URL, str(n)).bytes for n in range(20_000))
CONTENTS = {
    "empty.bin": ("application/octet-stream", b""),
    "one.bin": ("application/octet-stream", b"\0"),
    "note.txt": ("text/plain", TEXT),
    "short.txt": ("text/plain; charset=utf-8", b"--\r\n"),
    "data.json": ("application/json", b'{"v":1}'),
    "a/照片 1.jpg": ("image/jpeg", NOISE),
    'say "x".png': ("image/png", NOISE[:70_000]),
}
Leaves = dict[tuple[str, str], tuple[dict[str, Any], dict[str, str]]]


@pytest.fixture
def pair(couch: str) -> Iterator[tuple[str, str]]:
    """Make a database here and one in CouchDB, of one name; both are deleted afterwards."""
    name = f"test_{uuid.uuid4().hex}"
    urls = f"{couch.rstrip('/')}/{name}", f"{COUCHDB.rstrip('/')}/{name}"
    for url in urls:
        httpx.put(url).raise_for_status()
    yield urls
    for url in urls:
        httpx.delete(url).raise_for_status()


def replicate(source: str, target: str) -> dict[str, Any]:
    """Have CouchDB replicate; returns what it did."""
    answer = httpx.post(f"{COUCHDB}/_replicate", json={"source": source, "target": target}, timeout=120)
    assert answer.is_success, answer.text
    return answer.json()


def attached(*names: str) -> dict[str, Any]:
    """Return attachments as they are sent."""
    return {name: {"content_type": CONTENTS[name][0], "data": b64encode(CONTENTS[name][1]).decode()} for name in names}


def fill(url: str) -> None:
    """Write documents with every attachment, edits of them, conflicts and tombstones, and many that are plain."""
    with httpx.Client(base_url=url, timeout=60) as client:
        plain = [{"_id": f"plain/{number:03}", "v": number} for number in range(COUNT)]
        _written(client, plain)
        photos = [{"_id": f"photo {name}", "_attachments": attached(name)} for name in CONTENTS]
        rows = _written(client, [*photos, {"_id": "all", "_attachments": attached(*CONTENTS)}])
        last = client.get("/all").json()
        _written(client, [{**last, "v": 2, "_attachments": {**last["_attachments"], **attached("data.json")}}])
        _written(client, [{"_id": rows[0]["id"], "_rev": rows[0]["rev"], "_deleted": True}])
        _written(client, _leaves(), new_edits=False)


def _leaves() -> list[dict[str, Any]]:
    """Return three leaves of one document, each with attachments of its own, and one that is deleted."""
    ids = [letter * 32 for letter in "abcd"]
    held = (attached("note.txt"), attached("a/照片 1.jpg", "note.txt"), {}, attached("one.bin"))
    leaves = [
        {"_id": "forked", "_rev": f"2-{leaf}", "_revisions": {"start": 2, "ids": [leaf, "0" * 32]}, "v": leaf[0]}
        for leaf in ids
    ]
    made = [
        {**leaf, "_attachments": {name: {**sent, "revpos": 2} for name, sent in one.items()}}
        for leaf, one in zip(leaves, held, strict=True)
    ]
    return [*made[:3], {**made[3], "_deleted": True}]


def _written(client: httpx.Client, docs: list[dict[str, Any]], *, new_edits: bool = True) -> list[dict[str, Any]]:
    answer = client.post("/_bulk_docs", json={"docs": docs, "new_edits": new_edits})
    rows: list[dict[str, Any]] = answer.raise_for_status().json()
    assert all(row.get("ok") for row in rows), rows
    return rows


def held(url: str) -> Leaves:
    """Return every leaf of every document with its history, and the digest of each attachment, from its bytes."""
    with httpx.Client(base_url=url, timeout=60) as client:
        rows = client.get("/_changes?style=all_docs").json()["results"]
        asked = [(row["id"], change["rev"]) for row in rows for change in row["changes"]]
        wanted = {"docs": [{"id": doc_id, "rev": rev} for doc_id, rev in asked]}
        got = client.post("/_bulk_get?revs=true", json=wanted).json()["results"]
        docs = [doc["ok"] for row in got for doc in row["docs"]]
        return {(doc["_id"], doc["_rev"]): _parted(client, doc) for doc in docs}


def _parted(client: httpx.Client, doc: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    stubs = doc.pop("_attachments", {})
    urls = {name: _url(doc["_id"], name) for name in stubs}
    digests = {name: digest_of(client.get(url, params={"rev": doc["_rev"]}).content) for name, url in urls.items()}
    for name, stub in stubs.items():
        digests[name] += f" {stub['content_type']} {stub['revpos']} {stub['length']}"
    return doc, digests


def _url(doc_id: str, name: str) -> str:
    return "/" + "/".join("".join(f"%{byte:02X}" for byte in part.encode()) for part in (doc_id, name))


@pytest.mark.parametrize("is_pull", [True, False], ids=["out of fieldsync", "into fieldsync"])
def test_everything_arrives_once(pair: tuple[str, str], is_pull: bool) -> None:
    """Every leaf and attachment, byte for byte; the second time nothing is left; edits follow."""
    source, target = pair if is_pull else pair[::-1]
    fill(source)
    done = replicate(source, target)
    assert (done["ok"], done["history"][0]["doc_write_failures"]) == (True, 0)
    assert held(target) == held(source)
    assert len(held(source)) == COUNT + len(CONTENTS) + 1 + 4
    assert replicate(source, target).get("no_changes")
    _change(source)
    again = replicate(source, target)
    assert again["history"][0]["docs_written"] - done["history"][0]["docs_written"] == 2
    assert held(target) == held(source)


def _change(url: str) -> None:
    """Edit a document that keeps its attachments, and attach to another."""
    with httpx.Client(base_url=url, timeout=60) as client:
        _written(client, [{**client.get("/all").json(), "v": 3}])
        rev = client.get("/plain%2F001").json()["_rev"]
        client.put(f"/plain%2F001/note.txt?rev={rev}", content=TEXT, headers={"Content-Type": "text/plain"})


def test_what_comes_back_is_known(pair: tuple[str, str]) -> None:
    """There and back again writes nothing."""
    here, there = pair
    fill(here)
    replicate(here, there)
    back = replicate(there, here)
    assert back.get("no_changes") or back["history"][0]["docs_written"] == 0

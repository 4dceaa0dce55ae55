"""How bodies travel: limits, compression, other origins."""

from __future__ import annotations

import json

import httpx
import pytest

from fieldsync.stores.base import Graft

ORIGIN = "https://tablet.example"
LIMIT = 2**20


@pytest.mark.parametrize("path", ["/_bulk_docs", "/_bulk_get", "/_revs_diff", "/_changes", "/_all_docs"])
def test_a_body_over_the_limit_is_refused_and_told(client, path) -> None:
    """413 is an answer that arrives, not a broken connection; the server goes on."""
    for content in (b" " * (LIMIT + 1), iter([b" " * LIMIT, b" " * LIMIT])):
        answer = client.post(path, content=content)
        assert (answer.status_code, answer.json()["error"]) == (413, "too_large")
    assert client.get("").status_code == 200


def test_a_body_at_the_limit_is_read(client, rev) -> None:
    """The limit itself is allowed."""
    doc = {"_id": "x", "_rev": rev("1-a"), "v": ""}
    spare = LIMIT - len(json.dumps({"docs": [doc], "new_edits": False}))
    content = json.dumps({"docs": [doc | {"v": "x" * spare}], "new_edits": False})
    assert len(content) == LIMIT
    assert client.post("/_bulk_docs", content=content).status_code == 201


@pytest.mark.parametrize("path", ["/_bulk_docs", "/_bulk_get", "/_revs_diff", "/_ensure_full_commit"])
def test_what_is_posted_says_that_it_is_json(client, path) -> None:
    """Or says nothing; a form, which a browser sends to any address, is refused as CouchDB refuses it."""
    for said in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        answer = client.post(path, content=b'{"docs":[]}', headers={"Content-Type": said})
        assert (answer.status_code, answer.json()["error"]) == (415, "bad_content_type")
    for said in ("application/json", "Application/JSON; charset=utf-8", ""):
        assert client.post(path, content=b'{"docs":[]}', headers={"Content-Type": said}).status_code != 415


def test_a_large_body_of_a_stranger_is_refused_by_the_gate(service, cell) -> None:
    """Nobody who may not pass makes the server hold their bytes."""
    answer = service.client("nobody", cell).post("/_bulk_docs", content=b" " * LIMIT)
    assert answer.status_code == 403


def test_long_answers_are_compressed_when_asked(service, client, cell, rev) -> None:
    """gzip where it gains and only for who takes it; never for feeds that wait."""
    grafts = [Graft(f"doc{n:05}", (rev("1-a"),), json.dumps({"v": "填" * 50}).encode()) for n in range(2500)]
    service.database(cell).graft(grafts)
    for path in ("/_changes?limit=100", "/_changes", "/_all_docs?include_docs=true"):
        plain = client.get(path, headers={"Accept-Encoding": "identity"})
        packed = client.get(path, headers={"Accept-Encoding": "br, gzip;q=1.0"})
        assert "content-encoding" not in plain.headers
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.json() == plain.json()
    assert "content-encoding" not in client.get("", headers={"Accept-Encoding": "gzip"}).headers
    assert "content-encoding" not in client.get("/_changes", headers={"Accept-Encoding": "gzip;q=0"}).headers
    live = client.get("/_changes?feed=longpoll", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in live.headers
    assert len(live.json()["results"]) == 2000


def test_a_configured_origin_may_use_credentials(client, put) -> None:
    """The exact origin is named, on answers, on errors and on preflight requests, which carry no credentials."""
    put("x", v=1)
    for path in ("/x", "/absent", "/_changes?feed=longpoll"):
        headers = client.get(path, headers={"Origin": ORIGIN}).headers
        assert headers["access-control-allow-origin"] == ORIGIN
        assert headers["access-control-allow-credentials"] == "true"
        assert "origin" in headers["vary"]
    asked = {"Origin": ORIGIN, "Access-Control-Request-Method": "PUT"}
    preflight = httpx.options(f"{client.base_url}x", headers=asked)
    assert preflight.status_code == 204
    assert "PUT" in preflight.headers["access-control-allow-methods"]
    assert "authorization" in preflight.headers["access-control-allow-headers"]


@pytest.mark.parametrize("origin", ["https://tablet.example.evil", "http://tablet.example", "null", "*"])
def test_other_origins_get_no_permission(client, origin) -> None:
    """Only the exact origin counts."""
    for answer in (client.get("", headers={"Origin": origin}), client.options("", headers={"Origin": origin})):
        assert "access-control-allow-origin" not in answer.headers

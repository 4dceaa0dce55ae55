"""Attachments in JSON, and one by one: what is sent comes back byte for byte, and is kept once."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any

import pytest

from fieldsync.attachments import digest_of

PHOTO = bytes(range(256)) * 20
PNG = "image/png"


def inline(content: bytes, content_type: str = PNG) -> dict[str, str]:
    """Return an attachment with its content in base64."""
    return {"content_type": content_type, "data": b64encode(content).decode()}


def stub(content: bytes, revpos: int = 1, content_type: str = PNG) -> dict[str, Any]:
    """Return an attachment as the server shows it without its content."""
    return {
        "content_type": content_type,
        "revpos": revpos,
        "digest": digest_of(content),
        "length": len(content),
        "stub": True,
    }


def shown(content: bytes, revpos: int = 1) -> dict[str, Any]:
    """Return an attachment as the server shows it with its content."""
    return {**inline(content), "revpos": revpos, "digest": digest_of(content)}


def test_what_is_sent_inline_is_shown_as_a_stub_or_whole(client, put) -> None:
    """GET shows stubs, and the contents with `attachments=true`."""
    rev = put("x", v=1, _attachments={"a/写.png": inline(PHOTO), "empty": inline(b"")})
    plain = client.get("/x").json()
    assert plain["_attachments"] == {"a/写.png": stub(PHOTO), "empty": stub(b"")}
    assert (plain["v"], plain["_rev"]) == (1, rev)
    whole = client.get("/x?attachments=true").json()
    assert whole["_attachments"] == {"a/写.png": shown(PHOTO), "empty": shown(b"")}
    assert {**whole, "_attachments": plain["_attachments"]} == plain


def test_a_type_that_is_not_said_is_bytes(client, put) -> None:
    """Only the content is needed."""
    put("x", _attachments={"p": {"data": ""}})
    assert client.get("/x").json()["_attachments"]["p"]["content_type"] == "application/octet-stream"


def test_every_way_of_reading_shows_contents_when_asked(client, put) -> None:
    """_bulk_get, _all_docs and _changes, with stubs otherwise."""
    put("plain", v=1)
    rev = put("x", _attachments={"p": inline(PHOTO)})
    wanted = {"docs": [{"id": "x", "rev": rev}, {"id": "plain"}, {"id": "absent"}]}
    for query, seen in [("?", stub(PHOTO)), ("?attachments=true&", shown(PHOTO))]:
        got = client.post(f"/_bulk_get{query}", json=wanted).json()["results"]
        rows = client.get(f"/_all_docs{query}include_docs=true").json()["rows"]
        changes = client.get(f"/_changes{query}include_docs=true").json()["results"]
        assert got[0]["docs"][0]["ok"]["_attachments"] == {"p": seen}
        assert got[1]["docs"][0]["ok"]["v"] == 1
        assert "error" in got[2]["docs"][0]
        assert [row["doc"].get("_attachments") for row in rows] == [None, {"p": seen}]
        assert [row["doc"].get("_attachments") for row in changes] == [None, {"p": seen}]


def test_what_a_client_has_is_not_sent_again(client, put) -> None:
    """The attachments that an ancestor in `atts_since` had stay stubs; other revisions say nothing."""
    first = put("x", _attachments={"old": inline(b"old")})
    second = put("x", first, _attachments={"old": stub(b"old"), "new": inline(b"new")})
    seen = {"old": stub(b"old"), "new": shown(b"new", 2)}
    query = {"attachments": "true", "revs": "true", "atts_since": f'["{first}"]'}
    assert client.get("/x", params=query).json()["_attachments"] == seen
    assert client.get("/x", params={**query, "atts_since": f'["{second}"]'}).json()["_attachments"]["new"]["stub"]
    strange = {**query, "atts_since": f'["9-{"a" * 32}"]'}
    assert client.get("/x", params=strange).json()["_attachments"]["old"] == shown(b"old")
    wanted = {"docs": [{"id": "x", "rev": second, "atts_since": [first]}, {"id": "x", "rev": second}]}
    got = client.post("/_bulk_get?attachments=true&revs=true", json=wanted).json()["results"]
    assert [row["docs"][0]["ok"]["_attachments"]["old"].get("stub") for row in got] == [True, None]
    query["open_revs"] = "all"
    assert client.get("/x", params=query).json()[0]["ok"]["_attachments"] == seen


def test_what_a_client_has_needs_no_history_in_the_answer(client, put) -> None:
    """`atts_since` works without `revs`, and asks for the others by itself."""
    first = put("x", _attachments={"old": inline(b"old")})
    put("x", first, _attachments={"old": stub(b"old"), "new": inline(b"new")})
    seen = {"old": stub(b"old"), "new": shown(b"new", 2)}
    for query in ({"attachments": "true", "atts_since": f'["{first}"]'}, {"atts_since": f'["{first}"]'}):
        assert client.get("/x", params=query).json()["_attachments"] == seen
        assert client.get("/x", params={**query, "open_revs": "all"}).json()[0]["ok"]["_attachments"] == seen


def test_all_leaves_come_with_their_contents(client, graft) -> None:
    """`open_revs` as JSON: stubs, or contents when asked; what is not known is named."""
    graft("x", "1-a", _attachments={"p": inline(b"one")})
    graft("x", "1-b", _attachments={"p": inline(b"other")})
    query = {"open_revs": "all", "attachments": "true"}
    held = [row["ok"]["_attachments"]["p"] for row in client.get("/x", params=query).json()]
    assert sorted(b64decode(one["data"]) for one in held) == [b"one", b"other"]
    assert all(row["ok"]["_attachments"]["p"]["stub"] for row in client.get("/x?open_revs=all").json())
    strange = f"1-{'c' * 32}"
    assert client.get("/x", params={**query, "open_revs": f'["{strange}"]'}).json() == [{"missing": strange}]


def test_a_stub_keeps_what_is_there_and_its_absence_removes(client, put) -> None:
    """A new revision names the attachments it keeps; the revision that brought each stays."""
    first = put("x", _attachments={"p": inline(PHOTO), "q": inline(b"q")})
    second = put("x", first, v=2, _attachments={"p": stub(PHOTO), "renamed": stub(b"q")})
    assert client.get("/x").json()["_attachments"] == {"p": stub(PHOTO), "renamed": stub(b"q")}
    put("x", second, v=3)
    assert "_attachments" not in client.get("/x").json()
    assert client.get(f"/x/p?rev={second}").content == PHOTO


def test_a_stub_may_be_of_what_came_earlier_in_the_batch(client, rev) -> None:
    """Of the same document; the other way round, or of another document, it is not known."""
    path = {"start": 2, "ids": [rev("2-b").partition("-")[2], rev("1-a").partition("-")[2]]}
    whole = {"_id": "x", "_rev": rev("1-a"), "_attachments": {"p": inline(PHOTO)}}
    later = {"_id": "x", "_rev": rev("2-b"), "_revisions": path, "_attachments": {"p": stub(PHOTO)}}
    for docs, status in [([later, whole], 412), ([{**whole, "_id": "y"}, later], 412), ([whole, later], 201)]:
        assert client.post("/_bulk_docs", json={"docs": docs, "new_edits": False}).status_code == status
    assert client.get("/x?attachments=true").json()["_attachments"] == {"p": shown(PHOTO)}
    assert client.get("/y").status_code == 404


def test_what_a_new_edit_sends_whole_is_brought_by_it(client, put) -> None:
    """Whatever generation it says; a stub keeps its own, and so does what is replicated."""
    first = put("x", _attachments={"p": inline(b"one"), "q": inline(b"q")})
    put("x", first, _attachments={"p": {**inline(b"two"), "revpos": 1}, "q": stub(b"q")})
    assert client.get("/x").json()["_attachments"] == {"p": stub(b"two", 2), "q": stub(b"q", 1)}
    graft = {"_id": "y", "_rev": f"3-{'c' * 32}", "_attachments": {"p": {**inline(b"old"), "revpos": 1}}}
    client.post("/_bulk_docs", json={"docs": [graft], "new_edits": False})
    assert client.get("/y").json()["_attachments"] == {"p": stub(b"old", 1)}


@pytest.mark.parametrize("new_edits", [True, False])
def test_a_stub_of_what_never_came_refuses_the_whole_batch(client, put, rev, new_edits) -> None:
    """A 412, and nothing is stored; also of a content that only another document has."""
    put("other", _attachments={"p": inline(PHOTO)})
    docs = [
        {"_id": "fine", "_rev": rev("1-a"), "_attachments": {"p": inline(b"fine")}},
        {"_id": "bad", "_rev": rev("1-a"), "_attachments": {"p": stub(PHOTO)}},
    ]
    if new_edits:
        docs = [{name: value for name, value in doc.items() if name != "_rev"} for doc in docs]
    answer = client.post("/_bulk_docs", json={"docs": docs, "new_edits": new_edits})
    assert (answer.status_code, answer.json()["error"]) == (412, "missing_stub")
    assert [client.get(f"/{doc_id}").status_code for doc_id in ("fine", "bad")] == [404, 404]
    alone = client.put("/bad", json={"_attachments": {"p": stub(PHOTO)}})
    assert (alone.status_code, alone.json()["error"]) == (412, "missing_stub")


BAD = {
    "not base64": {"p": {"data": "%%%"}},
    "half base64": {"p": {"data": "abc"}},
    "unicode": {"p": {"data": "é"}},
    "reserved name": {"_p": {"data": ""}},
    "no name": {"": {"data": ""}},
    "a number": {"p": {"data": 5}},
    "no object": {"p": 5},
    "a list": [1],
    "type no text": {"p": {"data": "", "content_type": 5}},
}


@pytest.mark.parametrize("held", BAD.values(), ids=BAD.keys())
def test_what_cannot_be_read_is_refused(client, held) -> None:
    """A 400 for one document; in a batch a row, and the others are written."""
    assert client.put("/x", json={"_attachments": held}).status_code == 400
    docs = [{"_id": "x", "_attachments": held}, {"_id": "y"}]
    rows = client.post("/_bulk_docs", json={"docs": docs}).json()
    assert (rows[0]["error"], rows[1]["ok"]) == ("bad_request", True)
    assert client.get("/x").status_code == 404


def test_equal_contents_are_kept_once(client, put, service) -> None:
    """Of ten documents and ten edits."""
    content = b"the only one of its kind"
    before = set(service.store.blobs().digests())
    for number in range(10):
        put(f"x{number}", _attachments={"p": inline(content)})
    rev = put("y", _attachments={"p": inline(content)})
    for number in range(10):
        rev = put("y", rev, v=number, _attachments={"p": inline(content), f"p{number}": inline(content)})
    assert set(service.store.blobs().digests()) - before == {digest_of(content)}


@pytest.mark.parametrize("name", ["p.png", "a/b/c.png", "照片 一.png", "100%.png", "a?b#c+d&e", 'say "x"'])
def test_one_attachment_is_written_read_and_removed(client, name) -> None:
    """PUT, GET, HEAD and DELETE, whatever its name."""
    url = "/x/" + "/".join(quoted(part) for part in name.split("/"))
    made = client.put(url, content=PHOTO, headers={"Content-Type": PNG})
    assert made.status_code == 201
    first = made.json()["rev"]
    assert client.get("/x").json()["_attachments"] == {name: stub(PHOTO)}
    got, head = client.get(url), client.head(url)
    assert (got.status_code, got.content) == (200, PHOTO)
    assert (head.status_code, head.content) == (200, b"")
    for answer in (got, head):
        assert answer.headers["content-type"] == PNG
        assert int(answer.headers["content-length"]) == len(PHOTO)
        assert "sandbox" in answer.headers["content-security-policy"]
    assert client.get(url, headers={"If-None-Match": got.headers["etag"]}).status_code == 304
    second = client.put(f"{url}?rev={first}", content=b"new", headers={"Content-Type": "text/plain"}).json()["rev"]
    assert client.get(url).content == b"new"
    assert client.get(f"{url}?rev={first}").content == PHOTO
    gone = client.delete(url, params={"rev": second})
    assert (gone.status_code, gone.json()["rev"][:2]) == (200, "3-")
    assert client.get("/x").json() == {"_id": "x", "_rev": gone.json()["rev"]}


def quoted(part: str) -> str:
    """Return a part of a path with every character that means something escaped."""
    return "".join(f"%{byte:02X}" for byte in part.encode())


def test_an_attachment_is_changed_beside_the_others(client, put) -> None:
    """The document's members and its other attachments stay."""
    rev = put("x", v=1, n=10**30, _attachments={"q": inline(b"q")})
    client.put("/x/p", content=b"p", headers={"If-Match": f'"{rev}"', "Content-Type": PNG})
    document = client.get("/x").json()
    assert (document["v"], document["n"]) == (1, 10**30)
    assert document["_attachments"] == {"p": stub(b"p", 2), "q": stub(b"q", 1)}


def test_a_stale_change_of_an_attachment_is_a_conflict(client, put) -> None:
    """Without the revision, or with an old one; a deleted document may be begun again."""
    first = put("x", _attachments={"p": inline(b"p")})
    second = put("x", first, v=2, _attachments={"p": stub(b"p")})
    for query in ({}, {"rev": first}, {"rev": f"1-{'0' * 32}"}):
        assert client.put("/x/p", params=query, content=b"late").status_code == 409
        assert client.delete("/x/p", params=query).status_code == 409
    assert client.get("/x").json()["_rev"] == second
    client.delete(f"/x?rev={second}")
    assert client.put("/x/p", content=b"again").status_code == 201
    assert client.get("/x/p").content == b"again"


def test_what_is_absent_is_named_as_couchdb_names_it(client, put) -> None:
    """A document, an attachment, and the attachment of a deleted document."""
    rev = put("x", v=1)
    lacking = {"error": "not_found", "reason": "Document is missing attachment"}
    assert (client.get("/x/p").status_code, client.get("/x/p").json()) == (404, lacking)
    assert (client.delete(f"/x/p?rev={rev}").status_code, client.delete(f"/x/p?rev={rev}").json()) == (404, lacking)
    assert client.get("/absent/p").json() == {"error": "not_found", "reason": "missing"}
    client.delete(f"/x?rev={rev}")
    assert client.get("/x/p").json() == {"error": "not_found", "reason": "deleted"}


def test_a_tombstone_may_have_attachments(client, graft, rev) -> None:
    """They are read by its revision."""
    graft("x", "2-b", "1-a", _deleted=True, _attachments={"p": inline(PHOTO)})
    assert client.get(f"/x/p?rev={rev('2-b')}").content == PHOTO

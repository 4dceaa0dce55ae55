"""Documents with their attachments beside them, as CouchDB's replicator sends and asks for them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from typing import Any

import pytest

from fieldsync.attachments import digest_of
from tests.api.replication.conftest import LIMIT
from tests.api.replication.test_attachments import PHOTO, PNG, inline, stub

RELATED = {"Accept": "multipart/related"}
MIXED = {"Accept": "multipart/mixed"}
TEXT = b"--almost a boundary\r\n\r\n--\r\n" * 5
Sent = tuple[dict[str, str], bytes]


def parsed(answer) -> Message:
    """Read an answer with Python's own parser."""
    return message_from_bytes(
        b"Content-Type: " + answer.headers["content-type"].encode() + b"\r\n\r\n" + answer.content
    )


def contents(message: Message) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return the document of a multipart message, and what follows it by filename."""
    first, *rest = message.get_payload()
    assert first.get_content_type() == "application/json"
    return json.loads(first.get_payload(decode=True)), {
        part.get_filename(): part.get_payload(decode=True) for part in rest
    }


def follows(content: bytes, **more: Any) -> dict[str, Any]:
    """Return an attachment whose content follows the document."""
    return {"content_type": PNG, "follows": True, "length": len(content), **more}


def written(document: dict[str, Any], *parts: Sent, boundary: str = "b0undary", end: str = "--") -> bytes:
    """Write a multipart body: the document, then parts of headers and content."""

    def lines() -> Iterator[bytes]:
        for headers, content in [({"Content-Type": "application/json"}, json.dumps(document).encode()), *parts]:
            head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            yield f"--{boundary}\r\n{head}\r\n".encode() + content + b"\r\n"

    return b"".join(lines()) + f"--{boundary}{end}".encode()


def put_related(client, url: str, body: bytes, kind: str = 'multipart/related; boundary="b0undary"'):
    """Send a multipart body."""
    return client.put(url, content=body, headers={"Content-Type": kind})


def file(name: str, content: bytes, **more: str) -> Sent:
    """Return a part with a filename."""
    return {"Content-Disposition": f'attachment; filename="{name}"', **more}, content


def test_a_document_comes_with_its_attachments_after_it(client, put) -> None:
    """GET as multipart/related: byte for byte, with types and lengths; JSON to those who take it as well."""
    rev = put("x", v=1, _attachments={"p.png": inline(PHOTO), "t": inline(TEXT, "text/plain"), "none": inline(b"")})
    answer = client.get("/x?attachments=true", headers=RELATED)
    message = parsed(answer)
    document, beside = contents(message)
    assert (answer.headers["etag"], message.get_content_type()) == (f'"{rev}"', "multipart/related")
    assert beside == {"p.png": PHOTO, "t": TEXT, "none": b""}
    assert document["v"] == 1
    assert document["_attachments"]["t"] == follows(TEXT, content_type="text/plain", revpos=1, digest=digest_of(TEXT))
    for part in message.get_payload()[1:]:
        assert int(part["content-length"]) == len(part.get_payload(decode=True))
    both = client.get("/x?attachments=true", headers={"Accept": "application/json, multipart/related"})
    assert both.json()["_attachments"]["p.png"]["data"]
    assert client.get("/x", headers=RELATED).json()["_attachments"]["p.png"] == stub(PHOTO)


def test_what_a_client_has_is_not_sent_beside(client, put) -> None:
    """Attachments of a revision in `atts_since` stay stubs."""
    first = put("x", _attachments={"old": inline(b"old")})
    put("x", first, _attachments={"old": stub(b"old"), "new": inline(b"new")})
    query = {"attachments": "true", "atts_since": f'["{first}"]'}
    document, beside = contents(parsed(client.get("/x", params=query, headers=RELATED)))
    assert beside == {"new": b"new"}
    assert document["_attachments"]["old"] == stub(b"old")


def test_what_a_client_has_whole_comes_as_json(client, put) -> None:
    """Where every attachment stays a stub nothing follows, and the answer is the document itself, as CouchDB's is."""
    first = put("x", _attachments={"old": inline(b"old")})
    put("x", first, v=2, _attachments={"old": stub(b"old")})
    for query in ({"attachments": "true", "atts_since": f'["{first}"]'}, {"atts_since": f'["{first}"]'}):
        answer = client.get("/x", params=query, headers=RELATED)
        assert answer.headers["content-type"] == "application/json"
        assert answer.json()["_attachments"] == {"old": stub(b"old")}
    assert contents(parsed(client.get("/x?atts_since=[]", headers=RELATED)))[1] == {"old": b"old"}


def test_all_leaves_come_as_multipart(client, graft, put, rev) -> None:
    """`open_revs` as multipart/mixed: leaves with their attachments, plain ones as JSON, what is absent as error."""
    graft("x", "1-a", _attachments={"p": inline(b"one")})
    graft("x", "1-b", v=2)
    asked = json.dumps([rev("1-a"), rev("1-b"), rev("1-c")])
    query = {"open_revs": asked, "revs": "true", "latest": "true"}
    message = parsed(client.get("/x", params=query, headers=MIXED))
    assert message.get_content_type() == "multipart/mixed"
    whole, plain, absent = message.get_payload()
    document, beside = contents(whole)
    assert (document["_rev"], document["_revisions"]["start"], beside) == (rev("1-a"), 1, {"p": b"one"})
    assert json.loads(plain.get_payload())["v"] == 2
    assert absent.get_param("error") == "true"
    assert json.loads(absent.get_payload()) == {"missing": rev("1-c")}
    known = {**query, "open_revs": "all", "atts_since": f'["{rev("1-a")}"]'}
    parts = parsed(client.get("/x", params=known, headers=MIXED)).get_payload()
    assert [part.get_content_type() for part in parts] == ["application/json"] * 2
    held = [json.loads(part.get_payload()).get("_attachments") for part in parts]
    assert {"p": stub(b"one")} in held


@pytest.mark.parametrize("name", ["a/写 真.png", 'say "x".png', "back\\slash"])
def test_names_survive_beside(client, name) -> None:
    """A name that needs quoting comes back, and may be sent as it came."""
    client.put("/x", json={"_attachments": {name: inline(PHOTO)}})
    answer = client.get("/x?attachments=true&revs=true", headers=RELATED)
    sent = client.put(
        "/y?new_edits=false",
        content=answer.content.replace(b'"_id":"x"', b'"_id":"y"'),
        headers={"Content-Type": answer.headers["content-type"]},
    )
    assert sent.status_code == 201
    assert client.get("/y").json()["_attachments"] == {name: stub(PHOTO)}


@pytest.mark.parametrize("new_edits", [True, False])
def test_attachments_are_sent_beside(client, rev, new_edits) -> None:
    """PUT multipart/related, matched by filename whatever their order; others may be inline."""
    held = {"p": follows(PHOTO), "t": follows(TEXT, content_type="text/plain"), "i": inline(b"inline")}
    document = {"v": 1, "_attachments": held} | ({} if new_edits else {"_rev": rev("1-a")})
    body = written(document, file("t", TEXT), file("p", PHOTO))
    made = put_related(client, f"/x?new_edits={json.dumps(new_edits)}", body)
    assert made.status_code == 201
    if not new_edits:
        assert made.json()["rev"] == rev("1-a")
    assert client.get("/x").json()["_attachments"] == {
        "i": stub(b"inline"),
        "p": stub(PHOTO),
        "t": stub(TEXT, content_type="text/plain"),
    }
    assert client.get("/x/p").content == PHOTO


def test_parts_without_names_are_matched_in_order(client) -> None:
    """As the document names them."""
    body = written({"_attachments": {"z": follows(b"1"), "a": follows(b"22")}}, ({}, b"1"), ({}, b"22"))
    assert put_related(client, "/x", body).status_code == 201
    assert [client.get(f"/x/{name}").content for name in "za"] == [b"1", b"22"]


@pytest.mark.parametrize("told", ["in the document", "in the part"])
def test_parts_may_be_in_gzip(client, told) -> None:
    """As CouchDB sends texts: `length` is that of the content; it is kept and shown unpacked."""
    packed = gzip.compress(TEXT)
    more = {"encoding": "gzip", "encoded_length": len(packed), "digest": digest_of(packed)}
    held = follows(TEXT, content_type="text/plain", revpos=1, **(more if told == "in the document" else {}))
    encoding = {"Content-Encoding": "gzip"} if told == "in the part" else {}
    body = written({"_attachments": {"t": held}}, file("t", packed, **encoding))
    assert put_related(client, "/x", body).status_code == 201
    assert client.get("/x").json()["_attachments"]["t"] == stub(TEXT, content_type="text/plain")
    assert client.get("/x/t").content == TEXT


HELD = {"_attachments": {"p": follows(PHOTO)}}
WHOLE = written(HELD, file("p", PHOTO))
RELATED_KIND = "multipart/related; boundary=b0undary"
BAD: dict[str, tuple[bytes, str, int]] = {
    "cut in a content": (WHOLE[:-1000], RELATED_KIND, 400),
    "cut before the last boundary": (written(HELD, file("p", PHOTO), end="\r\n"), RELATED_KIND, 400),
    "no content": (written(HELD), RELATED_KIND, 400),
    "short": (written(HELD, file("p", PHOTO[:-1])), RELATED_KIND, 400),
    "long": (written(HELD, file("p", PHOTO + b"!")), RELATED_KIND, 400),
    "no boundary": (WHOLE, "multipart/related", 400),
    "another boundary": (WHOLE, "multipart/related; boundary=other", 400),
    "nothing": (b"", RELATED_KIND, 400),
    "no parts": (b"--b0undary--", RELATED_KIND, 400),
    "no document": (WHOLE.replace(b'{"_att', b'["_att', 1), RELATED_KIND, 400),
    "a compression that is not read": (
        written(HELD, file("p", PHOTO, **{"Content-Encoding": "br"})), RELATED_KIND, 400
    ),
    "no gzip": (written(HELD, file("p", PHOTO, **{"Content-Encoding": "gzip"})), RELATED_KIND, 400),
    "a bomb": (
        written(HELD, file("p", gzip.compress(bytes(LIMIT + 1)), **{"Content-Encoding": "gzip"})), RELATED_KIND, 413
    ),
    "a form": (WHOLE, "multipart/form-data; boundary=b0undary", 415),
    "an attachment that is no object": (written({"_attachments": {"p": 5}}), RELATED_KIND, 400),
    "header bytes": (WHOLE.replace(b"Content-Disposition", b"\xff", 1), RELATED_KIND, 400),
}  # fmt: skip


@pytest.mark.parametrize(("body", "kind", "status"), BAD.values(), ids=BAD.keys())
def test_what_cannot_be_read_is_refused(client, body, kind, status) -> None:
    """And nothing is stored."""
    answer = put_related(client, "/x", body, kind)
    assert answer.status_code == status, answer.text
    assert answer.json()["reason"]
    assert client.get("/x").status_code == 404


@pytest.mark.parametrize("boundary", ["-", "a'()+_,-./:=?", "x" * 70, "é"])
def test_any_boundary_is_read_or_refused(client, boundary) -> None:
    """Never a failure of the server."""
    body = written(HELD, file("p", PHOTO), boundary=boundary)
    kind = f'multipart/related; boundary="{boundary}"'.encode()
    answer = client.put("/x", content=body, headers={"Content-Type": kind})
    assert answer.status_code in ({201} if boundary.isascii() else {201, 400})

"""One document at a time, and lists of them."""

from __future__ import annotations

import pytest

from fieldsync.stores.base import Graft
from mobile_api.replication import listing


def test_a_document_is_written_read_changed_and_deleted(client) -> None:
    """PUT, GET and DELETE work as in CouchDB, with the revision as ETag."""
    made = client.put("/a%2Fb", json={"v": 1})
    assert made.status_code == 201
    first = made.json()["rev"]
    assert made.json() == {"ok": True, "id": "a/b", "rev": first}
    read = client.get("/a%2Fb")
    assert (read.json(), read.headers["etag"]) == ({"_id": "a/b", "_rev": first, "v": 1}, f'"{first}"')
    second = client.put(f"/a%2Fb?rev={first}", json={"v": 2}).json()["rev"]
    third = client.put("/a%2Fb", json={"_id": "a/b", "_rev": second, "v": 3}).json()["rev"]
    gone = client.delete("/a%2Fb", headers={"If-Match": f'"{third}"'})
    assert (gone.status_code, gone.json()["ok"]) == (200, True)
    assert gone.json()["rev"].startswith("4-")
    assert client.get("/a%2Fb").json() == {"error": "not_found", "reason": "deleted"}
    assert client.get("/absent").json() == {"error": "not_found", "reason": "missing"}


def test_stale_revisions_are_conflicts(client, put) -> None:
    """A write on anything but a leaf is a 409 and changes nothing."""
    first = put("x", v=1)
    second = put("x", first, v=2)
    for answer in (
        client.put("/x", json={"v": 3}),
        client.put(f"/x?rev={first}", json={"v": 3}),
        client.delete(f"/x?rev={first}"),
        client.delete("/x"),
    ):
        assert (answer.status_code, answer.json()["error"]) == (409, "conflict")
    assert client.get("/x").json()["_rev"] == second


def test_a_document_put_without_new_edits_keeps_its_revision(client, rev) -> None:
    """PUT ?new_edits=false grafts, as CouchDB's replicator does."""
    doc = {"_rev": rev("3-c"), "_revisions": {"start": 3, "ids": ["c" * 32, "b" * 32]}, "v": 1}
    answer = client.put("/x?new_edits=false", json=doc)
    assert (answer.status_code, answer.json()["rev"]) == (201, rev("3-c"))
    assert client.get("/x?revs=true").json()["_revisions"]["ids"] == ["c" * 32, "b" * 32]


@pytest.mark.parametrize(
    ("query", "body", "status"),
    [
        ("", '{"_id":"other"}', 400),
        ("", '{"_id":5}', 400),
        ("", '{"_attachments":{"p":{"data":"no base64"}}}', 400),
        ("", '{"_unknown":1}', 400),
        ("", "[]", 400),
        ("", "", 400),
        ("", "{", 400),
        ("", b'{"v":"\xff"}', 400),
        ("", '{"_rev":"nonsense"}', 400),
        ("?rev=1-a", '{"_rev":"1-b"}', 400),
        ("?new_edits=perhaps", "{}", 400),
        ("?new_edits=false", "{}", 400),
    ],
)
def test_a_document_that_cannot_be_read_is_refused(client, query, body, status) -> None:
    """Malformed documents and contradictions are told, and nothing is written."""
    answer = client.put("/x" + query, content=body)
    assert (answer.status_code, answer.json()["error"]) == (status, "bad_request")
    assert client.get("/x").status_code == 404


def test_revisions_can_be_named(client, graft, rev) -> None:
    """rev reads any revision whose body is here, latest its descendant, revs_info says which are here."""
    graft("x", "3-c", "2-b", "1-a", v="c")
    graft("x", "4-d", "3-c", "2-b", "1-a", v="d")
    assert client.get(f"/x?rev={rev('4-d')}").json()["v"] == "d"
    assert client.get(f"/x?rev={rev('1-a')}").status_code == 404
    assert client.get(f"/x?rev={rev('9-f')}").status_code == 404
    assert client.get(f"/x?rev={rev('1-a')}&latest=true").json()["v"] == "d"
    info = client.get("/x?revs_info=true").json()["_revs_info"]
    assert [entry["rev"] for entry in info] == [rev("4-d"), rev("3-c"), rev("2-b"), rev("1-a")]
    assert (info[0]["status"], info[3]["status"]) == ("available", "missing")


def test_a_deleted_leaf_is_read_by_its_revision(client, graft, rev) -> None:
    """A tombstone is a revision like any other."""
    graft("x", "2-b", "1-a", _deleted=True, why="moved")
    assert client.get(f"/x?rev={rev('2-b')}").json() == {
        "_id": "x",
        "_rev": rev("2-b"),
        "_deleted": True,
        "why": "moved",
    }


def test_open_revs_answers_leaves_or_what_is_named(client, graft, rev) -> None:
    """All leaves, deleted ones too, or those in the list with the missing ones named."""
    graft("x", "1-a", v="a")
    graft("x", "2-b", "1-f", _deleted=True)
    everything = client.get("/x?open_revs=all&revs=true").json()
    assert [row["ok"]["_rev"] for row in everything] == [rev("1-a"), rev("2-b")]
    assert everything[1]["ok"]["_revisions"]["start"] == 2
    asked = f'["{rev("1-a")}","{rev("5-e")}"]'
    named = client.get("/x", params={"open_revs": asked}).json()
    assert [row.get("missing") for row in named] == [None, rev("5-e")]
    assert client.get("/absent", params={"open_revs": asked}).json()[0] == {"missing": rev("1-a")}
    assert client.get("/absent?open_revs=all").status_code == 404
    assert client.get("/x?open_revs=some").status_code == 400


def test_design_documents_are_documents_in_replication(client, rev) -> None:
    """An identifier below _design/ is kept with or without its slash encoded."""
    client.put("/_design/app?new_edits=false", json={"_rev": rev("1-a"), "views": {}})
    assert client.get("/_design%2Fapp").json()["_id"] == "_design/app"


def test_paths_that_are_not_utf8_are_refused(client) -> None:
    """Percent signs must decode to UTF-8."""
    answer = client.get("/%FF%FE")
    assert (answer.status_code, answer.json()["error"]) == (400, "bad_request")


def test_all_docs_lists_in_order_with_ranges(client, put) -> None:
    """Ranges, keys, limits and directions select as in CouchDB; deleted documents are left out."""
    revs = {name: put(name, v=name) for name in ["a", "b", "c", "d", "住"]}
    put("e", put("e", v=1), _deleted=True)

    def listed(**query: str) -> list[str]:
        return [row["id"] for row in client.get("/_all_docs", params=query).json()["rows"]]

    assert listed() == ["a", "b", "c", "d", "住"]
    assert listed(startkey='"b"', endkey='"c"') == ["b", "c"]
    assert listed(startkey='"b"', endkey='"c"', inclusive_end="false") == ["b"]
    assert listed(startkey='"c"', endkey='"a"', descending="true") == ["c", "b", "a"]
    assert listed(startkey='"c"', endkey='"a"', descending="true", inclusive_end="false") == ["c", "b"]
    assert listed(key='"c"') == ["c"]
    assert listed(skip="1", limit="2") == ["b", "c"]
    assert listed(limit="0") == []
    answer = client.get("/_all_docs?include_docs=true").json()
    assert (answer["total_rows"], answer["offset"]) == (5, 0)
    assert answer["rows"][0] == {
        "id": "a",
        "key": "a",
        "value": {"rev": revs["a"]},
        "doc": {"_id": "a", "_rev": revs["a"], "v": "a"},
    }


def test_all_docs_by_keys_answers_each_key(client, put, graft, rev) -> None:
    """Keys have rows in the order asked, also those that are deleted or absent."""
    put("a", v=1)
    graft("gone", "2-b", "1-a", _deleted=True)
    graft("two", "1-a")
    graft("two", "1-b")
    rows = client.post("/_all_docs?include_docs=true&conflicts=true", json={"keys": ["two", "gone", "no", "a"]}).json()
    assert [row["key"] for row in rows["rows"]] == ["two", "gone", "no", "a"]
    assert rows["rows"][0]["doc"]["_conflicts"] == [rev("1-a")]
    assert (rows["rows"][1]["value"], rows["rows"][1]["doc"]) == ({"rev": rev("2-b"), "deleted": True}, None)
    assert rows["rows"][2] == {"key": "no", "error": "not_found"}
    assert client.get("/_all_docs", params={"keys": '["a"]'}).json()["rows"][0]["id"] == "a"
    assert client.get("/_all_docs?keys=a").status_code == 400
    assert client.get("/_all_docs?startkey=a").status_code == 400


def test_a_long_list_is_one_json_object(service, client, cell, rev) -> None:
    """A list of exactly as many documents as are read at once, and of more, is whole."""
    database = service.database(cell)
    database.graft([Graft(f"doc{n:05}", (rev("1-a"),), b"{}") for n in range(listing.BATCH)])
    assert len(client.get("/_all_docs").json()["rows"]) == listing.BATCH
    database.graft([Graft("last", (rev("1-a"),), b"{}")])
    assert client.get("/_all_docs").json()["rows"][-1]["id"] == "last"
    assert client.get("/_all_docs?descending=true").json()["rows"][-1]["id"] == "doc00000"


def test_checkpoints_are_kept_per_user(service, client, cell) -> None:
    """A _local document is read back as it was, by its user alone, and its revision counts up."""
    made = client.put("/_local/abc.w%3D%3D", json={"last_seq": "5-x", "history": [1.0]})
    assert (made.status_code, made.json()) == (201, {"ok": True, "id": "_local/abc.w==", "rev": "0-1"})
    stored = client.get("/_local/abc.w%3D%3D").json()
    assert stored == {"_id": "_local/abc.w==", "_rev": "0-1", "last_seq": "5-x", "history": [1.0]}
    other = service.client("wang.wei", cell)
    assert other.get("/_local/abc.w%3D%3D").status_code == 404
    assert client.put("/_local%2Fabc.w%3D%3D", json=stored).json()["rev"] == "0-2"
    assert client.put("/_local/abc.w%3D%3D", json={"v": "stale"}).status_code == 201
    assert client.delete("/_local/abc.w%3D%3D").status_code == 200
    assert client.delete("/_local/abc.w%3D%3D").status_code == 404
    assert client.get("/_changes").json()["results"] == []


def test_a_checkpoint_has_no_attachments(client) -> None:
    """As in CouchDB: those in the document are left out, and a path below it is refused."""
    client.put("/_local/a", json={"v": 1, "_attachments": {"p": {"data": "aGk="}}})
    assert client.get("/_local/a?attachments=true").json() == {"_id": "_local/a", "_rev": "0-1", "v": 1}
    for method in ("GET", "PUT", "DELETE"):
        answer = client.request(method, "/_local/a/p")
        assert (answer.status_code, answer.json()["error"]) == (400, "bad_request")
        assert answer.json()["reason"] == "_local documents do not accept attachments."


def test_a_user_cannot_name_another_users_checkpoint(service, client, cell) -> None:
    """Whatever the identifier, the user it is kept for is the caller."""
    service.client("wang.wei", cell).put("/_local/mine", json={"v": "wang"})
    for doc_id, status in [("wang.wei%2Fmine", 404), ("..%2Fwang.wei%2Fmine", 404), ("wang.wei/mine", 400)]:
        assert client.get(f"/_local/{doc_id}").status_code == status


@pytest.mark.parametrize("body", ["", "[]", '{"_rev":5}', '{"_rev":"1-x"}', b'{"v":"\xff"}', "[" * 4_000])
def test_a_checkpoint_that_cannot_be_read_is_refused(client, body) -> None:
    """Malformed checkpoints are a 400; none is kept."""
    assert client.put("/_local/x", content=body).status_code == 400
    assert client.get("/_local/x").status_code == 404


def test_a_checkpoint_has_a_size(client) -> None:
    """A checkpoint is small; what is larger than a document may be is refused."""
    assert client.put("/_local/x", json={"v": "x" * 5000}).status_code == 413

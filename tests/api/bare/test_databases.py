"""Databases of a bare server: made, described, dropped; what each has beside replication."""

from __future__ import annotations

import httpx
import pytest

from fieldsync.stores.base import Store

GONE = {"error": "not_found", "reason": "Database does not exist."}


def test_a_database_is_made_once(couch: httpx.Client, name: str) -> None:
    """The second time it exists already."""
    made = couch.put(f"/{name}")
    assert (made.status_code, made.json()) == (201, {"ok": True})
    assert made.headers["location"] == f"{couch.base_url}/{name}"
    again = couch.put(f"/{name}")
    reason = "The database could not be created, the file already exists."
    assert (again.status_code, again.json()) == (412, {"error": "file_exists", "reason": reason})


def test_a_database_is_dropped_once(couch: httpx.Client, db: httpx.Client, name: str) -> None:
    """Afterwards nothing of it is there."""
    db.put("/a", json={})
    dropped = couch.delete(f"/{name}")
    assert (dropped.status_code, dropped.json()) == (200, {"ok": True})
    again = couch.delete(f"/{name}")
    assert (again.status_code, again.json()) == (404, GONE)
    couch.put(f"/{name}")
    assert db.get("/a").status_code == 404


def test_a_database_is_not_dropped_by_mistake(couch: httpx.Client, db: httpx.Client, name: str) -> None:
    """Whoever meant to delete a document and forgot its name keeps the database."""
    assert couch.delete(f"/{name}", params={"rev": "1-a"}).status_code == 400
    assert db.get("/").status_code == 200


@pytest.mark.parametrize("bad", ["Test", "1st", "_mine", "a b", "caf%C3%A9", "a." + "b", "a" * 239])
def test_names_are_those_of_couchdb(couch: httpx.Client, bad: str) -> None:
    """Other names are refused."""
    refused = couch.put(f"/{bad}")
    if bad == "_mine":
        assert (refused.status_code, refused.json()) == (404, GONE)
        return
    assert refused.status_code == 400
    assert refused.json()["error"] == "illegal_database_name"
    assert refused.json()["reason"].endswith("are allowed. Must begin with a letter.")


@pytest.mark.parametrize("legal", ["a0_$()+-", "with%2Fslash", "_users", "_replicator", "_global_changes", "blobs"])
def test_every_legal_name_names_a_database(couch: httpx.Client, legal: str) -> None:
    """Such a database holds documents, is listed, and can be dropped."""
    shown = legal.replace("%2F", "/")
    assert couch.put(f"/{legal}").status_code == 201
    assert couch.put(f"/{legal}/doc", json={}).status_code == 201
    assert couch.get(f"/{legal}").json()["db_name"] == shown
    assert shown in couch.get("/_all_dbs").json()
    assert couch.delete(f"/{legal}").status_code == 200
    assert shown not in couch.get("/_all_dbs").json()


def test_the_store_s_own_database_is_neither_shown_nor_dropped(couch: httpx.Client, store: Store) -> None:
    """Attachments are kept under a name that a client may use for something else."""
    store.blobs().put({"md5-XrY7u+Ae7tCTyyK7j1rNww==": b"hello world"})
    assert "blobs" not in couch.get("/_all_dbs").json()
    assert couch.delete("/blobs").status_code == 404
    couch.put("/blobs")
    couch.delete("/blobs")
    assert store.blobs().get("md5-XrY7u+Ae7tCTyyK7j1rNww==") == b"hello world"


@pytest.mark.parametrize("path", ["", "/doc", "/_all_docs", "/_changes", "/_security", "/_index", "/_local/x"])
def test_an_unknown_database_is_not_there(couch: httpx.Client, path: str) -> None:
    """Whatever is asked of it."""
    missing = couch.get(f"/never_made{path}")
    assert (missing.status_code, missing.json()) == (404, GONE)


def test_a_head_request_tells_whether_a_database_exists(couch: httpx.Client, db: httpx.Client) -> None:
    """Without a body."""
    found, missing = db.head("/"), couch.head("/never_made")
    assert (found.status_code, found.content) == (200, b"")
    assert (missing.status_code, missing.content) == (404, b"")


def test_a_document_may_be_posted_without_a_name(db: httpx.Client) -> None:
    """The server names it, and says where it is."""
    made = db.post("/", json={"value": 1})
    assert made.status_code == 201
    assert httpx.get(made.headers["location"]).json()["value"] == 1
    named = db.post("/", json={"_id": "mine", "value": 2})
    assert named.json()["id"] == "mine"
    assert db.post("/", json={"_id": "mine"}).status_code == 409


def test_reserved_members_are_refused_before_anything_is_written(db: httpx.Client) -> None:
    """In a batch of new edits, one such document refuses all."""
    refused = db.post("/_bulk_docs", json={"docs": [{"_id": "good"}, {"_zing": 4}]})
    expected = {"error": "doc_validation", "reason": "Bad special document member: _zing"}
    assert (refused.status_code, refused.json()) == (400, expected)
    assert db.get("/good").status_code == 404


def test_a_revision_that_nobody_can_have_is_a_conflict(db: httpx.Client) -> None:
    """As one that nobody has."""
    rows = db.post("/_bulk_docs", json={"docs": [{"_id": "a", "_rev": "3-made_up"}, {"_id": "b"}]}).json()
    assert (rows[0]["error"], rows[1]["ok"]) == ("conflict", True)


def test_local_documents_are_shared_and_listed(db: httpx.Client) -> None:
    """Their names are kept as they are, those with an underscore too."""
    assert db.put("/_local/a", json={"v": 1}).json() == {"ok": True, "id": "_local/a", "rev": "0-1"}
    rows = db.post("/_bulk_docs", json={"docs": [{"_id": "_local/_b", "v": 2}, {"_id": "c"}]}).json()
    assert rows[0] == {"ok": True, "id": "_local/_b", "rev": "0-1"}
    db.put("/_security", json={"members": {"roles": ["x"]}})
    listed = db.get("/_local_docs", params={"include_docs": "true"}).json()
    assert (listed["total_rows"], listed["offset"]) == (None, None)
    assert {row["id"]: (row["value"], row["doc"]["v"]) for row in listed["rows"]} == {
        "_local/_b": ({"rev": "0-1"}, 2),
        "_local/a": ({"rev": "0-1"}, 1),
    }


def test_a_local_document_may_say_that_it_is_deleted(db: httpx.Client) -> None:
    """Alone or in a batch; and it has no history."""
    gone = {"ok": True, "id": "_local/a", "rev": "0-0"}
    for write in (lambda doc: db.put("/_local/a", json=doc).json(), lambda doc: _first_row(db, doc)):
        write({"_id": "_local/a", "_revisions": {"start": 0, "ids": ["1"]}})
        assert db.get("/_local/a").json() == {"_id": "_local/a", "_rev": "0-1"}
        assert write({"_id": "_local/a", "_rev": "0-1", "_deleted": True}) == gone
        assert db.get("/_local/a").status_code == 404


def _first_row(db: httpx.Client, doc: dict) -> dict:
    return db.post("/_bulk_docs", json={"docs": [doc]}).json()[0]


@pytest.mark.parametrize(
    ("doc_id", "reason"),
    [
        ("_mine", "Only reserved document ids may start with underscore."),
        (7, "Document id must be a string"),
    ],
)
def test_documents_have_legal_names(db: httpx.Client, doc_id: object, reason: str) -> None:
    """Else the whole batch of new edits is refused."""
    refused = db.post("/_bulk_docs", json={"docs": [{"_id": "good"}, {"_id": doc_id}]})
    assert (refused.status_code, refused.json()) == (400, {"error": "illegal_docid", "reason": reason})
    assert db.get("/good").status_code == 404


def test_all_locals_are_read_in_order(store: Store) -> None:
    """Also where there are more than one reading gives."""
    database = store.create("many_locals")
    names = [f"{number:04}" for number in range(1203)]
    for local_id in names:
        database.put_local(local_id, b'{"v":1}')
    assert [local_id for local_id, _ in database.locals()] == names


def test_the_security_object_is_kept(db: httpx.Client) -> None:
    """Until one is put, only administrators are named, as in CouchDB."""
    closed = {"members": {"roles": ["_admin"]}, "admins": {"roles": ["_admin"]}}
    assert db.get("/_security").json() == closed
    mine = {"admins": {"names": ["a"], "roles": []}, "members": {"names": [], "roles": ["b"]}}
    assert db.put("/_security", json=mine).json() == {"ok": True}
    assert db.get("/_security").json() == mine
    assert db.put("/_local/_security", json={"v": 1}).status_code == 201
    assert db.get("/_security").json() == mine
    assert db.put("/_security", json=[]).status_code == 400


def test_the_limit_of_revisions_is_told(db: httpx.Client) -> None:
    """It is the same for all databases."""
    assert db.get("/_revs_limit").json() == 1000
    assert db.put("/_revs_limit", content="1000").json() == {"ok": True}
    assert db.put("/_revs_limit", content="5").status_code == 501


@pytest.mark.parametrize("path", ["/_compact", "/_compact/views", "/_view_cleanup"])
def test_wishes_to_tidy_up_are_accepted(db: httpx.Client, path: str) -> None:
    """The store does it by itself."""
    answer = db.post(path, json={})
    assert (answer.status_code, answer.json()) == (202, {"ok": True})


def test_what_is_not_offered_says_so(couch: httpx.Client, db: httpx.Client) -> None:
    """With a status that no client takes for an absent document."""
    assert db.post("/_purge", json={"a": ["1-b"]}).status_code == 501
    assert db.get("/_design/app/_view/by_name").status_code == 501
    assert couch.post("/_replicate", json={"source": "a", "target": "b"}).status_code == 501
    assert couch.get("/_utils/").status_code == 404


def test_design_documents_are_stored_like_others(db: httpx.Client) -> None:
    """And listed by themselves."""
    db.put("/a", json={})
    db.put("/_design/app", json={"views": {}})
    assert db.get("/_design/app").json()["views"] == {}
    assert [row["id"] for row in db.get("/_design_docs").json()["rows"]] == ["_design/app"]
    down = db.get("/_design_docs", params={"descending": "true"}).json()
    assert [row["id"] for row in down["rows"]] == ["_design/app"]


def test_missing_revisions_are_told_to_old_clients(db: httpx.Client) -> None:
    """With the answer that came before `_revs_diff`."""
    rev = db.put("/a", json={}).json()["rev"]
    other = "2-" + "b" * 32
    assert db.post("/_missing_revs", json={"a": [rev, other]}).json() == {"missing_revs": {"a": [other]}}

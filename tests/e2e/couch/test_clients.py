"""What stock PouchDB does with a bare server."""

from __future__ import annotations

import pytest

from tests.e2e.couch.conftest import Opened
from tests.e2e.tablets import TabletError


def docs(*ids: str) -> list[dict]:
    """Return small documents."""
    return [{"_id": doc_id, "value": doc_id} for doc_id in ids]


def ids_of(answer: dict) -> list[str]:
    """Return the identifiers of a listing."""
    return [row["id"] for row in answer["rows"]]


def test_a_database_lives_and_ends(remote: Opened) -> None:
    """It is made when first used, and gone when it was destroyed."""
    db = remote()
    assert db("info")["doc_count"] == 0
    rev = db("put", {"_id": "a", "value": 1})["rev"]
    assert db("get", "a") == {"_id": "a", "_rev": rev, "value": 1}
    with pytest.raises(TabletError) as conflict:
        db("put", {"_id": "a", "value": 2})
    assert conflict.value.status == 409
    assert db("info")["doc_count"] == 1
    assert db("destroy")["ok"]


def test_documents_are_written_and_listed_together(remote: Opened) -> None:
    """In one request each."""
    db = remote()
    made = db("bulkDocs", docs("a", "b", "c"))
    assert [row["ok"] for row in made] == [True, True, True]
    listed = db("allDocs", {"include_docs": True, "startkey": "b"})
    assert [row["doc"]["value"] for row in listed["rows"]] == ["b", "c"]
    assert db("remove", "b", made[1]["rev"])["ok"]
    assert ids_of(db("allDocs")) == ["a", "c"]
    assert ids_of(db("allDocs", {"keys": ["c", "a"], "limit": 1})) == ["c"]
    assert [row["id"] for row in db("changes", {"since": 0})["results"]] == ["a", "c", "b"]


def test_changes_come_as_they_happen(remote: Opened) -> None:
    """Also those that were there before."""
    db = remote()
    db("put", {"_id": "before"})
    db.do("follow", options={"since": 0})
    db("bulkDocs", docs("a", "b"))
    assert {doc["_id"] for doc in db.do("seen", count=3)} == {"before", "a", "b"}
    assert db.do("stop")


@pytest.mark.parametrize(("source", "target"), [("local", "remote"), ("remote", "local"), ("remote", "remote")])
def test_documents_are_replicated_once(request: pytest.FixtureRequest, couch: str, source: str, target: str) -> None:
    """The second time nothing is left to do, and edits follow."""
    one, other = request.getfixturevalue(source)(), request.getfixturevalue(target)()
    made = one("bulkDocs", docs(*map(str, range(250))))
    assert one.do("replicate", to=other.name) == {"ok": True, "docs_read": 250, "docs_written": 250}
    assert one.do("replicate", to=other.name) == {"ok": True, "docs_read": 0, "docs_written": 0}
    one("remove", "0", made[0]["rev"])
    assert one.do("replicate", to=other.name)["docs_written"] == 1
    assert other("info")["doc_count"] == 249


def test_two_edits_of_a_document_meet_as_a_conflict(remote: Opened, local: Opened) -> None:
    """Both sides agree on the winner, and both keep the other."""
    server, tablet = remote(), local()
    server("put", {"_id": "a", "by": "server"})
    tablet("put", {"_id": "a", "by": "tablet"})
    tablet.do("replicate", to=server.name)
    server.do("replicate", to=tablet.name)
    there, here = server("get", "a", {"conflicts": True}), tablet("get", "a", {"conflicts": True})
    assert there == here
    assert len(there["_conflicts"]) == 1


def test_replicas_meet_live_on_the_server(remote: Opened, local: Opened) -> None:
    """What one writes, the other has."""
    server, one, other = remote(), local(), local()
    server("info")
    for replica in (one, other):
        replica.do("sync", to=server.name)
    one("put", {"_id": "from one"})
    assert other.do("holds", ids=["from one"])
    other("bulkDocs", docs("x", "y"))
    assert one.do("holds", ids=["x", "y"])
    server("put", {"_id": "from the server"})
    assert one.do("holds", ids=["from the server"])
    for replica in (one, other):
        assert replica.do("stop")


def test_local_documents_stay(remote: Opened, local: Opened) -> None:
    """They are read and written like others, and never replicated."""
    server, tablet = remote(), local()
    server("put", {"_id": "_local/mine", "value": 1})
    assert server("get", "_local/mine")["value"] == 1
    server.do("replicate", to=tablet.name)
    with pytest.raises(TabletError) as missing:
        tablet("get", "_local/mine")
    assert missing.value.status == 404

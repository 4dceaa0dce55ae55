"""Stock PouchDB against the real server: pulling, pushing, conflicts, deletions, odd identifiers."""

from __future__ import annotations

ODD_IDS = [
    "a/b/c",
    "with space & more?x=1#y",
    "100%25 %2F",
    "a+b",
    "住户:张三",
    "\U0001f3e0 house",
    "hasOwnProperty",
    "constructor",
    'quo"te\\back',
    "line\nbreak",
    "person:0b6f2c1e-0000-4000-8000-000000000000",
]


def documents(count: int) -> list[dict]:
    """Return documents to write, the same at every call."""
    return [{"_id": f"person:{n:05}", "v": n, "text": "填表 " * 20} for n in range(count)]


def test_a_tablet_pulls_two_thousand_documents_in_batches(server, a, b) -> None:
    """Everything that one tablet pushed reaches another, revision by revision."""
    a("bulk", docs=documents(2000))
    pushed = a("push", options={"batch_size": 100})
    pulled = b("pull", options={"batch_size": 100})
    assert (pushed["docs_written"], pushed["doc_write_failures"]) == (2000, 0)
    assert (pulled["docs_written"], pulled["doc_write_failures"]) == (2000, 0)
    assert b("leaves") == a("leaves")


def test_a_second_pull_starts_from_its_checkpoint(server, a, b) -> None:
    """A replication that was complete reads only what came after it."""
    a("bulk", docs=documents(30))
    a("push")
    b("pull")
    a("put", doc={"_id": "new", "v": 1})
    assert a("push")["docs_read"] == 1
    assert b("pull")["docs_read"] == 1


def test_conflicting_edits_have_the_same_winner_everywhere(server, a, b) -> None:
    """Two tablets that edited the same document end with the same tree, the losers as conflicts."""
    a("bulk", docs=documents(3))
    a("sync")
    b("sync")
    for tablet, value in ((a, "of a"), (b, "of b")):
        for n in range(3):
            doc = tablet("get", id=f"person:{n:05}")
            tablet("put", doc={**doc, "v": value})
    b("put", doc={**b("get", id="person:00002"), "v": "of b again"})
    for tablet in (a, b, a, b):
        tablet("sync")
    trees = a("leaves")
    assert b("leaves") == trees
    assert {len(tree["leaves"]) for tree in trees.values()} == {2}
    for doc_id, tree in trees.items():
        on_server = a("remote-get", id=doc_id, options={"conflicts": True})
        assert {on_server["_rev"], *on_server["_conflicts"]} == set(tree["leaves"])
        assert on_server["_rev"] == tree["winner"]
    assert a("get", id="person:00002")["v"] == "of b again"


def test_a_conflict_resolved_on_one_tablet_is_resolved_on_all(server, a, b) -> None:
    """A tombstone for the losing leaf travels like any revision."""
    a("put", doc={"_id": "x", "v": "a"})
    b("put", doc={"_id": "x", "v": "b"})
    for tablet in (a, b, a):
        tablet("sync")
    both = a("get", id="x", options={"conflicts": True})
    a("bulk", docs=[{"_id": "x", "_rev": rev, "_deleted": True} for rev in both["_conflicts"]])
    a("sync")
    b("sync")
    assert "_conflicts" not in b("get", id="x", options={"conflicts": True})
    assert b("leaves") == a("leaves")


def test_deletions_replicate_and_a_deleted_document_may_come_back(server, a, b) -> None:
    """A tombstone removes the document elsewhere; writing it again brings it back."""
    a("bulk", docs=documents(2))
    a("sync")
    b("sync")
    b("remove", id="person:00001")
    b("sync")
    a("sync")
    assert a("leaves")["person:00001"]["deleted"]
    assert a("info")["doc_count"] == 1
    a("put", doc={"_id": "person:00001", "v": "again"})
    a("sync")
    b("sync")
    assert b("get", id="person:00001")["v"] == "again"


def test_identifiers_of_every_kind_survive_the_round_trip(server, a, b) -> None:
    """Slashes, percent signs, unicode and names of JavaScript's own are identifiers like any other."""
    a("bulk", docs=[{"_id": doc_id, "v": n} for n, doc_id in enumerate(ODD_IDS)])
    assert a("push")["docs_written"] == len(ODD_IDS)
    assert b("pull")["docs_written"] == len(ODD_IDS)
    for n, doc_id in enumerate(ODD_IDS):
        assert b("get", id=doc_id)["v"] == n
        assert b("remote-get", id=doc_id)["v"] == n


def test_values_are_the_same_after_the_round_trip(server, a, b) -> None:
    """Numbers, nulls, nested lists and empty documents come back as they went."""
    docs = [
        {"_id": "empty"},
        {"_id": "numbers", "v": [0, -1, 1.5, 1e300, 9007199254740991]},
        {"_id": "nested", "v": {"a": [{"b": [[], {}, None, True, False, ""]}], "": "empty name"}},
    ]
    a("bulk", docs=docs)
    a("push")
    b("pull")
    for doc in docs:
        assert {k: v for k, v in b("get", id=doc["_id"]).items() if k != "_rev"} == doc


def test_only_named_documents_are_pulled_with_doc_ids(server, a, b) -> None:
    """The filter by identifiers leaves the rest where it is."""
    a("bulk", docs=documents(20))
    a("push")
    b("pull", options={"doc_ids": ["person:00003", "person:00007"]})
    assert sorted(b("leaves")) == ["person:00003", "person:00007"]


def test_the_remote_database_can_be_used_directly(server, a) -> None:
    """Reading, writing, listing and deleting over HTTP work as PouchDB expects."""
    made = a("remote-put", doc={"_id": "direct/1", "v": 1})
    a("remote-put", doc={"_id": "direct/2", "v": 2})
    assert a("remote-get", id="direct/1", options={"rev": made["rev"], "revs": True})["_revisions"]["start"] == 1
    rows = a("remote-all", options={"include_docs": True, "startkey": "direct/", "endkey": "direct/\uffff"})["rows"]
    assert [row["doc"]["v"] for row in rows] == [1, 2]
    a("remote-remove", id="direct/1")
    rows = a("remote-all", options={"keys": ["direct/1", "direct/2", "no"]})["rows"]
    assert rows[0]["value"]["deleted"]
    assert rows[2] == {"key": "no", "error": "not_found"}
    changes = a("remote-changes", options={"include_docs": True, "descending": True, "limit": 1})["results"]
    assert changes[0]["doc"]["_deleted"]
    assert a("remote-info")["doc_count"] == 1

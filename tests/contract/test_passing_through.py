"""What clients see: rows of changes and results of `_bulk_get` as bytes, and attachments' stubs on every way out."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from fieldsync.documents import DocId, Rev
from fieldsync.errors import BadInput
from fieldsync.stores.base import ChangesQuery, ChangesView, Database, Graft, Put, Query

ANN, BO = DocId("person:ann"), DocId("person:bo")
STUB = {"content_type": "image/png", "revpos": 1, "digest": "md5-XrY7u+Ae7tCTyyK7j1rNww==", "length": 11, "stub": True}
PICTURED = json.dumps({"_attachments": {"a.png": STUB}, "n": "a", "data": {"household": "h"}}, separators=(",", ":"))


def rev(generation: int, name: str) -> Rev:
    return Rev(f"{generation}-{hashlib.md5(name.encode()).hexdigest()}")


A, B, C, D = rev(1, "a"), rev(2, "b"), rev(2, "c"), rev(3, "d")
HIGH, LOW = sorted((B, C), reverse=True)


@pytest.fixture
def forked(cell: Database) -> Database:
    """One document of two live leaves, one deleted document."""
    cell.graft([Graft(ANN, (HIGH, A), b'{"n":"high"}'), Graft(ANN, (LOW, A), b'{"n":"low"}')])
    cell.graft([Graft(BO, (A,), b'{"n":"bo"}'), Graft(BO, (B, A), b"{}", True)])
    return cell


def rows(database: Database, query: ChangesQuery | None = None, **view: bool) -> list[dict[str, Any]]:
    return [json.loads(row) for row in database.rows(query or ChangesQuery(), ChangesView(**view)).rows]


def test_rows_are_the_changes(forked: Database) -> None:
    """Each at its sequence, with the winner, and that it is deleted."""
    page = forked.changes(ChangesQuery())
    shown = rows(forked)
    assert [str(row["seq"]) for row in shown] == [row.seq for row in page.rows]
    assert [(row["id"], row["changes"], row.get("deleted", False)) for row in shown] == [
        (ANN, [{"rev": HIGH}], False),
        (BO, [{"rev": B}], True),
    ]
    assert forked.rows(ChangesQuery(), ChangesView()).last_seq == page.last_seq


def test_rows_of_all_leaves_name_the_deleted_ones_too(forked: Database) -> None:
    """A client that asks for all must learn of every leaf."""
    forked.graft([Graft(ANN, (D, LOW, A), b"{}", True)])
    assert [{each["rev"] for each in row["changes"]} for row in rows(forked, all_leaves=True)] == [{B}, {HIGH, D}]
    (change,) = [row for row in forked.changes(ChangesQuery()).rows if row.id == ANN]
    assert [(leaf.rev, leaf.deleted) for leaf in change.leaves] == [(HIGH, False), (D, True)]


def test_rows_have_their_documents_and_conflicts(forked: Database) -> None:
    """The winner's, as the change says; a tombstone's too."""
    ann, bo = rows(forked, include_docs=True, conflicts=True)
    assert ann["doc"] == {"_id": ANN, "_rev": HIGH, "_conflicts": [LOW], "n": "high"}
    assert bo["doc"] == {"_id": BO, "_rev": B, "_deleted": True}
    assert "_conflicts" not in rows(forked, include_docs=True)[0]["doc"]


def test_rows_of_some_documents(forked: Database) -> None:
    """The filter and the limit hold as for the changes."""
    assert [row["id"] for row in rows(forked, ChangesQuery(ids=frozenset({BO})))] == [BO]
    assert [row["id"] for row in rows(forked, ChangesQuery(limit=1))] == [ANN]
    assert rows(forked, ChangesQuery(limit=0)) == []


def results(database: Database, *wanted: tuple[DocId, Rev | None], latest: bool = True, history: bool = True) -> Any:
    return [json.loads(raw) for raw in database.bulk(wanted, latest=latest, history=history)]


def missing(doc_id: str, name: str) -> dict[str, Any]:
    fault = {"id": doc_id, "rev": name, "error": "not_found", "reason": "missing"}
    return {"id": doc_id, "docs": [{"error": fault}]}


def test_results_come_in_order_with_their_history(forked: Database) -> None:
    """The revision that was asked for, with its ancestors; repeated as often as it was asked for."""
    first, second, third = results(forked, (BO, B), (ANN, HIGH), (BO, B))
    history = {"start": 2, "ids": [HIGH.partition("-")[2], A.partition("-")[2]]}
    assert second == {"id": ANN, "docs": [{"ok": {"_id": ANN, "_rev": HIGH, "_revisions": history, "n": "high"}}]}
    assert first == third
    assert first["docs"][0]["ok"]["_deleted"] is True


def test_results_without_history(forked: Database) -> None:
    """Then there is none."""
    assert results(forked, (ANN, LOW), history=False)[0]["docs"] == [{"ok": {"_id": ANN, "_rev": LOW, "n": "low"}}]


def test_a_request_without_a_revision_means_the_winner(forked: Database) -> None:
    """Not all leaves, also where the winner is deleted."""
    ann, bo = results(forked, (ANN, None), (BO, None))
    assert [each["ok"]["_rev"] for each in ann["docs"]] == [HIGH]
    assert [(each["ok"]["_rev"], each["ok"]["_deleted"]) for each in bo["docs"]] == [(B, True)]


def test_results_for_what_is_not_known(forked: Database) -> None:
    """Unknown documents, unknown revisions, and what is no revision at all: missing, each in its place."""
    unknown = rev(7, "no")
    asked = [(ANN, unknown), (DocId("nobody"), None), (ANN, Rev("x")), (DocId("nobody"), unknown), (BO, B)]
    *absent, last = results(forked, *asked, latest=False)
    assert absent == [
        missing(ANN, unknown),
        missing("nobody", "undefined"),
        missing(ANN, "x"),
        missing("nobody", unknown),
    ]
    assert last["docs"][0]["ok"]["_rev"] == B


def test_latest_results_are_the_leaves_that_descend(forked: Database) -> None:
    """A superseded revision gives its leaves."""
    (result,) = results(forked, (ANN, A))
    assert {each["ok"]["_rev"] for each in result["docs"]} == {HIGH, LOW}


@pytest.fixture
def pictured(cell: Database) -> Database:
    """Documents with attachments: grafted, put, added, and one that only speaks of such."""
    cell.graft([Graft(ANN, (B, A), PICTURED.encode())])
    cell.put(Put(BO, PICTURED.encode()))
    cell.add(
        [(DocId("c"), PICTURED.encode()), (DocId("d"), b'{"note":"\\"fs:attachments\\"","x":{"fs:attachments":1}}')]
    )
    return cell


def test_attachments_are_stubs_on_every_way_out(pictured: Database) -> None:
    """Under their own name, first in the body, and nothing else has changed."""
    ids = [ANN, BO, DocId("c")]
    assert [pictured.get(doc_id).body.decode() for doc_id in ids] == [PICTURED] * 3
    assert [one.body.decode() for one in pictured.documents() if one.id in ids] == [PICTURED] * 3
    assert [one.body.decode() for one in pictured.find(Query({"data.household": "h"}))] == [PICTURED] * 3
    for result in results(pictured, *((doc_id, None) for doc_id in ids)):
        assert result["docs"][0]["ok"]["_attachments"] == {"a.png": STUB}
    docs = {row["id"]: row["doc"] for row in rows(pictured, include_docs=True)}
    assert [docs[doc_id]["_attachments"] for doc_id in ids] == [{"a.png": STUB}] * 3
    assert "fs:attachments" not in docs[ANN]


def test_a_body_that_speaks_of_attachments_is_left_alone(pictured: Database) -> None:
    """Only a document's own member is meant, not a text and not a member inside."""
    expected = {"note": '"fs:attachments"', "x": {"fs:attachments": 1}}
    assert json.loads(pictured.get(DocId("d")).body) == expected
    (row,) = [row for row in rows(pictured, include_docs=True) if row["id"] == "d"]
    assert {name: row["doc"][name] for name in expected} == expected
    assert "_attachments" not in row["doc"]


def test_a_prefix_finds_what_begins_with_it(cell: Database) -> None:
    """In order of identifier, with other conditions, in pages."""
    values = {"a": "h10", "b": "h2", "c": "h1", "d": "x", "e": "H1", "f": "h1\U0001f600"}
    cell.add([(DocId(name), json.dumps({"data": {"household": value}}).encode()) for name, value in values.items()])
    cell.add([(DocId("g"), b'{"data":{"household":["h1"]}}')])
    assert [one.id for one in cell.find(Query({}, prefix={"data.household": "h1"}))] == ["a", "c", "f"]
    assert [one.id for one in cell.find(Query({}, "a", 1, {"data.household": "h1"}))] == ["c"]
    assert [one.id for one in cell.find(Query({"data.household": "h1"}, prefix={"data.household": "h"}))] == ["c"]
    with pytest.raises(BadInput):
        cell.find(Query({}, prefix={"data.name": "x"}))


def test_all_that_matches_is_found(cell: Database) -> None:
    """No limit but the query's own."""
    cell.add([(DocId(f"s{n:04}"), b'{"data":{"household":"h"}}') for n in range(130)])
    assert len(cell.find(Query({"data.household": "h"}))) == 130
    assert len(cell.find(Query({"data.household": "h"}, limit=101))) == 101
    after, seen = "", []
    while found := cell.find(Query({"data.household": "h"}, after, 33)):
        seen += [one.id for one in found]
        after = seen[-1]
    assert seen == [f"s{n:04}" for n in range(130)]

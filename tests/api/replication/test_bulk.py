"""`_bulk_get`, `_revs_diff`, `_bulk_docs`."""

from __future__ import annotations

import json

import pytest

from fieldsync.stores.base import Graft
from mobile_api.replication import bulk

UNREADABLE = ["nonsense", "[]", '{"docs":', "{} {}", '{"docs":' + "[" * 100_000, '{"\\ud800":[]}']


def ask(client, *docs: tuple[str, str | None], query: str = "?revs=true&latest=true") -> list[dict]:
    """Return the results of a `_bulk_get`."""
    body = {"docs": [{"id": doc_id} | ({"rev": rev} if rev else {}) for doc_id, rev in docs]}
    answer = client.post("/_bulk_get" + query, json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    return answer.json()["results"]


def test_results_come_one_per_request_in_order(client, graft, rev) -> None:
    """Known, unknown, deleted and repeated requests each have their result, where they were asked."""
    graft("x", "2-b", "1-a", v=1)
    graft("gone", "2-d", "1-c", _deleted=True)
    wanted = [("x", rev("2-b")), ("absent", rev("1-a")), ("gone", rev("2-d")), ("x", rev("9-f")), ("x", rev("2-b"))]
    results = ask(client, *wanted)
    assert [result["id"] for result in results] == [doc_id for doc_id, _ in wanted]
    revisions = {"start": 2, "ids": ["b" * 32, "a" * 32]}
    assert results[0]["docs"] == [{"ok": {"_id": "x", "_rev": rev("2-b"), "_revisions": revisions, "v": 1}}]
    error = {"id": "absent", "rev": rev("1-a"), "error": "not_found", "reason": "missing"}
    assert results[1]["docs"] == [{"error": error}]
    assert results[2]["docs"][0]["ok"]["_deleted"] is True
    assert results[3]["docs"][0]["error"]["error"] == "not_found"
    assert results[4] == results[0]


def test_latest_answers_a_superseded_revision_with_the_leaves_that_descend_from_it(client, graft, rev) -> None:
    """A client that asks for what it saw in an older page gets what became of it."""
    graft("x", "2-b", "1-a", v="b")
    graft("x", "2-c", "1-a", v="c")
    found = [doc["ok"]["v"] for doc in ask(client, ("x", rev("1-a")))[0]["docs"]]
    assert found == ["c", "b"]
    assert "error" in ask(client, ("x", rev("1-a")), query="")[0]["docs"][0]


def test_without_a_revision_the_winner_is_meant(client, graft, rev) -> None:
    """No history is sent unless it is asked for."""
    graft("x", "1-a", v=1)
    assert ask(client, ("x", None), query="")[0]["docs"] == [{"ok": {"_id": "x", "_rev": rev("1-a"), "v": 1}}]


def test_bodies_come_back_byte_for_byte(client, rev) -> None:
    """Numbers, escapes and the order of members are those that were sent."""
    body = '"b":1.0,"a":1e2,"big":12345678901234567890,"s":"\\u00e9\\ud83d\\ude00/","nested":{"z":[],"_y":{}}'
    raw = f'{{"_id":"x","_rev":"{rev("1-a")}",{body}}}'
    sent = client.post("/_bulk_docs", content=f'{{"docs":[{raw}],"new_edits":false}}')
    assert sent.status_code == 201
    assert client.get("/x").text.strip() == raw
    assert body in client.post("/_bulk_get", json={"docs": [{"id": "x"}]}).text


def test_identifiers_are_escaped(client, graft, rev) -> None:
    """Quotes, line breaks, slashes and unicode in an identifier do not break an answer."""
    for doc_id in ('a"b\\c', "line\nbreak", "a/b", "张三\u2028", "constructor"):
        graft(doc_id, "1-a", v=doc_id)
        assert ask(client, (doc_id, rev("1-a")))[0]["docs"][0]["ok"]["v"] == doc_id
    assert len(client.get("/_changes").json()["results"]) == 5


def test_an_answer_of_many_parts_is_one_json_object(service, client, cell, rev) -> None:
    """However many documents are asked for, each has its result."""
    names = [f"doc{n:05}" for n in range(bulk.BATCH + 1)]
    service.database(cell).graft([Graft(name, (rev("1-a"),), b"{}") for name in names])
    assert [result["id"] for result in ask(client, *[(name, None) for name in names])] == names
    assert len(ask(client, *[(name, None) for name in names[: bulk.BATCH]])) == bulk.BATCH
    assert ask(client) == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        *[(path, body) for path in ("/_bulk_get", "/_all_docs", "/_revs_diff") for body in UNREADABLE],
        *[("/_bulk_get", body) for body in ("", "{}", '{"docs":{}}', '{"docs":[1]}', '{"docs":[{"rev":"1-a"}]}')],
        ("/_bulk_get", '{"docs":[{"id":"x","rev":5}]}'),
        ("/_all_docs", '{"keys":[5]}'),
        ("/_revs_diff", '{"x":"1-a"}'),
        ("/_revs_diff", '{"x":[1]}'),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(client, path, body) -> None:
    """Malformed JSON, wrong types and endless nesting are a 400 with a reason."""
    answer = client.post(path, content=body)
    assert (answer.status_code, answer.json()["error"]) == (400, "bad_request")
    assert answer.json()["reason"]


def test_what_is_no_revision_is_missing(client, graft, rev) -> None:
    """One bad name does not keep a client from sending the rest."""
    graft("x", "1-a", v=1)
    asked = {"x": ["x", rev("1-a"), "2-B", rev("2-b"), "x"], "y": [""]}
    answer = client.post("/_revs_diff", json=asked)
    missing = {"missing": ["x", "2-B", rev("2-b")], "possible_ancestors": [rev("1-a")]}
    assert (answer.status_code, answer.json()) == (200, {"x": missing, "y": {"missing": [""]}})


def test_what_comes_together_is_numbered_by_identifier(client, rev) -> None:
    """As in CouchDB, whatever the order in the batch."""
    docs = [{"_id": doc_id, "_rev": rev("1-a")} for doc_id in ("b", "a", "住", "B", "_design/m")]
    client.post("/_bulk_docs", json={"docs": docs, "new_edits": False})
    assert [row["id"] for row in client.get("/_changes").json()["results"]] == ["B", "_design/m", "a", "b", "住"]


def test_revs_diff_names_only_what_is_missing(client, graft, rev) -> None:
    """Leaves and inner revisions are known; for a gap the leaves it may descend from are named."""
    graft("x", "3-c", "2-b", "1-a")
    asked = {"x": [rev("3-c"), rev("2-b"), rev("1-a")], "y": [rev("1-f")]}
    assert client.post("/_revs_diff", json=asked).json() == {"y": {"missing": [rev("1-f")]}}
    asked = {"x": [rev("3-c"), rev("4-d"), rev("2-e")]}
    assert client.post("/_revs_diff", json=asked).json() == {
        "x": {"missing": [rev("4-d"), rev("2-e")], "possible_ancestors": [rev("3-c")]}
    }
    nothing = client.post("/_revs_diff", json={"x": [rev("3-c")]})
    assert (nothing.status_code, nothing.json()) == (200, {})


def test_grafting_keeps_revisions_and_paths(client, graft, rev) -> None:
    """new_edits=false keeps what it is given: missing ancestors, new roots, siblings."""
    graft("x", "3-c", "2-b", "1-a", v=1)
    graft("x", "7-f", "6-e", v=2)
    assert client.get("/x?conflicts=true&revs=true").json() == {
        "_id": "x",
        "_rev": rev("7-f"),
        "_revisions": {"start": 7, "ids": ["f" * 32, "e" * 32]},
        "_conflicts": [rev("3-c")],
        "v": 2,
    }


def test_a_revision_sent_again_changes_nothing(client, graft) -> None:
    """There is no new sequence, and the answer is the same."""
    graft("x", "2-b", "1-a", v=1)
    before = client.get("").json()
    graft("x", "2-b", "1-a", v=1)
    assert client.get("").json() == before


def test_new_edits_answer_a_row_per_document(client, put) -> None:
    """A write without new_edits=false makes revisions, and tells conflicts from successes."""
    rev = put("x", v=1)
    docs = [{"_id": "x", "v": 2}, {"_id": "x", "_rev": rev, "v": 2}, {"_id": "y", "v": 1}, {"v": "no id"}]
    answer = client.post("/_bulk_docs", json={"docs": docs})
    rows = answer.json()
    assert answer.status_code == 201
    assert (rows[0]["id"], rows[0]["error"]) == ("x", "conflict")
    assert [row.get("ok") for row in rows[1:]] == [True, True, True]
    assert rows[1]["rev"].startswith("2-")
    assert client.get(f"/{rows[3]['id']}").json()["v"] == "no id"


def test_the_same_edit_on_the_same_parent_is_the_same_revision(service, client, put, cell) -> None:
    """Revisions made here depend on nothing but the parent and the body."""
    made = put("x", v=1)
    assert put("y", v=1) == made
    assert put("y", made, v=2) == put("x", made, v=2)


def test_a_losing_leaf_can_be_deleted(client, graft, rev) -> None:
    """An edit may continue any leaf, not only the winner: so are conflicts resolved."""
    graft("x", "1-a", v="loser")
    graft("x", "1-b", v="winner")
    rows = client.post("/_bulk_docs", json={"docs": [{"_id": "x", "_rev": rev("1-a"), "_deleted": True}]}).json()
    assert rows[0]["ok"]
    assert "_conflicts" not in client.get("/x?conflicts=true").json()


def test_documents_that_cannot_enter_are_rows_and_the_others_enter(client, rev) -> None:
    """One bad document does not take its batch down, whatever is wrong with it."""
    deep = '{"_id":"deep","_rev":"' + rev("1-a") + '","v":' + "[" * 3000 + "]" * 3000 + "}"
    half = '{"_id":"half","_rev":"' + rev("1-a") + '","v":"\\ud800"}'
    good = json.dumps({"_id": "good", "_rev": rev("1-a"), "v": 1})
    bad = ["5", '{"_id":"no rev"}', '{"_id":"_reserved","_rev":"1-a"}', '{"_id":5}', '{"_id":"odd","_rev":"1-x"}', deep]
    answer = client.post("/_bulk_docs", content=f'{{"new_edits":false,"docs":[{",".join([*bad, half, good])}]}}')
    assert answer.status_code == 201
    assert [row["error"] for row in answer.json()] == ["bad_request"] * len(bad)
    assert client.get("/good").json()["v"] == 1
    assert client.get("/half").text.endswith('"v":"\\ud800"}\n')


@pytest.mark.parametrize(
    "body",
    ["", "nonsense", "[]", "{}", '{"docs":5}', '{"docs":[}', '{"docs":[{}', '{"docs":[nope]}', '{"docs":[NaN]}',
     '{"docs":[],"new_edits":"no"}', '{"docs":["\\ud800"],"new_edits":"no"}', '{"docs":["open}', '{"docs":[]}}',
     '{"docs":[]} and more', "[" * 200_000, '{"docs":[' + "[" * 200_000, '{"docs":' + "[" * 20_000 + "]" * 20_000 + "}",
     b'{"docs":[{"_id":"\xff"}]}', '{"docs":["\\ud800"]', '{"docs"["\\ud800"]}'],
)  # fmt: skip
def test_a_batch_that_is_not_json_is_refused_whole(client, body) -> None:
    """What cannot be read as JSON is a 400 and changes nothing."""
    answer = client.post("/_bulk_docs", content=body)
    assert (answer.status_code, answer.json()["error"]) == (400, "bad_request")
    assert client.get("").json()["doc_count"] == 0

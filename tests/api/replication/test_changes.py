"""`_changes` that do not wait."""

from __future__ import annotations

import pytest

from fieldsync.stores.base import Graft
from mobile_api.replication import changes


def ids(answer) -> list[str]:
    """Return the identifiers of an answer's rows."""
    return [row["id"] for row in answer.json()["results"]]


def test_a_document_has_one_row_at_its_latest_sequence(client, put) -> None:
    """Rows come in order of the last change of each document, with the revision that won."""
    first = put("x", v=1)
    put("y", v=1)
    second = put("x", first, v=2)
    answer = client.get("/_changes").json()
    assert [(row["id"], row["changes"]) for row in answer["results"]][1] == ("x", [{"rev": second}])
    assert [row["id"] for row in answer["results"]] == ["y", "x"]
    assert answer["last_seq"] == answer["results"][-1]["seq"]
    assert answer["pending"] == 0
    assert client.post("/_changes", json={}).json() == answer


def test_style_all_docs_lists_every_leaf(client, graft, rev) -> None:
    """The winner comes first, deleted leaves are listed too; main_only has the winner alone."""
    graft("x", "1-a")
    graft("x", "1-b")
    graft("x", "2-c", "1-a", _deleted=True)
    assert client.get("/_changes?style=all_docs").json()["results"][0]["changes"] == [
        {"rev": rev("1-b")},
        {"rev": rev("2-c")},
    ]
    assert client.get("/_changes").json()["results"][0]["changes"] == [{"rev": rev("1-b")}]
    assert "deleted" not in client.get("/_changes").json()["results"][0]


def test_a_deleted_document_is_marked(client, graft) -> None:
    """A row says so when its winner is a tombstone."""
    graft("x", "2-b", "1-a", _deleted=True)
    assert client.get("/_changes").json()["results"][0]["deleted"] is True


def test_paging_by_since_and_limit_reads_everything_once(client, put) -> None:
    """Each page follows the one before without hole or overlap, and pending counts down."""
    for n in range(7):
        put(f"doc{n}", v=n)
    since, seen, pendings = "0", [], []
    while True:
        page = client.get("/_changes", params={"since": since, "limit": 3}).json()
        seen += [row["id"] for row in page["results"]]
        since, pendings = page["last_seq"], [*pendings, page["pending"]]
        if not page["results"]:
            break
    assert seen == [f"doc{n}" for n in range(7)]
    assert pendings == [4, 1, 0, 0]


def test_a_limit_of_zero_reads_pending(client, put) -> None:
    """CouchDB's replicator asks so how much there is to do."""
    for n in range(3):
        put(f"doc{n}", v=n)
    answer = client.get("/_changes?limit=0").json()
    assert (answer["results"], answer["pending"]) == ([], 3)
    assert client.get("/_changes?limit=0&feed=longpoll").json() == answer


@pytest.mark.parametrize("since", ["nonsense", "-1", "99999999-abcdef01", "3-00000000", '"quoted"', "[]", "NaN", ""])
def test_a_sequence_that_is_not_ours_rewinds(client, put, since) -> None:
    """Unknown, malformed and foreign sequences begin again: nothing is skipped, nothing is an error."""
    put("x", v=1)
    answer = client.get("/_changes", params={"since": since})
    assert (answer.status_code, ids(answer)) == (200, ["x"])


def test_now_and_quoted_sequences_are_understood(client, put) -> None:
    """`now` is the present sequence; CouchDB sends sequences as JSON strings."""
    put("x", v=1)
    now = client.get("/_changes?since=now").json()
    put("y", v=1)
    assert now["results"] == []
    assert ids(client.get("/_changes", params={"since": now["last_seq"]})) == ["y"]
    assert ids(client.get("/_changes", params={"since": f'"{now["last_seq"]}"'})) == ["y"]


def test_descending_begins_with_the_newest(client, put) -> None:
    """The order is reversed, and the limit counts from the newest."""
    for n in range(3):
        put(f"doc{n}", v=n)
    assert ids(client.get("/_changes?descending=true")) == ["doc2", "doc1", "doc0"]
    assert ids(client.get("/_changes?descending=true&limit=1")) == ["doc2"]


def test_documents_are_included_with_their_conflicts_when_asked(client, graft, rev) -> None:
    """include_docs shows the winner as it is; its live losers only with conflicts=true."""
    graft("x", "1-a", v="loser")
    graft("x", "1-b", v="winner", data={"__proto__": 1})
    graft("y", "2-b", "1-a", _deleted=True)
    rows = client.get("/_changes?include_docs=true").json()["results"]
    assert rows[0]["doc"] == {"_id": "x", "_rev": rev("1-b"), "v": "winner", "data": {"__proto__": 1}}
    assert rows[1]["doc"] == {"_id": "y", "_rev": rev("2-b"), "_deleted": True}
    rows = client.get("/_changes?include_docs=true&conflicts=true&style=all_docs").json()["results"]
    assert rows[0]["doc"]["_conflicts"] == [rev("1-a")]
    assert "_conflicts" not in rows[1]["doc"]
    assert "doc" not in client.get("/_changes?conflicts=true").json()["results"][0]


def test_the_filter_by_identifiers_advances_over_the_rest(client, put) -> None:
    """Only the named documents have rows, and last_seq is still that of the last row read."""
    for n in range(5):
        put(f"doc{n}", v=n)
    answer = client.post("/_changes?filter=_doc_ids", json={"doc_ids": ["doc1", "doc3", "absent"]})
    assert ids(answer) == ["doc1", "doc3"]
    assert answer.json()["last_seq"] == client.get("").json()["update_seq"]
    assert ids(client.get("/_changes", params={"filter": "_doc_ids", "doc_ids": '["doc4"]'})) == ["doc4"]


@pytest.mark.parametrize("name", ["_selector", "_view", "_design", "app/mine"])
def test_other_filters_are_not_implemented(client, name) -> None:
    """A filter that is not known here is refused rather than ignored."""
    answer = client.post("/_changes", params={"filter": name}, json={"selector": {}})
    assert (answer.status_code, answer.json()["error"]) == (501, "not_implemented")


@pytest.mark.parametrize(
    "query",
    ["limit=x", "limit=-1", "limit=1.5", "descending=maybe", "feed=eventsource", "style=odd", "heartbeat=soon",
     "timeout=-3", "filter=_doc_ids", "filter=_doc_ids&doc_ids=5", "include_docs=1"],
)  # fmt: skip
def test_parameters_of_the_wrong_kind_are_refused(client, query) -> None:
    """A parameter that cannot be read is a 400 that names it."""
    answer = client.get("/_changes?" + query)
    assert (answer.status_code, answer.json()["error"]) == (400, "bad_request")
    assert query.partition("=")[0] in answer.json()["reason"] or "doc_ids" in answer.json()["reason"]


def test_parameters_nobody_knows_are_ignored(client, put) -> None:
    """Clients add parameters such as _nonce to get past caches."""
    put("x", v=1)
    assert ids(client.get("/_changes?_nonce=abc&seq_interval=10&attachments=true&update_seq=true")) == ["x"]


@pytest.mark.parametrize("count", [changes.PAGE, changes.PAGE + 1, 2 * changes.PAGE])
def test_an_answer_of_many_pages_is_one_json_object(service, client, cell, rev, count) -> None:
    """Without a limit everything comes in one answer, however long."""
    grafts = [Graft(f"doc{n:05}", (rev("1-a"),), b'{"v":1}') for n in range(count)]
    service.database(cell).graft(grafts)
    answer = client.get("/_changes")
    assert ids(answer) == [f"doc{n:05}" for n in range(count)]
    assert answer.json()["pending"] == 0
    assert len(ids(client.get(f"/_changes?limit={count - 1}&include_docs=true"))) == count - 1

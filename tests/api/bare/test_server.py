"""What a bare server answers for itself."""

from __future__ import annotations

import httpx
import pytest


def test_the_root_says_who_answers(couch: httpx.Client) -> None:
    """Clients choose by the version how they speak, and name their checkpoints after the uuid."""
    shown = couch.get("/").json()
    assert (shown["couchdb"], shown["version"], shown["vendor"]["name"]) == ("Welcome", "3.5.0", "fieldsync")
    assert shown["uuid"] == couch.get("/").json()["uuid"]


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/_up", {"status": "ok", "seeds": {}}),
        ("/_active_tasks", []),
        ("/_membership", {"all_nodes": ["nonode@nohost"], "cluster_nodes": ["nonode@nohost"]}),
    ],
)
def test_small_questions_have_their_answers(couch: httpx.Client, path: str, answer: object) -> None:
    """As CouchDB on one node answers them."""
    assert couch.get(path).json() == answer


def test_identifiers_are_made_on_demand(couch: httpx.Client) -> None:
    """As many as are asked for, up to a thousand."""
    made = couch.get("/_uuids", params={"count": 3}).json()["uuids"]
    assert [len(one) for one in made] == [32, 32, 32]
    assert len(couch.get("/_uuids").json()["uuids"]) == 1
    refused = couch.get("/_uuids", params={"count": 1001})
    assert (refused.status_code, refused.json()) == (
        400,
        {"error": "bad_request", "reason": "count parameter too large"},
    )


@pytest.fixture
def three(couch: httpx.Client) -> list[str]:
    """Make three databases."""
    names = ["range_a", "range_b", "range_c"]
    for name in names:
        couch.put(f"/{name}")
    return names


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, "abc"),
        ({"startkey": '"range_b"'}, "bc"),
        ({"start_key": '"range_a"', "endkey": '"range_b"'}, "ab"),
        ({"end_key": '"range_c"', "inclusive_end": "false"}, "ab"),
        ({"limit": 1, "skip": 1, "startkey": '"range_a"'}, "b"),
        ({"descending": "true", "startkey": '"range_b"'}, "ba"),
    ],
)
def test_databases_are_listed_by_range(couch: httpx.Client, three: list[str], query: dict, found: str) -> None:
    """In order of their names."""
    listed = couch.get("/_all_dbs", params=query).json()
    assert [name.removeprefix("range_") for name in listed if name in three] == list(found)


def test_databases_are_described_together(couch: httpx.Client, three: list[str]) -> None:
    """Those that are named, or a range of them."""
    rows = couch.post("/_dbs_info", json={"keys": ["range_b", "never_made"]}).json()
    assert (rows[0]["key"], rows[0]["info"]["db_name"]) == ("range_b", "range_b")
    assert rows[1] == {"key": "never_made", "error": "not_found"}
    asked = {"startkey": '"range_a"', "endkey": '"range_b"'}
    assert [row["key"] for row in couch.get("/_dbs_info", params=asked).json()] == ["range_a", "range_b"]


def test_errors_name_the_methods_that_are_meant(couch: httpx.Client) -> None:
    """As everywhere in replication."""
    refused = couch.delete("/_all_dbs")
    assert (refused.status_code, refused.json()["error"]) == (405, "method_not_allowed")
    assert refused.headers["allow"] == "GET"

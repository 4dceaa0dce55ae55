"""`_find` and `_index`."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

PEOPLE = [
    {"_id": "a", "kind": "person", "data": {"name": "Li", "age": 30, "tags": ["x"]}, "cell": "510107001000001"},
    {"_id": "b", "kind": "person", "data": {"name": "Wang", "age": 4}, "cell": "510107001000002"},
    {"_id": "c", "kind": "stay", "data": {"name": None}, "cell": "510107002000001"},
    {"_id": "d", "kind": "person", "data": {"name": "Zhao", "age": True}, "a.b": 1},
]


@pytest.fixture
def people(db: httpx.Client) -> httpx.Client:
    """Fill the database."""
    assert db.post("/_bulk_docs", json={"docs": PEOPLE}).status_code == 201
    return db


def found(db: httpx.Client, selector: Any, **more: Any) -> list[str]:
    """Return the identifiers of what is found."""
    answer = db.post("/_find", json={"selector": selector, **more})
    assert answer.status_code == 200, answer.text
    return [doc["_id"] for doc in answer.json()["docs"]]


@pytest.mark.parametrize(
    ("selector", "ids"),
    [
        ({}, "abcd"),
        ({"kind": "person"}, "abd"),
        ({"kind": {"$eq": "stay"}}, "c"),
        ({"data.name": "Li"}, "a"),
        ({"data": {"age": 4, "name": "Wang"}}, "b"),
        ({"data.age": {"$gt": 4}}, "a"),
        ({"data.age": {"$lt": 30}}, "bd"),
        ({"data.age": 1}, ""),
        ({"data.name": None}, "c"),
        ({"data.age": {"$exists": False}}, "c"),
        ({"data.age": {"$exists": True}, "kind": "person"}, "abd"),
        ({"cell": {"$gte": "510107001", "$lt": "510107002"}}, "ab"),
        ({"_id": {"$gt": "b"}}, "cd"),
        ({"_id": {"$gte": "b", "$lte": "c"}}, "bc"),
        ({"_id": {"$lt": "b"}}, "a"),
        ({"_id": "b"}, "b"),
        ({"$or": [{"_id": "a"}, {"kind": "stay"}]}, "ac"),
        ({"$and": [{"kind": "person"}, {"_id": {"$gt": "a"}}]}, "bd"),
        ({"$nor": [{"kind": "person"}]}, "c"),
        ({"kind": {"$not": {"$eq": "person"}}}, "c"),
        ({"$not": {"kind": "person"}}, "c"),
        ({"kind": {"$ne": "person"}}, "c"),
        ({"data.name": {"$in": ["Li", "Wang"]}}, "ab"),
        ({"data.tags": {"$in": ["x"]}}, "a"),
        ({"kind": {"$nin": ["person"]}}, "c"),
        ({"a\\.b": 1}, "d"),
        ({"data.tags": ["x"]}, "a"),
    ],
)
def test_a_selector_finds_what_it_describes(people: httpx.Client, selector: dict, ids: str) -> None:
    """And nothing else, in order of identifier."""
    assert found(people, selector, limit=100) == list(ids)


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ({"selector": {"a": {"$regex": "x"}}}, "invalid_operator"),
        ({"selector": {"a": {"$in": 1}}}, "bad_request"),
        ({"selector": []}, "bad_request"),
        ({"selector": {"$or": {}}}, "bad_request"),
        ({"selector": {}, "bookmark": "?"}, "bad_request"),
        ({"selector": {}, "sort": ["data.name"]}, "no_usable_index"),
        ({"selector": {}, "sort": [{"a": "up"}]}, "bad_request"),
        ({}, "bad_request"),
    ],
)
def test_what_cannot_be_answered_is_refused(people: httpx.Client, query: dict, error: str) -> None:
    """Rather than answered in part."""
    refused = people.post("/_find", json=query)
    assert (refused.status_code, refused.json()["error"]) == (400, error)


def test_pages_follow_one_another(people: httpx.Client) -> None:
    """By bookmark, or by the last identifier."""
    first = people.post("/_find", json={"selector": {"kind": "person"}, "limit": 2}).json()
    query = {"selector": {"kind": "person"}, "limit": 2, "bookmark": first["bookmark"]}
    second = people.post("/_find", json=query).json()
    assert [doc["_id"] for doc in first["docs"] + second["docs"]] == ["a", "b", "d"]
    last = people.post("/_find", json={**query, "bookmark": second["bookmark"]}).json()
    assert (last["docs"], last["bookmark"]) == ([], "nil")


def test_only_the_wanted_fields_are_shown(people: httpx.Client) -> None:
    """Where they are in the document."""
    query = {"selector": {"_id": "a"}, "fields": ["_id", "data.name", "nowhere"]}
    assert people.post("/_find", json=query).json()["docs"] == [{"_id": "a", "data": {"name": "Li"}}]


def test_an_index_is_kept_once(people: httpx.Client) -> None:
    """As a design document; it lets results be sorted, after fields that are all equal too."""
    index = {"index": {"fields": ["kind", {"data.name": "asc"}]}, "ddoc": "people", "name": "by-name"}
    made = {"result": "created", "id": "_design/people", "name": "by-name"}
    assert people.post("/_index", json=index).json() == made
    assert people.post("/_index", json=index).json() == made | {"result": "exists"}
    listed = people.get("/_index").json()
    assert (listed["total_rows"], listed["indexes"][0]["type"]) == (2, "special")
    assert listed["indexes"][1]["def"] == {"fields": [{"kind": "asc"}, {"data.name": "asc"}]}
    assert found(people, {"kind": "person"}, sort=[{"data.name": "desc"}]) == ["d", "b", "a"]
    assert found(people, {}, sort=["kind", "data.name"]) == ["a", "b", "d", "c"]
    answer = people.post("/_find", json={"selector": {"kind": "person", "data.name": "Li"}}).json()
    assert "warning" not in answer
    assert people.get("/_design/people").json()["language"] == "query"


def test_an_index_is_dropped(people: httpx.Client) -> None:
    """The design document goes with the last one."""
    for name in ("one", "two"):
        people.post("/_index", json={"index": {"fields": [name]}, "ddoc": "people", "name": name})
    assert people.delete("/_index/people/json/one").json() == {"ok": True}
    assert people.delete("/_index/_design/people/json/two").json() == {"ok": True}
    assert people.get("/_design/people").status_code == 404
    assert people.delete("/_index/people/json/two").status_code == 404
    assert people.post("/_index", json={"index": {"fields": ["two"]}, "ddoc": "people"}).json()["result"] == "created"


def test_other_kinds_of_indexes_are_not_kept(people: httpx.Client) -> None:
    """Since nothing here would use them."""
    assert people.post("/_index", json={"index": {"fields": ["a"]}, "type": "text"}).status_code == 501
    assert people.post("/_index", json={"index": {}}).status_code == 400


def test_the_store_s_own_indexes_are_used(couch: httpx.Client) -> None:
    """A database for which the store has indexes gives the same answers."""
    couch.put("/cases")
    docs = [{"_id": f"{number:03}", "state": "open" if number % 2 else "closed", "n": number} for number in range(9)]
    couch.post("/cases/_bulk_docs", json={"docs": docs})
    with httpx.Client(base_url=f"{couch.base_url}/cases") as cases:
        assert found(cases, {"state": "open", "n": {"$gt": 3}}) == ["005", "007"]
        assert found(cases, {"state": "open", "_id": {"$gt": "005"}}) == ["007"]


def test_the_index_that_would_be_used_is_told(people: httpx.Client) -> None:
    """By `_explain`."""
    people.post("/_index", json={"index": {"fields": ["kind"]}, "name": "kinds"})
    told = people.post("/_explain", json={"selector": {"kind": "person"}}).json()
    assert told["index"]["name"] == "kinds"
    assert people.post("/_explain", json={"selector": {}}).json()["index"]["name"] == "_all_docs"

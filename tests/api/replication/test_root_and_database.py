"""The root, the figures of a database, and who is let in."""

from __future__ import annotations

import httpx
import pytest

from fieldsync.replication import Access
from fieldsync.stores.factory import open_store


def test_the_root_names_the_installation(service) -> None:
    """The root has a uuid that stays the same in every process that serves the store."""
    answer = httpx.get(service.url + "/", headers={"Authorization": "Bearer li.na"})
    assert answer.status_code == 200
    assert answer.json()["couchdb"] == "Welcome"
    assert isinstance(answer.json()["version"], str)
    other = open_store(service.store_url)
    assert answer.json()["uuid"] == other.uuid()
    other.close()


def test_a_database_tells_its_figures(client, put, cell) -> None:
    """The figures have what CouchDB's replicator looks for, with and without a slash at the end."""
    put("x", v=1)
    put("y", put("y", v=1), _deleted=True)
    figures = client.get("").json()
    assert figures == client.get("/").json()
    assert (figures["db_name"], figures["doc_count"], figures["doc_del_count"]) == (cell, 1, 1)
    assert figures["update_seq"].startswith("3-")
    assert figures["instance_start_time"] == "0"


def test_a_held_cell_cannot_be_created_again(client) -> None:
    """PUT on a database that is there answers 412, as PouchDB expects."""
    answer = client.put("")
    assert (answer.status_code, answer.json()["error"]) == (412, "file_exists")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("PUT", ""),
        ("GET", "/_changes"),
        ("GET", "/_changes?feed=longpoll"),
        ("POST", "/_bulk_docs"),
        ("POST", "/_bulk_get"),
        ("GET", "/_local/x"),
        ("PUT", "/_local/x"),
        ("GET", "/x"),
        ("GET", "/_no_such_thing"),
        ("PATCH", ""),
    ],
)
def test_foreign_and_absent_cells_are_forbidden_alike(service, cell, method, path) -> None:
    """A cell of somebody else and one that does not exist give the same 403 to every request."""
    foreign = service.client("nobody", cell).request(method, path)
    absent = service.client("nobody", "no-such-cell").request(method, path)
    assert (foreign.status_code, foreign.json()["error"]) == (403, "forbidden")
    assert foreign.content == absent.content


def test_requests_without_valid_credentials_are_unauthorized(service, cell) -> None:
    """The gate is asked by the root and by every cell."""
    for url in (f"{service.url}/", f"{service.url}/{cell}", f"{service.url}/{cell}/_changes?feed=continuous"):
        answer = httpx.get(url)
        assert (answer.status_code, answer.json()["error"]) == (401, "unauthorized")
        assert answer.headers["www-authenticate"] == "Bearer"


def test_an_unavailable_store_asks_the_client_to_come_back(service, client) -> None:
    """503 with Retry-After: a live replication backs off and goes on."""
    service.gate.broken = True
    try:
        for path in ("", "/_changes?feed=longpoll"):
            answer = client.get(path)
            assert (answer.status_code, answer.json()["error"]) == (503, "store_unavailable")
            assert int(answer.headers["retry-after"]) > 0
    finally:
        service.gate.broken = False


def test_wrong_methods_and_unknown_paths_are_json_errors(client) -> None:
    """405 names the methods that are meant; what does not exist below a held cell is 404."""
    answer = client.put("/_changes")
    assert (answer.status_code, answer.json()["error"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, POST"
    assert client.put("/_changes?feed=longpoll").status_code == 405
    for path in ("/_no_such_thing", "/_design/x/_view/y", "/_local", "/doc/attachment/with/slashes.jpg", "/a//b"):
        answer = client.get(path)
        assert (answer.status_code, answer.json()["error"]) == (404, "not_found")


def test_housekeeping_requests_are_confirmed(client) -> None:
    """Commits are durable anyway and compaction is the server's own affair."""
    commit = client.post("/_ensure_full_commit", json={})
    assert (commit.status_code, commit.json()) == (201, {"ok": True, "instance_start_time": "0"})
    assert client.post("/_compact", json={}).status_code == 202


def test_head_answers_like_get_without_a_body(client, put) -> None:
    """HEAD has the status and the headers of GET."""
    put("x", v=1)
    for path in ("", "/x", "/_changes", "/_changes?feed=longpoll&since=now", "/absent"):
        got, head = client.get(path), client.head(path)
        assert (head.status_code, head.content) == (got.status_code, b"")
        assert head.headers.get("etag") == got.headers.get("etag")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "", 200),
        ("PUT", "", 412),
        ("GET", "/_local/x", 404),
        ("PUT", "/_local/x", 201),
        ("POST", "/_revs_diff", 200),
        ("POST", "/_bulk_docs?docs", 400),
        ("PUT", "/new", 201),
        ("POST", "/_ensure_full_commit", 201),
        ("GET", "/_changes", 200),
        ("POST", "/_bulk_get", 403),
        ("GET", "/x", 403),
        ("HEAD", "/x", 403),
        ("GET", "/_all_docs", 403),
        ("POST", "/_all_docs", 403),
        ("GET", "/x/photo.jpg", 403),
        ("POST", "/_compact", 403),
    ],
)
def test_draining_allows_sending_and_no_reading(drainer, put, method, path, status) -> None:
    """After a handover the old holder may hand in what is left and read nothing more."""
    put("x", v=1)
    assert drainer.request(method, path, json={} if method in {"PUT", "POST"} else None).status_code == status


def test_draining_shows_no_changes_and_returns_since_as_it_came(service, drainer, put) -> None:
    """The feed of an old holder is empty whatever it asks, and its checkpoint stays where it was."""
    put("x", v=1)
    for since in ("0", "now", "17-foreign", "a b/%c"):
        for feed in ("normal", "longpoll"):
            parameters = {"since": since, "feed": feed, "timeout": "50", "include_docs": "true"}
            answer = drainer.get("/_changes", params=parameters)
            assert answer.status_code == 200
            assert answer.json() == {"results": [], "last_seq": since, "pending": 0}


def test_a_cell_that_is_held_again_shows_its_changes_again(service, drainer, put, cell) -> None:
    """The gate is asked at every request."""
    put("x", v=1)
    service.gate.access[("wang.wei", cell)] = Access.HELD
    assert [row["id"] for row in drainer.get("/_changes").json()["results"]] == ["x"]

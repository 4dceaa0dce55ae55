"""`fieldsync couch` under hostile requests: a clear answer to each, nothing half stored, memory that does not grow."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e import hostile
from tests.e2e.couch.conftest import Couch
from tests.e2e.hostile import GOOD, ODD, batch

JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Couch]:
    """Run an open server."""
    couch = Couch(tmp_path_factory.mktemp("hostile"))
    yield couch
    assert couch.stop()[0] == 0


_numbers = itertools.count()


@pytest.fixture
def db(server: Couch) -> Iterator[httpx.Client]:
    """Return a client of a new database."""
    with httpx.Client(base_url=f"{server.url}/db{next(_numbers)}", headers=JSON, timeout=30) as client:
        assert client.put("").status_code == 201
        yield client


def ids(db: httpx.Client) -> list[str]:
    """Return what is stored."""
    return [row["id"] for row in db.get("/_all_docs").json()["rows"]]


def test_refused(server: Couch, db: httpx.Client) -> None:
    """What cannot be read is refused with its reason, also when it comes again, and leaves nothing behind."""
    # Of each round's bomb half is unpacked before it is too much: three of them kept would be one and a half.
    assert hostile.leaked_bytes(server.pid, str(db.base_url).rstrip("/"), {}) < 0.75 * hostile.BOMB_BYTES
    assert ids(db) == []
    assert db.get("/_local/deep").status_code == 404


def test_judged(db: httpx.Client) -> None:
    """A document that may not be stored is an error in its own row, and the good one beside it is stored."""
    for what, bad in hostile.judged():
        answer = db.post("/_bulk_docs", content=batch(bad, GOOD))
        assert answer.status_code == 201, what
        assert [row["error"] for row in answer.json()] == ["bad_request"], what
    assert len(ids(db)) == 1


def test_odd(db: httpx.Client) -> None:
    """What is JSON and has a name is stored as it came, and found under its name."""
    assert db.post("/_bulk_docs", content=batch(*ODD.values())).json() == []
    assert ids(db) == sorted(["twice", "second", "half", "zero\0name", "zeros", "../../etc/passwd"])
    assert db.get("/zero%00name").json()["_id"] == "zero\0name"
    assert db.get("/..%2F..%2Fetc%2Fpasswd").json()["_id"] == "../../etc/passwd"
    assert db.get("/twice").json()["n"] == 2
    assert db.get("/half").text.count(r"\udc00x") == 1


@pytest.mark.parametrize("chunked", [True, False])
def test_cut(db: httpx.Client, chunked: bool) -> None:
    """A push whose connection ends before its body is none."""
    hostile.cut_off(str(db.base_url).rstrip("/"), {}, chunked=chunked)
    assert ids(db) == []


@pytest.mark.parametrize(
    "path", ["/..", "/%2e%2e", "/%2E%2E%2Fetc", "/a%2F..%2Fb", "/.", "/a%00b", "/a%0a", "/A", "/" + "a" * 300]
)
def test_no_database_has_such_a_name(server: Couch, tmp_path: Path, path: str) -> None:
    """Not a place outside of the store, nor a name that CouchDB would not take."""
    status, body = hostile.send(server.url, hostile.Request("a name", "PUT", path, b"", 400), {})
    assert (status, b"illegal_database_name" in body) == (400, True)

"""`_db_updates`: which databases changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from threading import Thread

import httpx

from tests.api.replication.conftest import PATIENCE_S


def _events(answer: dict, name: str) -> list[str]:
    return [row["type"] for row in answer["results"] if row["db_name"] == name]


def _now(couch: httpx.Client) -> str:
    return couch.get("/_db_updates", params={"since": "now"}).json()["last_seq"]


def test_the_life_of_a_database_is_told(couch: httpx.Client, name: str) -> None:
    """Made, changed, dropped; of each type the last event."""
    since = _now(couch)
    couch.put(f"/{name}")
    couch.put(f"/{name}/a", json={})
    couch.put(f"/{name}/b", json={})
    first = couch.get("/_db_updates", params={"since": since}).json()
    assert _events(first, name) == ["created", "updated"]
    couch.delete(f"/{name}")
    second = couch.get("/_db_updates", params={"since": first["last_seq"]}).json()
    assert _events(second, name) == ["deleted"]


def test_a_sequence_of_another_start_rewinds(couch: httpx.Client, db: httpx.Client, name: str) -> None:
    """So that nothing is missed."""
    for since in ("99999-abc", "nonsense", "0"):
        assert "created" in _events(couch.get("/_db_updates", params={"since": since}).json(), name)


def test_a_longpoll_waits_for_an_event(couch: httpx.Client, db: httpx.Client, name: str) -> None:
    """It ends with the first."""
    since, answers = _now(couch), list[httpx.Response]()
    query = {"since": since, "feed": "longpoll", "heartbeat": "100"}
    with couch.stream("GET", "/_db_updates", params=query) as answer:
        parts = answer.iter_bytes()
        received = next(parts)
        writer = Thread(target=lambda: answers.append(db.put("/a", json={})))
        writer.start()
        received += b"".join(parts)
    writer.join(PATIENCE_S)
    assert [answer.status_code for answer in answers] == [201]
    assert _events(json.loads(received), name) == ["updated"]


def test_a_longpoll_ends_without_an_event(couch: httpx.Client) -> None:
    """With the sequence that it began with."""
    since = _now(couch)
    query = {"since": since, "feed": "longpoll", "timeout": "50"}
    assert couch.get("/_db_updates", params=query).json() == {"results": [], "last_seq": since}


def test_a_continuous_feed_tells_of_every_event(couch: httpx.Client, name: str) -> None:
    """A line for each, empty lines between them."""
    query = {"since": "now", "feed": "continuous", "heartbeat": "100"}
    with couch.stream("GET", "/_db_updates", params=query, timeout=PATIENCE_S) as answer:
        lines = answer.iter_lines()
        next(lines)
        couch.put(f"/{name}")
        assert _next_event(lines, name) == "created"
        couch.put(f"/{name}/a", json={})
        assert _next_event(lines, name) == "updated"


def _next_event(lines: Iterator[str], name: str) -> str:
    events = (json.loads(line) for line in lines if line)
    return next(event["type"] for event in events if event["db_name"] == name)


def test_a_continuous_feed_ends_when_nothing_comes(couch: httpx.Client) -> None:
    """For a client that asks for no heartbeats, with the last sequence."""
    query = {"since": "now", "feed": "continuous", "timeout": "50", "heartbeat": "false"}
    last = couch.get("/_db_updates", params=query).text.splitlines()[-1]
    assert json.loads(last).keys() == {"last_seq"}

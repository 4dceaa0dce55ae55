"""Feeds that wait: longpoll and continuous."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest

from fieldsync.documents import cell_database
from fieldsync.replication import Access
from fieldsync.stores.base import Graft
from fieldsync.stores.factory import open_store

PATIENCE_S = 20


def until(is_so: Callable[[], object]) -> None:
    """Wait until something is so."""
    pause = threading.Event()
    for _ in range(int(PATIENCE_S / 0.01)):
        if is_so():
            return
        pause.wait(0.01)
    raise AssertionError(f"not within {PATIENCE_S} s")


@contextmanager
def waiting(service, client: httpx.Client, **parameters: str) -> Iterator[tuple[httpx.Response, Iterator[bytes]]]:
    """Open a feed and give it once it waits: its headers have come and it holds a bell."""
    before = service.replication.waiting
    with client.stream("GET", "/_changes", params={"feed": "longpoll", **parameters}) as answer:
        until(lambda: service.replication.waiting > before)
        yield answer, answer.iter_raw()


def rest_of(chunks: Iterator[bytes]) -> dict:
    """Read a longpoll to its end."""
    return json.loads(b"".join(chunks))


def test_a_longpoll_with_changes_answers_at_once(client, put) -> None:
    """What is there already is not waited for."""
    put("x", v=1)
    answer = client.get("/_changes?feed=longpoll&timeout=60000").json()
    assert [row["id"] for row in answer["results"]] == ["x"]
    assert answer["last_seq"] == answer["results"][0]["seq"]


def test_a_longpoll_is_woken_by_a_write(service, client, put) -> None:
    """Headers and the opening come at once, the row as soon as it is written."""
    with waiting(service, client, since="now") as (answer, chunks):
        assert answer.status_code == 200
        assert next(chunks).startswith(b'{"results":[')
        rev = put("x", v=1)
        assert json.loads(b'{"results":[' + b"".join(chunks))["results"][0]["changes"] == [{"rev": rev}]


def test_heartbeats_are_newlines_and_the_body_still_parses(service, client, put) -> None:
    """A waiting longpoll sends a newline now and then; all of it together is one JSON object."""
    with waiting(service, client, since="now", heartbeat="100") as (_, chunks):
        seen = b""
        while seen.count(b"\n") < 4:
            seen += next(chunks)
        put("x", v=1)
        answer = json.loads(seen + b"".join(chunks))
    assert [row["id"] for row in answer["results"]] == ["x"]


def test_an_idle_longpoll_ends_empty_at_the_sequence_it_read(service, client, put) -> None:
    """The end comes after the timeout, or after the longest wait for a client that only wants heartbeats."""
    put("x", v=1)
    seq = client.get("").json()["update_seq"]
    for parameters in ({"timeout": "100"}, {"heartbeat": "400"}, {"timeout": "9999999", "heartbeat": "true"}):
        answer = client.get("/_changes", params={"feed": "longpoll", "since": seq, **parameters})
        assert answer.json() == {"results": [], "last_seq": seq, "pending": 0}


def test_a_filtered_longpoll_waits_for_its_documents_only(service, client, put) -> None:
    """Other documents do not end it, and its last_seq has passed them."""
    with service.client("li.na", str(client.base_url).split("/")[-2]) as writer:
        with waiting(service, client, since="now", filter="_doc_ids", doc_ids='["wanted"]') as (_, chunks):
            writer.put("/other", json={"v": 1})
            writer.put("/wanted", json={"v": 1})
            answer = rest_of(chunks)
        assert [row["id"] for row in answer["results"]] == ["wanted"]
        assert answer["last_seq"] == writer.get("").json()["update_seq"]


def test_a_continuous_feed_sends_a_line_per_row_and_closes_with_its_sequence(service, client, put) -> None:
    """Rows come as they are written, heartbeats are empty lines, and the limit ends the feed."""
    put("before", v=1)
    with waiting(service, client, feed="continuous", limit="3", heartbeat="100") as (answer, _):
        lines = answer.iter_lines()
        assert json.loads(next(lines))["id"] == "before"
        put("during", v=1)
        rows = [json.loads(line) for line in [next(lines) for _ in range(4)] if line]
        assert [row["id"] for row in rows] == ["during"]
        put("last", v=1)
        rest = [json.loads(line) for line in lines if line]
    assert rest[0]["id"] == "last"
    assert rest[1] == {"last_seq": rest[0]["seq"], "pending": 0}


def test_a_quiet_continuous_feed_ends_after_its_timeout(client, put) -> None:
    """Without heartbeats the closing line comes when nothing came for long enough."""
    put("x", v=1)
    lines = client.get("/_changes?feed=continuous&timeout=100").text.splitlines()
    assert [sorted(json.loads(line)) for line in lines] == [["changes", "id", "seq"], ["last_seq", "pending"]]


@pytest.mark.parametrize("feed", ["longpoll", "continuous"])
def test_a_feed_shows_nothing_after_a_handover(service, client, put, cell, feed) -> None:
    """A feed that waits when its holder begins to drain is woken by the next write and shows none of it."""
    put("x", v=1)
    seq = client.get("").json()["update_seq"]
    with service.client("wang.wei", cell) as old, waiting(service, old, feed=feed, since=seq) as (_, chunks):
        service.gate.access[("wang.wei", cell)] = Access.DRAINING
        put("secret", v=1)
        body = b"".join(chunks)
    assert b"secret" not in body
    assert json.loads(body.splitlines()[-1] if feed == "continuous" else body)["last_seq"] == seq


@pytest.mark.parametrize("feed", ["longpoll", "continuous"])
def test_a_feed_of_a_draining_tablet_is_held(service, drainer, put, feed) -> None:
    """It is kept open with heartbeats until its time is over: an answer at once would be asked again at once."""
    put("secret", v=1)
    parameters = {"feed": feed, "since": "0", "heartbeat": "100"}
    with waiting(service, drainer, **parameters) as (_, chunks):
        body = b"".join(chunks)
    assert b"secret" not in body
    assert body.count(b"\n") > 5
    assert json.loads(body)["last_seq"] == "0"


@pytest.mark.parametrize("feed", ["longpoll", "continuous"])
def test_a_feed_of_somebody_who_was_cut_off_ends_empty(service, client, put, cell, feed) -> None:
    """Woken by a write it finds the gate closed, and ends without a row."""
    put("x", v=1)
    seq = client.get("").json()["update_seq"]
    with service.client("wang.wei", cell) as lost, waiting(service, lost, feed=feed, since=seq) as (_, chunks):
        del service.gate.access[("wang.wei", cell)]
        put("secret", v=1)
        body = b"".join(chunks)
    assert b"secret" not in body
    assert json.loads(body)["last_seq"] == seq


def test_a_client_that_leaves_frees_its_place(service, client) -> None:
    """A closed connection ends the wait."""
    with waiting(service, client, since="now", feed="continuous", heartbeat="60000"):
        pass
    until(lambda: service.replication.waiting == 0)


def test_writes_of_another_process_are_noticed(service, client, cell, rev) -> None:
    """A store opened a second time gives no hint to this one; the sequence is looked at all the same."""
    other = open_store(service.store_url)
    with waiting(service, client, since="now", timeout="15000") as (_, chunks):
        other.create(cell_database(cell)).graft([Graft("elsewhere", (rev("1-a"),), b"{}")])
        assert [row["id"] for row in rest_of(chunks)["results"]] == ["elsewhere"]
    other.close()


def test_many_waiting_feeds_are_all_woken(service, client, put) -> None:
    """More feeds than there are threads wait at once, and one write wakes every one."""
    count = 60
    answers: list[dict] = []

    def wait() -> None:
        answers.append(client.get("/_changes?feed=longpoll&since=now&heartbeat=1000").json())

    threads = [threading.Thread(target=wait) for _ in range(count)]
    for thread in threads:
        thread.start()
    until(lambda: service.replication.waiting == count)
    put("x", v=1)
    for thread in threads:
        thread.join(PATIENCE_S)
    assert [len(answer["results"]) for answer in answers] == [1] * count

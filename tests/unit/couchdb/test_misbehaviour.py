"""A CouchDB that is busy, away, cut off or unsure: never a false acknowledgement, never a write done twice."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from fieldsync.documents import DocId, Rev
from fieldsync.errors import BadInput, Conflict, StoreUnavailable
from fieldsync.stores.base import ChangesQuery, ChangesView, Database, Graft, Put, Query, Store
from fieldsync.stores.couchdb import client
from fieldsync.stores.factory import open_store
from tests.e2e.processes import free_port
from tests.unit.couchdb.unruly import HALF_AN_ANSWER, LOST_ANSWER, LOST_REQUEST, Trick, Unruly, answer

A, B = DocId("a"), DocId("b")
FIRST = Rev("1-" + "a" * 32)
SECOND = Rev("2-" + "b" * 32)

WRITES: list[tuple[str, Callable[[Store, Database], Any]]] = [
    ("POST _bulk_docs", lambda _, cell: cell.graft([Graft(B, (FIRST,), b"{}")])),
    ("POST _bulk_docs", lambda _, cell: cell.put(Put(B, b"{}"))),
    ("POST _bulk_docs", lambda _, cell: cell.add([(B, b"{}")])),
    ("PUT _local", lambda _, cell: cell.put_local("x", b"{}")),
    ("POST _bulk_docs", lambda store, _: store.blobs().put({"md5-x": b"x"})),
    ("PUT cell-2", lambda store, _: store.create("cell-2")),
    ("DELETE cell-1", lambda store, _: store.delete("cell-1")),
]
READS: list[tuple[str, Callable[[Database], Any]]] = [
    ("GET cell-1", lambda cell: cell.info()),
    ("GET _changes", lambda cell: cell.changes(ChangesQuery())),
    ("GET _changes", lambda cell: cell.rows(ChangesQuery(), ChangesView(include_docs=True))),
    ("POST _bulk_get", lambda cell: cell.bulk([(A, None)], latest=True, history=True)),
    ("POST _bulk_get", lambda cell: cell.get(A)),
    ("POST _revs_diff", lambda cell: cell.missing({A: [FIRST]})),
    ("GET _all_docs", lambda cell: list(cell.documents())),
    ("POST _find", lambda cell: cell.find(Query({"data.household": "h"}))),
    ("GET open_revs", lambda cell: cell.leaves(A)),
]


@pytest.fixture
def written(cell: Database) -> Database:
    """A cell with one document and a checkpoint."""
    cell.put(Put(A, b'{"data":{"household":"h"}}'))
    cell.put_local("kept", b"{}")
    return cell


@pytest.mark.parametrize(("request_", "write"), WRITES)
def test_a_missed_quorum_is_not_acknowledged(
    store: Store, cell: Database, unruly: Unruly, request_: str, write: Callable[[Store, Database], Any]
) -> None:
    """202 means that too few nodes have it, though the document may be there."""
    store.blobs()
    unruly.next(request_, Trick(status=202, body=b"[]"))
    with pytest.raises(StoreUnavailable, match=r"too few of its nodes.*nothing was acknowledged"):
        write(store, cell)
    assert unruly.has_played()


KEPT_ON_TOO_FEW = Trick(status=202, body=b"[]")


def _writes(unruly: Unruly) -> int:
    """Count the writes that were sent."""
    return sum("_bulk_docs" in line for line in unruly.seen)


def test_what_too_few_nodes_have_is_not_known_until_enough_have_it(cell: Database, unruly: Unruly) -> None:
    """The document is there, yet whoever asks for it gets no answer before it was written again and confirmed."""
    graft = Graft(A, (SECOND, FIRST), b'{"n":2}')
    unruly.next("POST _bulk_docs", KEPT_ON_TOO_FEW, KEPT_ON_TOO_FEW)
    for ask in (lambda: cell.graft([graft]), lambda: cell.missing({A: [SECOND]})):
        with pytest.raises(StoreUnavailable, match="too few of its nodes"):
            ask()
    assert unruly.has_played()
    assert cell.missing({A: [SECOND]}) == {}
    assert cell.missing({A: [SECOND]}) == {}
    assert _writes(unruly) == 3
    assert (cell.get(A).path, cell.get(A).body) == ((SECOND, FIRST), b'{"n":2}')


@pytest.mark.parametrize("write", [lambda cell: cell.put(Put(B, b"{}")), lambda cell: cell.add([(B, b"{}")])])
def test_an_ordinary_write_on_too_few_nodes_is_written_again_too(
    cell: Database, unruly: Unruly, write: Callable[[Database], Any]
) -> None:
    """Its repeat is refused as a second one, after what is there was confirmed."""
    unruly.next("POST _bulk_docs", KEPT_ON_TOO_FEW)
    with pytest.raises(StoreUnavailable):
        write(cell)
    before = _writes(unruly)
    with suppress(Conflict):
        assert write(cell) == [False]
    assert _writes(unruly) > before
    assert len(cell.get(B).path) == 1


def test_a_photo_on_too_few_nodes_is_written_again(store: Store, unruly: Unruly) -> None:
    """Once more when it is sent again, and then no more."""
    photos = store.blobs()
    unruly.next("POST _bulk_docs", KEPT_ON_TOO_FEW)
    with pytest.raises(StoreUnavailable):
        photos.put({"md5-x": b"x"})
    counts = []
    for _ in range(3):
        photos.put({"md5-x": b"x"})
        counts.append(_writes(unruly))
    assert counts == [2, 2, 2]
    assert photos.get("md5-x") == b"x"


@pytest.mark.parametrize(("request_", "read"), READS)
def test_a_passing_trouble_is_not_noticed(
    written: Database, unruly: Unruly, request_: str, read: Callable[[Database], Any]
) -> None:
    """The question is asked again, and the answer is the same."""
    expected = read(written)
    for trick in (LOST_REQUEST, HALF_AN_ANSWER, *map(answer, (429, 500, 502, 503, 504))):
        unruly.next(request_, trick)
        assert read(written) == expected
        assert unruly.has_played()


@pytest.mark.parametrize(("request_", "write"), WRITES)
def test_a_write_that_was_not_heard_is_repeated(
    store: Store, cell: Database, unruly: Unruly, request_: str, write: Callable[[Store, Database], Any]
) -> None:
    """It is done once the trouble has passed."""
    store.blobs()
    unruly.next(request_, answer(503), LOST_REQUEST)
    assert write(store, cell) not in ([False], False)
    assert unruly.has_played()


@pytest.mark.parametrize("trick", [answer(503), LOST_REQUEST, HALF_AN_ANSWER])
def test_a_lasting_trouble_is_told(store: Store, cell: Database, unruly: Unruly, trick: Trick) -> None:
    """Every call ends, and says where and that nothing was acknowledged; afterwards all is well."""
    for request_ in ("GET", "POST", "PUT", "DELETE"):
        unruly.always(f"{request_} cell-1", trick)
    for call in (cell.info, lambda: cell.put(Put(A, b"{}")), lambda: cell.put_local("x", b"")):
        with pytest.raises(StoreUnavailable, match=rf"127.0.0.1:{unruly.port}.*nothing was acknowledged"):
            call()
    unruly.behave()
    cell.put(Put(B, b"{}"))
    assert cell.get(B) is not None


def test_a_graft_whose_answer_was_lost_is_there_once(cell: Database, unruly: Unruly) -> None:
    """It was new to whoever sent it."""
    unruly.next("POST _bulk_docs", LOST_ANSWER, HALF_AN_ANSWER)
    cell.graft([Graft(A, (FIRST,), b'{"n":1}')])
    assert cell.graft([Graft(A, (SECOND, FIRST), b'{"n":2}')]) == [True]
    assert [row.id for row in cell.changes(ChangesQuery()).rows] == ["a"]
    assert cell.get(A).path == (SECOND, FIRST)


@pytest.mark.parametrize("deleted", [False, True])
def test_a_put_whose_answer_was_lost_is_known_again(cell: Database, unruly: Unruly, deleted: bool) -> None:
    """The refusal of the second try is the trace of the first."""
    unruly.next("POST _bulk_docs", LOST_ANSWER)
    first = cell.put(Put(A, b'{"n": 1.0}'))
    unruly.next("POST _bulk_docs", LOST_ANSWER)
    second = cell.put(Put(A, b'{"n":2}', first, deleted))
    assert cell.get(A).path == (second, first)
    assert unruly.has_played()


def test_a_put_whose_answer_was_lost_and_that_others_built_on_is_known(
    store: Store, cell: Database, unruly: Unruly, direct_url: str
) -> None:
    """Another process has edited it before the second try."""
    other = open_store(direct_url)
    first = cell.put(Put(A, b'{"n":1}'))

    def edit() -> None:
        there = other.database("cell-1")
        there.put(Put(A, b'{"n":3}', there.get(A).rev))

    unruly.next("POST _bulk_docs", LOST_ANSWER, Trick(before=edit))
    second = cell.put(Put(A, b'{"n":2}', first))
    assert cell.get(A).path[1:] == (second, first)
    assert cell.get(A, second).body == b'{"n":2}'
    other.close()


@pytest.mark.parametrize("parent", [True, False])
def test_a_put_that_lost_to_another_is_a_conflict(
    cell: Database, unruly: Unruly, direct_url: str, parent: bool
) -> None:
    """Its request was lost, and meanwhile somebody else wrote."""
    other = open_store(direct_url)
    first = cell.put(Put(A, b'{"n":1}')) if parent else None

    def edit() -> None:
        other.database("cell-1").put(Put(A, b'{"n":"theirs"}', first))

    unruly.next("POST _bulk_docs", Trick(forward=False, cut=0, before=edit))
    with pytest.raises(Conflict):
        cell.put(Put(A, b'{"n":"ours"}', first))
    assert cell.get(A).body == b'{"n":"theirs"}'
    other.close()


def test_an_add_whose_answer_was_lost_was_new(cell: Database, unruly: Unruly) -> None:
    """Only what it wrote itself counts, not what was there."""
    cell.add([(B, b'{"n":"b"}')])
    unruly.next("POST _bulk_docs", LOST_ANSWER)
    assert cell.add([(A, b'{"n":1}'), (B, b'{"n":"b"}')]) == [True, False]
    unruly.next("POST _bulk_docs", LOST_ANSWER)
    assert cell.add([(A, b'{"n":1}')]) == [False]


def test_an_add_that_lost_to_another_was_not_new(cell: Database, unruly: Unruly, direct_url: str) -> None:
    """Another process was first, with another body."""
    other = open_store(direct_url)
    before = Trick(forward=False, cut=0, before=lambda: other.database("cell-1").add([(A, b'{"n":"theirs"}')]))
    unruly.next("POST _bulk_docs", before)
    assert cell.add([(A, b'{"n":"ours"}')]) == [False]
    other.close()


def test_other_lost_answers_are_made_up_for(store: Store, cell: Database, unruly: Unruly) -> None:
    """Making, dropping, checkpoints and contents."""
    unruly.next("PUT cell-2", LOST_ANSWER)
    assert store.create("cell-2").info().doc_count == 0
    unruly.next("DELETE cell-2", LOST_ANSWER)
    assert store.delete("cell-2")
    unruly.next("PUT _local", LOST_ANSWER)
    cell.put_local("x", b"1")
    unruly.next("DELETE _local", LOST_ANSWER)
    assert cell.delete_local("x")
    blobs = store.blobs()
    unruly.next("POST _bulk_docs", LOST_ANSWER)
    blobs.put({"md5-x": b"x"})
    assert blobs.get("md5-x") == b"x"


def test_who_is_refused_is_told_who_and_never_the_password(
    store: Store, cell: Database, unruly: Unruly, caplog: pytest.LogCaptureFixture
) -> None:
    """Not in the error, not in any log line, whatever is logged."""
    caplog.set_level(logging.DEBUG)
    for status in (401, 403):
        unruly.next("GET cell-1", answer(status))
        with pytest.raises(StoreUnavailable, match="refuses the store's user 'tester'") as caught:
            cell.info()
        assert "secret" not in str(caught.value)
    store.names()
    store.create("cell-2").put(Put(A, b"{}"))
    assert caplog.records
    assert not [record for record in caplog.records if "secret" in record.getMessage()]
    assert "secret" not in repr(vars(store))


def test_an_answer_that_ends_in_an_error_is_none(written: Database, unruly: Unruly) -> None:
    """CouchDB has sent 200 by then; the error comes inside."""
    unruly.next("GET _changes", answer(200, b'{"results":[\n{"error":"timeout","reason":"The request timed out."}\n'))
    with pytest.raises(StoreUnavailable):
        written.changes(ChangesQuery())
    fault = b'{"results":[{"id":"a","docs":[{"error":{"id":"a","rev":"x","error":"timeout","reason":"slow"}}]}]}'
    for read in (lambda: written.get(A), lambda: written.bulk([(A, None)], latest=True, history=True)):
        unruly.next("POST _bulk_get", answer(200, fault))
        with pytest.raises(StoreUnavailable, match="timeout"):
            read()
    unruly.next("POST _bulk_get", answer(200, b'{"results":[]}'))
    with pytest.raises(StoreUnavailable, match="0 results for 1"):
        written.get(A)


@pytest.mark.parametrize("rows", [b'[{"id":"a","error":"internal_server_error","reason":"x"}]', b"[]", b"{"])
def test_a_row_that_failed_is_not_acknowledged(cell: Database, unruly: Unruly, rows: bytes) -> None:
    """Nor is an answer that does not speak of every document."""
    unruly.next("POST _bulk_docs", answer(201, rows))
    with pytest.raises(StoreUnavailable):
        cell.add([(A, b"{}")])
    unruly.next("POST _bulk_docs", answer(201, rows))
    with pytest.raises(StoreUnavailable):
        cell.put(Put(A, b"{}"))


def test_what_couchdb_finds_bad_or_too_large_is_bad_input(cell: Database, unruly: Unruly) -> None:
    """It will not get better by trying again."""
    for trick in (answer(400), answer(413), answer(201, b'[{"id":"a","error":"doc_validation","reason":"x"}]')):
        unruly.next("POST _bulk_docs", trick)
        with pytest.raises(BadInput):
            cell.graft([Graft(A, (FIRST,), b"{}")])


@pytest.mark.parametrize("status", [400, 500])
def test_a_position_that_couchdb_cannot_read_rewinds(written: Database, unruly: Unruly, status: int) -> None:
    """It says so by 400, or by an error of Erlang's."""
    clause = b'{"error":"case_clause","reason":"foo","ref":1}'
    unruly.next("GET _changes since=7-g2o", answer(status, clause))
    assert [row.id for row in written.changes(ChangesQuery("7-g2o")).rows] == ["a"]
    assert unruly.has_played()


def test_a_couchdb_that_is_away_is_told_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the place, and without the password."""
    monkeypatch.setattr(client, "PATIENCE_S", 0.2)
    port = free_port()
    with pytest.raises(StoreUnavailable, match=f"CouchDB at 127.0.0.1:{port} does not answer") as caught:
        open_store(f"couchdb://tester:secret@127.0.0.1:{port}/x")
    assert "secret" not in str(caught.value)


def test_a_closed_store_says_so(store: Store, cell: Database) -> None:
    """Its databases too, and closing twice is nothing."""
    store.close()
    store.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        cell.info()


def test_writes_of_other_processes_are_heard(url: str, store: Store, unruly: Unruly, direct_url: str) -> None:
    """From one feed for all listeners, which is connected again when it breaks, and ends at once."""
    direct = open_store(direct_url)
    heard = [threading.Event(), threading.Event()]
    other = open_store(direct_url)
    for event in heard:
        other.watch(lambda _, event=event: event.set())
    cell = direct.create("cell-1")
    tries = 0
    while not all(event.wait(0.1) for event in heard):
        cell.put(Put(DocId(f"d{tries}"), b"{}"))
        tries += 1
        assert tries < 200
    other.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "couchdb-updates" and thread.is_alive()]
    direct.close()


def test_a_feed_that_breaks_is_connected_again(store: Store, unruly: Unruly) -> None:
    """And a server that has none is asked again, later."""
    again = threading.Event()
    unruly.next("GET _db_updates", LOST_REQUEST, answer(404), Trick(forward=False, cut=0, before=again.set))
    store.watch(lambda _: None)
    assert again.wait(30)
    assert unruly.has_played()
    store.close()

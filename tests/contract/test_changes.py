"""The changes: every document once, at its latest sequence, in order and without holes."""

from __future__ import annotations

import hashlib
import threading
import uuid
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldsync.documents import DocId, Rev
from fieldsync.errors import Conflict
from fieldsync.stores.base import Change, ChangesQuery, Database, Graft, Put, Store


def rev(generation: int, name: str) -> Rev:
    return Rev(f"{generation}-{hashlib.md5(name.encode()).hexdigest()}")


def edit(database: Database, doc_id: str) -> None:
    """Write a further revision of a document."""
    found = database.get(DocId(doc_id))
    path = found.path if found else ()
    database.graft([Graft(DocId(doc_id), (rev(len(path) + 1, doc_id), *path), b"{}")])


def pages(database: Database, since: str, limit: int) -> Iterator[tuple[Change, ...]]:
    """Yield pages until an empty one."""
    while rows := (page := database.changes(ChangesQuery(since, limit=limit))).rows:
        yield rows
        since = page.last_seq


def number(seq: str) -> int:
    return int(seq.partition("-")[0])


def test_an_empty_database_has_no_changes(cell: Database) -> None:
    """Its page is empty and complete, and reading on from its end stays empty."""
    page = cell.changes(ChangesQuery())
    assert (page.rows, page.pending) == ((), 0)
    assert cell.changes(ChangesQuery(page.last_seq)).rows == ()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from("abcdefghij"), min_size=1, max_size=40), st.integers(1, 12))
def test_pages_of_any_size_give_each_document_once(store: Store, edits: list[str], limit: int) -> None:
    """In the order of their last edit, with no empty page before the end and the right number pending."""
    cell = store.create(f"cell-{uuid.uuid4()}")
    for doc_id in edits:
        edit(cell, doc_id)
    expected = list(dict.fromkeys(reversed(edits)))[::-1]
    seen: list[str] = []
    since = "0"
    while len(seen) < len(expected):
        page = cell.changes(ChangesQuery(since, limit=limit))
        assert 0 < len(page.rows) <= limit
        seen += [row.id for row in page.rows]
        assert page.pending == len(expected) - len(seen)
        assert page.last_seq == page.rows[-1].seq
        since = page.last_seq
    assert seen == expected
    assert cell.changes(ChangesQuery(since, limit=limit)).rows == ()


def test_pending_is_right_over_many_sequences(cell: Database) -> None:
    """Also where most documents were written again long after, from any position."""
    cell.add([(DocId(f"d{n:04}"), b"{}") for n in range(900)])
    for n in range(0, 900, 3):
        edit(cell, f"d{n:04}")
    rows = cell.changes(ChangesQuery()).rows
    assert len(rows) == 900
    for position in range(0, 900, 37):
        page = cell.changes(ChangesQuery(rows[position].seq, limit=0))
        assert page.pending == 900 - position - 1


def test_sequences_increase_strictly(cell: Database) -> None:
    """Each row's number is greater than the one before, and the last is the database's."""
    cell.add([(DocId(f"d{n}"), b"{}") for n in range(50)])
    edit(cell, "d7")
    rows = cell.changes(ChangesQuery()).rows
    numbers = [number(row.seq) for row in rows]
    assert numbers == sorted(set(numbers))
    assert rows[-1].id == "d7"
    assert cell.changes(ChangesQuery()).last_seq == cell.info().update_seq


def test_a_limit_of_nothing_tells_what_is_pending(cell: Database) -> None:
    """No rows, and the position does not move."""
    cell.add([(DocId(f"d{n}"), b"{}") for n in range(5)])
    third = cell.changes(ChangesQuery(limit=3)).last_seq
    page = cell.changes(ChangesQuery(third, limit=0))
    assert (page.rows, page.last_seq, page.pending) == ((), third, 2)
    assert cell.changes(ChangesQuery(limit=0)).pending == 5


def test_now_reads_nothing_and_names_the_present(cell: Database) -> None:
    """What is written afterwards comes after it."""
    cell.add([(DocId("old"), b"{}")])
    page = cell.changes(ChangesQuery("now"))
    assert page.rows == ()
    cell.add([(DocId("new"), b"{}")])
    assert [row.id for row in cell.changes(ChangesQuery(page.last_seq)).rows] == ["new"]


@pytest.mark.parametrize(
    "since", ["", "x", "-1", "1", "999999999999999999999", "1-", "1-zz", "null", "1-00000000x", "0x1"]
)
def test_a_malformed_position_rewinds(cell: Database, since: str) -> None:
    """It is never an error and never skips ahead."""
    cell.add([(DocId("a"), b"{}"), (DocId("b"), b"{}")])
    assert [row.id for row in cell.changes(ChangesQuery(since)).rows] == ["a", "b"]


def test_a_position_of_another_database_rewinds(store: Store) -> None:
    """Also one of an earlier database of the same name."""
    first = store.create("cell-1")
    first.add([(DocId(f"d{n}"), b"{}") for n in range(9)])
    foreign = first.changes(ChangesQuery(limit=2)).last_seq
    second = store.create("cell-2")
    second.add([(DocId("a"), b"{}"), (DocId("b"), b"{}"), (DocId("c"), b"{}")])
    assert len(second.changes(ChangesQuery(foreign)).rows) == 3
    store.delete("cell-1")
    again = store.create("cell-1")
    again.add([(DocId("a"), b"{}"), (DocId("b"), b"{}"), (DocId("c"), b"{}")])
    assert len(again.changes(ChangesQuery(foreign)).rows) == 3


def test_a_position_beyond_the_present_rewinds(cell: Database) -> None:
    """As after a restore of older files: nothing is skipped."""
    cell.add([(DocId("a"), b"{}")])
    seq = cell.info().update_seq
    beyond = f"{number(seq) + 5}-{seq.partition('-')[2]}"
    assert [row.id for row in cell.changes(ChangesQuery(beyond)).rows] == ["a"]


def test_a_filter_by_identifiers_moves_past_what_it_skips(cell: Database) -> None:
    """Only the named documents are shown, and the position still reaches the end."""
    cell.add([(DocId(f"d{n:02}"), b"{}") for n in range(30)])
    wanted = frozenset({"d03", "d11", "nobody", "quo\"te'\u00e9\U0001f600"})
    page = cell.changes(ChangesQuery(ids=wanted))
    assert [row.id for row in page.rows] == ["d03", "d11"]
    assert page.pending == 0
    assert cell.changes(ChangesQuery(page.last_seq)).rows == ()


def test_a_filtered_page_stops_at_its_last_row(cell: Database) -> None:
    """With a limit, the position never passes a row that was not given."""
    cell.add([(DocId(f"d{n:02}"), b"{}") for n in range(30)])
    wanted = frozenset({"d03", "d11", "d20"})
    first = cell.changes(ChangesQuery(limit=2, ids=wanted))
    assert ([row.id for row in first.rows], first.last_seq) == (["d03", "d11"], first.rows[-1].seq)
    second = cell.changes(ChangesQuery(first.last_seq, limit=2, ids=wanted))
    assert [row.id for row in second.rows] == ["d20"]
    assert cell.changes(ChangesQuery(second.last_seq, ids=wanted)).rows == ()


def test_a_filter_wider_than_what_is_left_still_works(cell: Database) -> None:
    """Many identifiers, few changes: only the changed ones after the position."""
    cell.add([(DocId(f"d{n:02}"), b"{}") for n in range(30)])
    since = cell.info().update_seq
    edit(cell, "d05")
    edit(cell, "e")
    page = cell.changes(ChangesQuery(since, ids=frozenset(f"d{n:02}" for n in range(30))))
    assert [row.id for row in page.rows] == ["d05"]
    assert cell.changes(ChangesQuery(since, limit=0, ids=frozenset({"d05", "d06", "d07"}))).pending >= 1


def test_descending_is_the_same_backwards(cell: Database) -> None:
    """The newest first; a limit gives the newest."""
    cell.add([(DocId(f"d{n}"), b"{}") for n in range(6)])
    rows = cell.changes(ChangesQuery()).rows
    assert cell.changes(ChangesQuery(descending=True)).rows == rows[::-1]
    newest = cell.changes(ChangesQuery(descending=True, limit=2))
    assert newest.rows == rows[:-3:-1]


def test_a_reader_that_follows_misses_nothing_while_threads_write(cell: Database) -> None:
    """No row appears behind a position that was already passed."""
    threads = [threading.Thread(target=_write, args=(cell, f"w{n}", 60)) for n in range(4)]
    for thread in threads:
        thread.start()
    seen: list[str] = []
    since = "0"
    while True:
        ended = not any(thread.is_alive() for thread in threads)
        for rows in pages(cell, since, 7):
            assert all(number(a.seq) < number(b.seq) for a, b in pairwise(rows))
            assert number(since) < number(rows[0].seq)
            seen += [row.id for row in rows if row.id != "shared"]
            since = rows[-1].seq
        if ended:
            break
    assert sorted(seen) == sorted(f"w{n}-{k}" for n in range(4) for k in range(60))
    assert len(cell.get(DocId("shared")).path) == 4 * 60 // 10


def _write(cell: Database, name: str, count: int) -> None:
    for turn in range(count):
        cell.put(Put(DocId(f"{name}-{turn}"), b"{}"))
        if turn % 10 == 0:
            _write_shared(cell, f"{name}-{turn}")


def _write_shared(cell: Database, mark: str) -> None:
    while True:
        found = cell.get(DocId("shared"))
        try:
            cell.put(Put(DocId("shared"), b'{"by":"%s"}' % mark.encode(), found.rev if found else None))
        except Conflict:
            continue
        return

"""Databases of a store: made, named, dropped, watched, opened again."""

from __future__ import annotations

import threading

import pytest

from fieldsync.documents import DocId
from fieldsync.errors import BadInput, DatabaseMissing
from fieldsync.stores.base import ChangesQuery, Database, Put, Store
from fieldsync.stores.factory import open_store


def test_a_new_store_holds_nothing(store: Store) -> None:
    """No names, and any database is missing."""
    assert store.names() == []
    with pytest.raises(DatabaseMissing):
        store.database("cell-1").info()


def test_names_are_sorted_and_what_they_were(store: Store) -> None:
    """Also names with the marks that a file could not have."""
    names = ["registry", "a/b", "cell-510107001001001", "cell-510107001001001-sealed", "a_b$(c)+d"]
    for name in names:
        assert store.create(name).name == name
    assert store.names() == sorted(names)
    for name in names:
        store.database(name).put(Put(DocId(name), b"{}"))
    assert [[found.id for found in store.database(name).documents()] for name in names] == [[name] for name in names]


def test_making_a_database_twice_keeps_what_it_holds(store: Store) -> None:
    """The second time is the same database."""
    store.create("registry").put(Put(DocId("a"), b"{}"))
    assert store.create("registry").get(DocId("a")) is not None
    assert store.names() == ["registry"]


def test_threads_make_one_database_together(store: Store) -> None:
    """All get the same one, and none fails."""
    barrier = threading.Barrier(8)
    failures: list[BaseException] = []

    def make(mark: int) -> None:
        barrier.wait()
        try:
            for turn in range(5):
                store.create(f"cell-{turn}").add([(DocId(f"d{mark}"), b"{}")])
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=make, args=(mark,)) for mark in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert [store.database(f"cell-{turn}").info().doc_count for turn in range(5)] == [8] * 5


def test_a_dropped_database_is_gone_with_all_it_held(store: Store) -> None:
    """Its handles fail clearly, and one of the same name begins empty, with sequences of its own."""
    cell = store.create("cell-1")
    cell.put(Put(DocId("a"), b"{}"))
    cell.put_local("checkpoint", b"{}")
    before = cell.info().update_seq
    assert store.delete("cell-1")
    assert not store.delete("cell-1")
    assert store.names() == []
    with pytest.raises(DatabaseMissing):
        cell.get(DocId("a"))
    with pytest.raises(DatabaseMissing):
        cell.put(Put(DocId("a"), b"{}"))
    again = store.create("cell-1")
    assert (again.info().doc_count, again.local("checkpoint"), again.get(DocId("a"))) == (0, None, None)
    again.put(Put(DocId("b"), b"{}"))
    assert again.info().update_seq != before
    assert cell.get(DocId("b")) is not None


@pytest.mark.parametrize("name", ["", "x" * 400])
def test_a_name_that_cannot_be_kept_is_refused(store: Store, name: str) -> None:
    """It says what a name may be."""
    with pytest.raises(BadInput):
        store.create(name)


def test_the_figures_follow_the_writes(cell: Database) -> None:
    """Documents, tombstones and the sequence, under the database's name."""
    assert (cell.info().name, cell.info().doc_count, cell.info().doc_del_count) == (cell.name, 0, 0)
    cell.add([(DocId(f"d{n}"), b"{}") for n in range(3)])
    cell.put(Put(DocId("d1"), b"{}", cell.get(DocId("d1")).rev, deleted=True))
    info = cell.info()
    assert (info.doc_count, info.doc_del_count) == (2, 1)
    assert cell.changes(ChangesQuery(info.update_seq)).rows == ()


def test_everything_is_there_after_opening_again(store_url: str) -> None:
    """Documents, their old bodies, checkpoints, sequences and the installation's identifier."""
    first = open_store(store_url)
    cell = first.create("cell-1")
    rev = cell.put(Put(DocId("a"), b'{"n":1}'))
    cell.put(Put(DocId("a"), b'{"n":2}', rev))
    cell.put_local("checkpoint", b"kept")
    before = (first.uuid(), cell.info(), cell.changes(ChangesQuery()), cell.get(DocId("a")), cell.get(DocId("a"), rev))
    since = cell.info().update_seq
    first.close()
    second = open_store(store_url)
    cell = second.database("cell-1")
    after = (second.uuid(), cell.info(), cell.changes(ChangesQuery()), cell.get(DocId("a")), cell.get(DocId("a"), rev))
    assert after == before
    assert cell.local("checkpoint") == b"kept"
    cell.put(Put(DocId("b"), b"{}"))
    assert [row.id for row in cell.changes(ChangesQuery(since)).rows] == ["b"]
    second.close()


def test_two_stores_on_one_place_see_each_other(store_url: str, store: Store) -> None:
    """What one writes, the other reads at once."""
    other = open_store(store_url)
    assert other.uuid() == store.uuid()
    store.create("cell-1").put(Put(DocId("a"), b"{}"))
    cell = other.database("cell-1")
    assert cell.get(DocId("a")) is not None
    cell.put(Put(DocId("b"), b"{}"))
    assert store.database("cell-1").info().doc_count == 2
    other.delete("cell-1")
    with pytest.raises(DatabaseMissing):
        store.database("cell-1").info()
    store.create("cell-1").put(Put(DocId("c"), b"{}"))
    assert [found.id for found in other.database("cell-1").documents()] == ["c"]
    other.delete("cell-1")
    store.create("cell-1").put(Put(DocId("d"), b"{}"))
    assert [found.id for found in other.database("cell-1").documents()] == ["d"]
    other.close()


def test_a_listener_hears_of_changes_until_it_ends(store: Store) -> None:
    """It is told the database's name, once the change can be read; hints may come twice, and none after the end."""
    heard: list[tuple[str, int]] = []
    arrived = threading.Event()

    def listen(name: str) -> None:
        heard.append((name, store.database(name).info().doc_count))
        if heard[-1] == ("cell-1", 1):
            arrived.set()

    cell = store.create("cell-1")
    end = store.watch(listen)
    cell.put(Put(DocId("a"), b"{}"))
    assert arrived.wait(30)
    assert {name for name, _ in heard} == {"cell-1"}
    end()
    end()
    cell.put(Put(DocId("b"), b"{}"))
    assert ("cell-1", 2) not in heard


def test_a_listener_that_fails_does_not_harm_the_write(store: Store) -> None:
    """The write is done and the others are told."""
    arrived = threading.Event()

    def fail(name: str) -> None:
        raise RuntimeError(name)

    store.watch(fail)
    store.watch(lambda _: arrived.set())
    cell = store.create("cell-1")
    cell.put(Put(DocId("a"), b"{}"))
    assert arrived.wait(30)
    assert cell.get(DocId("a")) is not None


def test_handles_can_be_used_by_many_threads(cell: Database) -> None:
    """One handle serves readers and writers at once."""
    failures: list[BaseException] = []

    def use(mark: int) -> None:
        try:
            for turn in range(25):
                doc_id = DocId(f"{mark}-{turn}")
                rev = cell.put(Put(doc_id, b"{}"))
                assert cell.get(doc_id).rev == rev
                assert cell.changes(ChangesQuery(limit=3)).rows
                assert sum(1 for _ in cell.documents(f"{mark}-", f"{mark}.")) == turn + 1
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=use, args=(mark,)) for mark in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert cell.info().doc_count == 150


def test_sequences_of_many_databases_are_read_together(store: Store) -> None:
    """Each is what the database itself says; a write moves it, a `_local` document does not."""
    names = [f"cell-{number}" for number in range(3)]
    for name in names:
        store.create(name)
    first = store.sequences([*names, "cell-9"])
    assert list(first) == names
    store.database("cell-1").put_local("steps", b"{}")
    assert store.sequences(names) == first
    store.database("cell-1").add([(DocId("a"), b"{}")])
    moved = store.sequences(names)
    assert [name for name in names if moved[name] != first[name]] == ["cell-1"]
    assert store.sequences([]) == {}

"""Ordinary writes: on the revision that was read, or where nothing is yet."""

from __future__ import annotations

import json

import pytest

from fieldsync.documents import DocId
from fieldsync.errors import BadInput, Conflict
from fieldsync.revisions import generation, server_rev
from fieldsync.stores.base import ChangesQuery, Database, Graft, Leaf, Put, Store

ANN = DocId("person:ann")


def test_the_same_write_on_the_same_parent_has_the_same_name(store: Store) -> None:
    """The store names revisions by what is written: in another database alike, and after another parent otherwise."""
    names = []
    for database in (store.create("cell-1"), store.create("cell-2")):
        first = database.put(Put(ANN, b'{"name":"Ann","n":1.5}'))
        second = database.put(Put(ANN, b'{"name":"Anne"}', first))
        names.append((first, second, database.put(Put(ANN, b'{"name":"Anne"}', second))))
        assert database.get(ANN).path == names[-1][::-1]
        assert database.get(ANN).body == b'{"name":"Anne"}'
    assert names[0] == names[1]
    assert [generation(rev) for rev in names[0]] == [1, 2, 3]
    assert len({rev.partition("-")[2] for rev in names[0]}) == 3


def test_a_put_on_what_is_not_the_winner_is_a_conflict(cell: Database) -> None:
    """Nothing is written: not on a superseded revision, not on none, not on one that never was."""
    first = cell.put(Put(ANN, b'{"n":1}'))
    second = cell.put(Put(ANN, b'{"n":2}', first))
    before = cell.info()
    for parent in (first, None, server_rev(None, False, {"n": 9})):
        with pytest.raises(Conflict):
            cell.put(Put(ANN, b'{"n":3}', parent))
    with pytest.raises(Conflict):
        cell.put(Put(DocId("person:nobody"), b"{}", second))
    assert cell.info() == before


def test_a_deleted_document_can_be_written_again_without_its_revision(cell: Database) -> None:
    """The new revision goes on the tombstone."""
    first = cell.put(Put(ANN, b'{"n":1}'))
    gone = cell.put(Put(ANN, b"{}", first, deleted=True))
    assert cell.get(ANN).deleted
    again = cell.put(Put(ANN, b'{"n":2}'))
    assert cell.get(ANN).path == (again, gone, first)
    assert cell.leaves(ANN) == (Leaf(again, False),)
    assert (cell.info().doc_count, cell.info().doc_del_count) == (1, 0)


def test_a_put_leaves_other_leaves_alone(cell: Database) -> None:
    """Only the winner's branch grows."""
    first = cell.put(Put(ANN, b'{"n":1}'))
    sides = sorted(server_rev(first, False, {"side": n}) for n in range(2))
    cell.graft([Graft(ANN, (side, first), b"{}") for side in sides])
    grown = cell.put(Put(ANN, b'{"n":3}', sides[1]))
    assert cell.leaves(ANN) == (Leaf(grown, False), Leaf(sides[0], False))
    with pytest.raises(Conflict):
        cell.put(Put(ANN, b"{}", sides[0]))


def test_add_writes_what_is_not_there(cell: Database) -> None:
    """One answer for each; what exists keeps its body, deleted ones too, and a batch sees itself."""
    cell.add([(ANN, b'{"n":1}')])
    first = cell.put(Put(DocId("gone"), b'{"n":0}'))
    cell.put(Put(DocId("gone"), b"{}", first, deleted=True))
    added = cell.add(
        [(ANN, b'{"n":2}'), (DocId("new"), b'{"n":3}'), (DocId("new"), b'{"n":4}'), (DocId("gone"), b"{}")]
    )
    assert added == [False, True, False, False]
    assert cell.get(ANN).body == b'{"n":1}'
    assert cell.get(DocId("new")).body == b'{"n":3}'
    assert cell.get(DocId("gone")).deleted


def test_add_again_makes_no_sequence(cell: Database) -> None:
    """Repeating a write that was done is free."""
    batch = [(DocId(f"d{n}"), b'{"n":%d}' % n) for n in range(20)]
    assert cell.add(batch) == [True] * 20
    end = cell.info().update_seq
    assert cell.add(batch) == [False] * 20
    assert cell.changes(ChangesQuery(end)).rows == ()


def test_an_added_document_is_an_ordinary_first_revision(store: Store, cell: Database) -> None:
    """It can be edited by its revision, which is the one that a put would have made."""
    cell.add([(ANN, b'{"n":1}'), (DocId("beside"), b"{}")])
    assert cell.get(ANN).rev == store.create("cell-2").put(Put(ANN, b'{"n":1}'))
    cell.put(Put(ANN, b'{"n":2}', cell.get(ANN).rev))


def test_empty_batches_do_nothing(cell: Database) -> None:
    """They answer with nothing and make no sequence."""
    before = cell.info()
    assert cell.graft([]) == []
    assert cell.add([]) == []
    assert cell.info() == before


@pytest.mark.parametrize("body", [b"", b"[]", b"1", b"{", b'{"a":}', b'"text"', b'{"a":"\xff"}'])
def test_a_body_that_is_no_object_is_refused(cell: Database, body: bytes) -> None:
    """The whole batch is refused, and nothing is left of it."""
    with pytest.raises(BadInput):
        cell.put(Put(ANN, body))
    with pytest.raises(BadInput):
        cell.add([(DocId("good"), b"{}"), (ANN, body)])
    assert cell.info().doc_count == 0


def test_an_empty_identifier_is_refused(cell: Database) -> None:
    """A document without a name could never be asked for."""
    with pytest.raises(BadInput):
        cell.put(Put(DocId(""), b"{}"))


def test_bodies_come_back_as_the_same_json(cell: Database) -> None:
    """Order, escapes, large texts, and numbers as far as every JSON implementation holds them."""
    bodies = [
        b'{ "b" : 1.25, "a":\t[1e3, 9007199254740991, -1, true, null, [], {}] }',
        '{"name":"欧阳 😀","escaped":"\\u00e9\\u0000\\ud83d\\ude00","/":"\\/"}'.encode(),
        json.dumps({"text": "x" * 900_000}).encode(),
        b"{}",
    ]
    for number, body in enumerate(bodies):
        cell.put(Put(DocId(f"d{number}"), body))
        found = json.loads(cell.get(DocId(f"d{number}")).body)
        assert found == json.loads(body)
        assert list(found) == list(json.loads(body))

"""Ordinary writes: on the revision that was read, or where nothing is yet."""

from __future__ import annotations

import json

import pytest

from fieldsync.documents import DocId
from fieldsync.errors import BadInput, Conflict
from fieldsync.revisions import server_rev
from fieldsync.stores.base import ChangesQuery, Database, Graft, Leaf, Put

ANN = DocId("person:ann")


def test_a_put_names_its_revision_by_its_content(cell: Database) -> None:
    """The same write has the same revision on every server."""
    first = cell.put(Put(ANN, b'{"name": "Ann", "n": 1.0}'))
    assert first == server_rev(None, False, {"n": 1, "name": "Ann"})
    second = cell.put(Put(ANN, b'{"name":"Anne"}', first))
    assert second == server_rev(first, False, {"name": "Anne"})
    found = cell.get(ANN)
    assert (found.rev, found.path, found.body) == (second, (second, first), b'{"name":"Anne"}')


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


def test_an_added_document_is_an_ordinary_first_revision(cell: Database) -> None:
    """It can be edited by its revision, which its content names."""
    cell.add([(ANN, b'{"n":1}')])
    assert cell.get(ANN).rev == server_rev(None, False, {"n": 1})
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


def test_bodies_come_back_byte_for_byte(cell: Database) -> None:
    """Spaces, order, escapes, numbers and large texts are what was written."""
    bodies = [
        b'{ "b" : 1.10, "a":\t[1e3, -0.0, 123456789012345678901234567890] }',
        '{"name":"欧阳 \U0001f600","escaped":"\\u00e9\\u0000\\ud83d\\ude00"}'.encode(),
        json.dumps({"text": "x" * 900_000}).encode(),
        b"{}",
    ]
    for number, body in enumerate(bodies):
        cell.put(Put(DocId(f"d{number}"), body))
        assert cell.get(DocId(f"d{number}")).body == body

"""Grafting: revisions made elsewhere enter a document's tree as on CouchDB."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldsync.documents import DocId, Rev
from fieldsync.errors import BadInput
from fieldsync.stores.base import ChangesQuery, Database, Graft, Leaf, Store

ANN = DocId("person:ann")


def rev(generation: int, name: str) -> Rev:
    return Rev(f"{generation}-{hashlib.md5(name.encode()).hexdigest()}")


A, B, C, D = rev(1, "a"), rev(2, "b"), rev(3, "c"), rev(4, "d")
B2, C2 = rev(2, "b2"), rev(3, "c2")


def graft(*path: Rev, deleted: bool = False, body: bytes = b'{"n":1}') -> Graft:
    return Graft(ANN, path, body, deleted)


def seqs(database: Database) -> list[str]:
    return [row.seq for row in database.changes(ChangesQuery()).rows]


def test_a_new_document_has_the_path_it_came_with(cell: Database) -> None:
    """The ancestors that were named are known, the newest is the winner, and the body is what was sent."""
    assert cell.graft([graft(C, B, A, body=b'{"x":1.5}')]) == [True]
    found = cell.get(ANN)
    assert found is not None
    assert (found.rev, found.path, found.body, found.deleted) == (C, (C, B, A), b'{"x":1.5}', False)


def test_a_revision_sent_again_changes_nothing(cell: Database) -> None:
    """The second time it is not new, makes no sequence, and its body stays what it was."""
    cell.graft([graft(B, A)])
    before = cell.info()
    assert cell.graft([graft(B, A, body=b'{"n":2}')]) == [False]
    assert cell.info() == before
    assert cell.changes(ChangesQuery(before.update_seq)).rows == ()
    assert cell.get(ANN).body == b'{"n":1}'


def test_an_ancestor_that_came_without_its_body_gets_none_later(cell: Database) -> None:
    """It is known, so it is not missing, and it has nothing to show."""
    cell.graft([graft(B, A)])
    before = seqs(cell)
    assert cell.graft([graft(A)]) == [False]
    assert cell.get(ANN, A) is None
    assert cell.missing({ANN: [A, B]}) == {}
    assert seqs(cell) == before


def test_the_same_revision_twice_in_a_batch_is_new_once(cell: Database) -> None:
    """A batch sees its own earlier writes."""
    assert cell.graft([graft(A), graft(B, A), graft(A), graft(B, A)]) == [True, True, False, False]
    assert cell.leaves(ANN) == (Leaf(B, False),)


def test_siblings_are_both_leaves_and_the_greater_hash_wins(cell: Database) -> None:
    """Equal generations are decided by the hash in ASCII order, whichever came first."""
    cell.graft([graft(B, A)])
    cell.graft([graft(B2, A)])
    high, low = sorted((B, B2), reverse=True)
    assert cell.leaves(ANN) == (Leaf(high, False), Leaf(low, False))
    assert cell.get(ANN).rev == high


def test_the_longer_branch_wins(cell: Database) -> None:
    """A higher generation beats any hash."""
    low, high = sorted((rev(2, "p"), rev(2, "q")))
    cell.graft([graft(high, A), graft(low, A), graft(C, low, A)])
    assert [leaf.rev for leaf in cell.leaves(ANN)] == [C, high]


def test_a_live_leaf_beats_a_longer_tombstone(cell: Database) -> None:
    """Not deleted comes first; the tombstone stays a leaf and replicates."""
    cell.graft([graft(B, A), graft(D, C2, B2, A, deleted=True)])
    assert cell.leaves(ANN) == (Leaf(B, False), Leaf(D, True))
    (row,) = cell.changes(ChangesQuery()).rows
    assert (row.leaves, row.deleted) == ((Leaf(B, False), Leaf(D, True)), False)
    assert cell.revisions([(ANN, D)]) == [[cell.get(ANN, D)]]
    assert cell.get(ANN, D).deleted


def test_when_the_winner_is_deleted_the_other_leaf_comes_back_with_its_body(cell: Database) -> None:
    """A tombstone on the winner promotes the sibling."""
    high, low = sorted((B, B2), reverse=True)
    cell.graft([graft(high, A, body=b'{"of":"high"}'), graft(low, A, body=b'{"of":"low"}')])
    cell.graft([graft(C, high, A, deleted=True, body=b"{}")])
    found = cell.get(ANN)
    assert (found.rev, found.body, found.path) == (low, b'{"of":"low"}', (low, A))
    assert cell.get(ANN, high).body == b'{"of":"high"}'
    assert (cell.get(ANN, C).body, cell.get(ANN, C).deleted) == (b"{}", True)
    assert (cell.info().doc_count, cell.info().doc_del_count) == (1, 0)


def test_a_deleted_document_is_counted_and_shown_as_deleted(cell: Database) -> None:
    """Its tombstone is the winner, in the changes too."""
    cell.graft([graft(A), graft(B, A, deleted=True, body=b"{}")])
    assert (cell.info().doc_count, cell.info().doc_del_count) == (0, 1)
    (row,) = cell.changes(ChangesQuery()).rows
    assert (row.deleted, row.leaves) == (True, (Leaf(B, True),))
    assert cell.get(ANN).deleted


def test_a_live_sibling_brings_a_deleted_document_back(cell: Database) -> None:
    """An edit that had not seen the deletion wins over the tombstone."""
    cell.graft([graft(A), graft(B, A, deleted=True, body=b"{}"), graft(B2, A)])
    assert cell.get(ANN).rev == B2
    assert (cell.info().doc_count, cell.info().doc_del_count) == (1, 0)


def test_histories_without_a_common_beginning_are_two_roots(cell: Database) -> None:
    """Both stay, each with the path it came with."""
    cell.graft([graft(A), graft(D, C)])
    assert [leaf.rev for leaf in cell.leaves(ANN)] == [D, A]
    assert cell.get(ANN, D).path == (D, C)
    assert cell.get(ANN, A).path == (A,)


def test_a_path_that_tells_the_parent_of_a_root_joins_it(cell: Database) -> None:
    """A history that comes in pieces becomes one line once a new revision tells the whole."""
    cell.graft([graft(A), graft(C)])
    cell.graft([graft(D, C, B, A)])
    assert cell.leaves(ANN) == (Leaf(D, False),)
    assert cell.get(ANN, C).path == (C, B, A)


def test_an_edit_that_tells_more_of_the_past_adds_it(cell: Database) -> None:
    """The ancestors below what was known as the root are known from then on."""
    cell.graft([graft(C, B)])
    cell.graft([graft(D, C, B, A)])
    assert cell.get(ANN).path == (D, C, B, A)
    assert cell.missing({ANN: [A]}) == {}


def test_bodies_of_inner_revisions_stay_readable(cell: Database) -> None:
    """A superseded revision is still there by its name, with its own path."""
    cell.graft([graft(A, body=b'{"n":"a"}')])
    cell.graft([graft(B, A, body=b'{"n":"b"}')])
    cell.graft([graft(C, B, A, body=b'{"n":"c"}')])
    found = cell.get(ANN, A)
    assert (found.body, found.path) == (b'{"n":"a"}', (A,))
    assert cell.get(ANN, B).path == (B, A)


def test_a_thousand_ancestors_are_remembered(cell: Database) -> None:
    """A path of a thousand stays whole, and one more edit on it is an ordinary edit."""
    line = [rev(n, str(n)) for n in range(1001, 0, -1)]
    cell.graft([Graft(ANN, tuple(line[1:]), b"{}")])
    assert cell.get(ANN).path == tuple(line[1:])
    cell.graft([Graft(ANN, tuple(line), b"{}")])
    assert cell.leaves(ANN) == (Leaf(line[0], False),)
    assert cell.get(ANN).path[:1000] == tuple(line[:1000])


def test_a_long_life_keeps_its_latest_thousand_revisions(cell: Database) -> None:
    """More than a thousand edits, one by one, leave one leaf with at least a thousand known ancestors."""
    line = [rev(n, str(n)) for n in range(1, 1051)]
    cell.graft([Graft(ANN, tuple(reversed(line[: n + 1]))[:20], b"{}") for n in range(1050)])
    assert cell.leaves(ANN) == (Leaf(line[-1], False),)
    assert cell.get(ANN).path[:1000] == tuple(reversed(line[50:]))


@pytest.mark.parametrize("path", [(), ("x",), (B, B2), (C, A), ("0-" + "a" * 32,), ("1-" + "A" * 32,)])
def test_a_path_that_is_none_is_refused_whole(cell: Database, path: tuple[Rev, ...]) -> None:
    """The batch leaves nothing behind, not even its good part."""
    with pytest.raises(BadInput):
        cell.graft([graft(A), Graft(DocId("other"), path, b"{}")])
    assert cell.leaves(ANN) == ()


@dataclass(frozen=True)
class Node:
    """A revision of a made-up history."""

    path: tuple[Rev, ...]
    deleted: bool


@st.composite
def histories(draw: st.DrawFn) -> list[Node]:
    """Draw a history: any tree or forest, complete paths, some tombstones."""
    nodes: list[Node] = []
    for number in range(draw(st.integers(1, 9))):
        parent = draw(st.none() | st.sampled_from(range(len(nodes)))) if nodes else None
        above = nodes[parent].path if parent is not None else ()
        path = (rev(len(above) + 1, str(number)), *above)
        nodes.append(Node(path, draw(st.booleans())))
    return nodes


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data(), histories())
def test_any_order_of_arrival_ends_in_the_same_tree(store: Store, data: st.DataObject, history: list[Node]) -> None:
    """Leaves, winner and paths depend on what arrived, not on when, nor in which batches; first bodies stay."""
    inner = {ancestor for node in history for ancestor in node.path[1:]}
    leaves = [node for node in history if node.path[0] not in inner]
    late = data.draw(st.lists(st.sampled_from(history)))
    cell = store.create(f"cell-{uuid.uuid4()}")
    arrivals = data.draw(st.permutations(leaves + late))
    grafts = [Graft(ANN, node.path, b'{"n":%d}' % n, node.deleted) for n, node in enumerate(arrivals)]
    bodies: dict[Rev, bytes | None] = {}
    for each in grafts:
        bodies.setdefault(each.path[0], each.body)
        for ancestor in each.path[1:]:
            bodies.setdefault(ancestor, None)
    while grafts:
        size = data.draw(st.integers(1, len(grafts)))
        cell.graft(grafts[:size])
        grafts = grafts[size:]
    expected = sorted(leaves, key=lambda n: (not n.deleted, len(n.path), n.path[0].split("-")[1]), reverse=True)
    assert cell.leaves(ANN) == tuple(Leaf(node.path[0], node.deleted) for node in expected)
    assert cell.get(ANN).rev == expected[0].path[0]
    for node in history:
        found = cell.get(ANN, node.path[0])
        body = bodies[node.path[0]]
        assert (found and (found.path, found.deleted, found.body)) == (body and (node.path, node.deleted, body))
    assert cell.missing({ANN: [node.path[0] for node in history]}) == {}
    assert cell.info().doc_count == (not expected[0].deleted)
    assert len(cell.changes(ChangesQuery()).rows) == 1

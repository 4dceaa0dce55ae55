"""Revision trees of every store agree with the pure tree, which does not depend on the order of arrival."""

from __future__ import annotations

import hashlib
import uuid

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldsync.documents import DocId, Rev
from fieldsync.revisions import RevisionTree, winner
from fieldsync.stores.base import ChangesQuery, Database, Graft, Leaf, Missing, Store

ANN = DocId("person:ann")
FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def rev(generation: int, name: str) -> Rev:
    """Name a revision."""
    return Rev(f"{generation}-{hashlib.md5(name.encode()).hexdigest()}")


@st.composite
def histories(draw: st.DrawFn) -> list[Graft]:
    """Draw the revisions of a forest, each with its whole path; some are tombstones, some begin late."""
    grafts: list[Graft] = []
    for number in range(draw(st.integers(1, 10))):
        parent = draw(st.none() | st.sampled_from(range(len(grafts)))) if grafts else None
        above = grafts[parent].path if parent is not None else ()
        generation = int(above[0].partition("-")[0]) + 1 if above else draw(st.integers(1, 3))
        path = (rev(generation, str(number)), *above)
        grafts.append(Graft(ANN, path, b'{"n":%d}' % number, draw(st.booleans())))
    return grafts


def ends(history: list[Graft]) -> list[Graft]:
    """Return the revisions that nothing descends from: the only ones that clients push."""
    inner = {ancestor for each in history for ancestor in each.path[1:]}
    return [each for each in history if each.path[0] not in inner]


def tree_of(grafts: list[Graft]) -> RevisionTree:
    """Return the pure tree that revisions make."""
    tree = RevisionTree()
    for each in grafts:
        tree.graft(each.path, each.deleted)
    return tree


def assert_alike(cell: Database, tree: RevisionTree, known: list[Rev]) -> None:
    """Check leaves, winner, paths and what is missing against the pure tree."""
    leaves = tuple(Leaf(leaf, tree.is_deleted(leaf)) for leaf in tree.leaves())
    assert cell.leaves(ANN) == leaves
    assert cell.get(ANN).rev == tree.winner() == winner(leaves).rev
    assert [cell.get(ANN, leaf.rev).path for leaf in leaves] == [tree.path(leaf.rev) for leaf in leaves]
    unknown = tuple(one for one in known if not tree.known(one))
    expected = {ANN: Missing(unknown, tree.possible_ancestors(unknown))} if unknown else {}
    found = cell.missing({ANN: known})
    assert {doc_id: (gap.missing, set(gap.possible_ancestors)) for doc_id, gap in found.items()} == {
        doc_id: (gap.missing, set(gap.possible_ancestors)) for doc_id, gap in expected.items()
    }


@FEW
@given(st.data(), histories())
def test_every_step_agrees_with_the_pure_tree(store: Store, data: st.DataObject, history: list[Graft]) -> None:
    """After each leaf that arrives, in any order, the store's tree is the pure one."""
    cell = store.create(f"cell-{uuid.uuid4()}")
    arrivals = data.draw(st.permutations(ends(history)))
    known = [each.path[0] for each in history]
    for count in range(1, len(arrivals) + 1):
        assert cell.graft([arrivals[count - 1]]) == [True]
        assert_alike(cell, tree_of(arrivals[:count]), known)
    assert tree_of(arrivals) == tree_of(ends(history))


@FEW
@given(st.data(), histories())
def test_whatever_is_sent_again_is_no_change(store: Store, data: st.DataObject, history: list[Graft]) -> None:
    """Leaves, inner revisions and whole histories that are known make no new sequence."""
    cell = store.create(f"cell-{uuid.uuid4()}")
    cell.graft(ends(history))
    before = cell.info()
    again = data.draw(st.lists(st.sampled_from(history), min_size=1, max_size=12))
    assert cell.graft(again) == [False] * len(again)
    assert cell.info() == before
    assert cell.changes(ChangesQuery(before.update_seq)).rows == ()

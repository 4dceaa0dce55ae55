"""Laws of revision trees and of canonical JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from fieldsync.canonical import canonical
from fieldsync.documents import Rev
from fieldsync.revisions import RevisionTree, check_path, is_rev, path_of, revisions_of, server_rev, winner
from fieldsync.stores.base import Leaf


@dataclass(frozen=True)
class Node:
    """A revision of a made-up history, with its complete path."""

    path: tuple[Rev, ...]
    deleted: bool


def _name(generation: int, number: int, salt: int) -> Rev:
    return Rev(f"{generation}-{(number * 2654435761 + salt) % 2**64:032x}")


@st.composite
def histories(draw: st.DrawFn, most: int = 25) -> list[Node]:
    """Draw any forest of revisions: bushy, long, with several roots and tombstones anywhere."""
    salt = draw(st.integers(0, 2**64 - 1))
    nodes: list[Node] = []
    for number in range(draw(st.integers(1, most))):
        parent = draw(st.none() | st.sampled_from(nodes)) if nodes else None
        above = parent.path if parent else ()
        nodes.append(Node((_name(len(above) + 1, number, salt), *above), draw(st.booleans())))
    return nodes


def leaf_nodes(history: list[Node]) -> list[Node]:
    inner = {ancestor for node in history for ancestor in node.path[1:]}
    return [node for node in history if node.path[0] not in inner]


def tree_of(nodes: list[Node]) -> RevisionTree:
    tree = RevisionTree()
    for node in nodes:
        tree.graft(node.path, node.deleted)
    return tree


@given(st.data(), histories())
def test_a_tree_does_not_depend_on_the_order_of_arrival(data: st.DataObject, history: list[Node]) -> None:
    """Complete histories in any order, inner revisions before, after, or never, make one tree."""
    leaves = leaf_nodes(history)
    one = data.draw(st.permutations(leaves + data.draw(st.lists(st.sampled_from(history)))))
    other = data.draw(st.permutations(leaves + data.draw(st.lists(st.sampled_from(history)))))
    assert tree_of(one) == tree_of(other)


@given(histories())
def test_a_tree_is_the_union_of_its_paths(history: list[Node]) -> None:
    """It knows every revision, and its leaves are those that nobody descends from."""
    tree = tree_of(history)
    assert len(tree) == len(history)
    assert all(tree.path(node.path[0]) == node.path for node in history)
    assert {(leaf, tree.is_deleted(leaf)) for leaf in tree.leaves()} == {
        (node.path[0], node.deleted) for node in leaf_nodes(history)
    }


@given(histories())
def test_a_known_revision_changes_nothing(history: list[Node]) -> None:
    """Grafted again, with whatever deletion, the tree is the same."""
    tree = tree_of(history)
    for node in history:
        assert not tree.graft(node.path, not node.deleted)
    assert tree == tree_of(history)


@given(st.data(), histories())
def test_truncated_paths_in_any_order_know_the_same(data: st.DataObject, history: list[Node]) -> None:
    """Where each revision comes once with part of its history, roots are joined as the paths tell."""
    cut = [Node(node.path[: data.draw(st.integers(2, 4))], node.deleted) for node in history]
    tree = tree_of(cut)
    assert all(tree.known(rev) for node in cut for rev in node.path)
    assert {rev for leaf in tree.leaves() for rev in tree.path(leaf)} == {rev for node in cut for rev in node.path}


@given(histories())
def test_the_winner_is_the_same_for_everyone(history: list[Node]) -> None:
    """The tree's winner is its first leaf, and the winner of its leaves as a client computes it."""
    tree = tree_of(history)
    leaves = [Leaf(rev, tree.is_deleted(rev)) for rev in tree.leaves()]
    assert tree.winner() == leaves[0].rev == winner(leaves[::-1]).rev
    live = [leaf for leaf in leaves if not leaf.deleted]
    among = live or leaves
    assert tree.winner() == max(among, key=lambda leaf: (int(leaf.rev.split("-")[0]), leaf.rev.split("-")[1])).rev


@given(histories())
def test_descendant_leaves_are_those_whose_path_has_the_revision(history: list[Node]) -> None:
    """For every revision at least one; for a leaf itself."""
    tree = tree_of(history)
    for node in history:
        rev = node.path[0]
        expected = [leaf for leaf in tree.leaves() if rev in tree.path(leaf)]
        assert list(tree.descendant_leaves(rev)) == expected != []


@given(histories())
def test_a_tree_reads_back_as_it_was_written(history: list[Node]) -> None:
    """Encoding loses nothing, and writes equal trees equally."""
    tree = tree_of(history)
    assert RevisionTree.decode(tree.encode()) == tree
    assert tree_of(history[::-1]).encode() == tree.encode()


@given(histories(), st.integers(1, 6))
def test_stemming_keeps_the_latest_of_every_branch(history: list[Node], limit: int) -> None:
    """Every leaf keeps its newest revisions, nothing else stays, and stemming again does nothing."""
    tree = tree_of(history)
    before = {leaf: tree.path(leaf) for leaf in tree.leaves()}
    gone = tree.stem(limit)
    assert tree.leaves() == tuple(before)
    assert all(tree.path(leaf)[:limit] == path[:limit] for leaf, path in before.items())
    kept = {rev for path in before.values() for rev in path[:limit]}
    assert set(gone) == {node.path[0] for node in history} - kept
    assert not any(tree.known(rev) for rev in gone)
    assert all(tree.path(leaf) == path[: len(tree.path(leaf))] for leaf, path in before.items())
    assert tree.stem(limit) == ()
    assert RevisionTree.decode(tree.encode()) == tree


@given(histories())
def test_a_path_is_written_and_read_back(history: list[Node]) -> None:
    """`_revisions` and paths are two spellings of one thing."""
    for node in history:
        check_path(node.path)
        assert path_of(json.loads(json.dumps(revisions_of(node.path)))) == node.path


texts = st.text(st.characters(exclude_categories=("Cs",)))
numbers = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53) + 1, 2**53 - 1)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_canonical_json_is_that_of_the_standard(value: Any) -> None:
    """The fast road ends where RFC 8785 ends."""
    assert canonical(value) == rfc8785.dumps(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_canonical_numbers_are_those_of_the_standard(value: float) -> None:
    """For every double, and each reads back as itself, also where it is written as a whole number."""
    assert canonical(value) == rfc8785.dumps(value)
    assert float(json.loads(canonical(value))) == value
    assert canonical(json.loads(canonical(value))) == canonical(value)


@given(st.dictionaries(texts, values, max_size=5), st.randoms(use_true_random=False))
def test_equal_bodies_have_equal_revisions(body: dict[str, Any], random: Any) -> None:
    """Whatever the order of names, and after any number of readings and writings."""
    names = list(body)
    random.shuffle(names)
    rev = server_rev(None, False, body)
    assert is_rev(rev)
    assert server_rev(None, False, {name: body[name] for name in names}) == rev
    assert server_rev(None, False, json.loads(json.dumps(body))) == rev

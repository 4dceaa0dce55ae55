"""Revisions: their names, paths and hashes, and how trees treat odd histories."""

from __future__ import annotations

import hashlib

import pytest

from fieldsync.canonical import canonical
from fieldsync.documents import Rev
from fieldsync.errors import BadInput
from fieldsync.revisions import (
    RevisionTree,
    check_path,
    generation,
    is_rev,
    parts,
    path_of,
    ranked,
    revisions_of,
    server_rev,
    winner,
)
from fieldsync.stores.base import Leaf


def rev(start: int, digit: str) -> Rev:
    return Rev(f"{start}-{digit * 32}")


def test_a_revision_is_a_generation_and_a_hash() -> None:
    """It splits into both."""
    assert parts(rev(12, "a")) == (12, "a" * 32)
    assert generation(rev(999_999_999, "0")) == 999_999_999


@pytest.mark.parametrize(
    "text",
    ["", "1", "1-", "0-" + "a" * 32, "01-" + "a" * 32, "1-" + "a" * 31, "1-" + "A" * 32, "1-" + "a" * 32 + "\n",
     "1000000000-" + "a" * 32, "\u0661-" + "a" * 32, "-1-" + "a" * 32, None, 1],
)  # fmt: skip
def test_other_texts_are_no_revision(text: object) -> None:
    """Neither leading zeros, nor capitals, nor a line's end, nor other scripts' digits."""
    assert not is_rev(text)


def test_a_text_that_is_no_revision_has_no_generation() -> None:
    """It says what was expected."""
    with pytest.raises(BadInput, match="is not a revision"):
        generation("x")


def test_a_path_is_read_newest_first() -> None:
    """Generations count down from the start."""
    read = path_of({"start": 3, "ids": ["c" * 32, "b" * 32]})
    assert read == (rev(3, "c"), rev(2, "b"))
    assert revisions_of(read) == {"start": 3, "ids": ["c" * 32, "b" * 32]}


@pytest.mark.parametrize(
    "revisions",
    [{}, {"start": 1}, {"ids": ["a" * 32]}, {"start": 0, "ids": []}, {"start": 1, "ids": []},
     {"start": 1, "ids": ["a" * 32, "b" * 32]}, {"start": "1", "ids": ["a" * 32]}, {"start": True, "ids": ["a" * 32]},
     {"start": 1.0, "ids": ["a" * 32]}, {"start": 1, "ids": "a" * 32}, {"start": 1, "ids": [1]},
     {"start": 1, "ids": ["A" * 32]}, {"start": 10**9, "ids": ["a" * 32]}, {"start": -1, "ids": ["a" * 32]}],
)  # fmt: skip
def test_a_malformed_path_is_refused(revisions: dict[str, object]) -> None:
    """Whatever a client sends in `_revisions`, it is bad input and nothing worse."""
    with pytest.raises(BadInput):
        path_of(revisions)


def test_a_path_may_not_skip_a_generation() -> None:
    """Nor be empty, nor go up."""
    check_path((rev(3, "c"), rev(2, "b"), rev(1, "a")))
    for path in ((), (rev(3, "c"), rev(1, "a")), (rev(1, "a"), rev(2, "b")), (rev(1, "a"), rev(1, "a"))):
        with pytest.raises(BadInput):
            check_path(path)


def photo(digest: str, content_type: str = "image/jpeg") -> dict[str, object]:
    """Return a body that has one attachment and nothing else."""
    stub = {"content_type": content_type, "revpos": 1, "digest": digest, "length": 3, "stub": True}
    return {"_attachments": {"p.jpg": stub}}


def test_a_server_revision_hashes_what_was_written() -> None:
    """The MD5 of the canonical JSON of parent, deletion, body and what is attached."""
    attached = b'[["p.jpg","image/jpeg","md5-x"]]'
    expected = hashlib.md5(b'["1-%s",false,{"a":1,"b":"\xc3\xa9"},%s]' % (b"a" * 32, attached)).hexdigest()
    assert server_rev(rev(1, "a"), False, {"b": "\u00e9", "a": 1.0, **photo("md5-x")}) == f"2-{expected}"
    assert server_rev(None, False, {}) == "1-" + hashlib.md5(b"[null,false,{},[]]").hexdigest()


def test_every_part_of_a_write_is_in_its_hash() -> None:
    """Another parent, deletion, body or attachment is another revision."""
    writes = [
        server_rev(None, False, {}),
        server_rev(None, True, {}),
        server_rev(None, False, {"a": None}),
        server_rev(None, False, photo("md5-x")),
        server_rev(None, False, photo("md5-y")),
        server_rev(None, False, photo("md5-x", "image/png")),
        server_rev(rev(1, "a"), False, {}),
        server_rev(rev(1, "b"), False, {}),
    ]
    assert len(set(writes)) == len(writes)


def test_the_highest_generation_has_no_child() -> None:
    """A name that is no revision is never made."""
    with pytest.raises(BadInput, match="no room"):
        server_rev(rev(999_999_999, "a"), False, {})


def test_numbers_are_canonical_as_javascript_reads_them() -> None:
    """Integers beyond 2^53 become doubles, and what no double holds becomes null."""
    assert canonical(2**53 - 1) == b"9007199254740991"
    assert canonical(2**53 + 1) == b"9007199254740992"
    assert canonical([10**21, -(10**21), 1e21]) == b"[1e+21,-1e+21,1e+21]"
    assert canonical([10**400, float("inf"), float("nan")]) == b"[null,null,null]"
    assert canonical([1.0, -0.0, 100.5, 1e-7, 1e16, True]) == b"[1,0,100.5,1e-7,10000000000000000,true]"


def test_names_are_sorted_by_utf_16_units() -> None:
    """A character outside the basic plane sorts before U+E000, as RFC 8785 has it."""
    assert canonical({"\ue000": 1, "\U0001f600": 2}) == '{"\U0001f600":2,"\ue000":1}'.encode()


@pytest.mark.parametrize("value", ["\ud800", {"\udfff": 1}, object()])
def test_what_is_no_json_has_no_canonical_form(value: object) -> None:
    """It is bad input."""
    with pytest.raises(BadInput):
        canonical(value)


def test_a_value_too_deep_to_write_is_bad_input() -> None:
    """It does not end in a recursion error."""
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(BadInput):
        canonical(deep)


def test_winners_are_ordered_as_couchdb_orders_them() -> None:
    """Not deleted, then the generation as a number, then the hash as text."""
    leaves = [
        Leaf(rev(10, "a"), False),
        Leaf(rev(9, "f"), False),
        Leaf(rev(9, "b"), False),
        Leaf(rev(11, "a"), True),
        Leaf(rev(2, "f"), True),
    ]
    assert ranked(reversed(leaves)) == leaves
    assert winner(reversed(leaves)) == leaves[0]


def test_a_path_that_contradicts_the_known_parent_keeps_what_is_known() -> None:
    """A revision has one parent, the first that was told."""
    tree = RevisionTree.of_line((rev(2, "b"), rev(1, "a")), False)
    assert tree.graft((rev(3, "c"), rev(2, "b"), rev(1, "f")))
    assert tree.path(rev(3, "c")) == (rev(3, "c"), rev(2, "b"), rev(1, "a"))
    assert not tree.known(rev(1, "f"))


def test_a_leaf_that_becomes_an_ancestor_is_a_leaf_no_more() -> None:
    """Also when it is joined from another root."""
    tree = RevisionTree()
    tree.graft((rev(1, "a"),))
    tree.graft((rev(3, "c"), rev(2, "b")))
    assert tree.leaves() == (rev(3, "c"), rev(1, "a"))
    tree.graft((rev(4, "d"), rev(3, "c"), rev(2, "b"), rev(1, "a")))
    assert tree.leaves() == (rev(4, "d"),)


def test_possible_ancestors_are_leaves_of_lower_generation() -> None:
    """Lower than the highest that is missing; none for a first revision."""
    tree = RevisionTree()
    tree.graft((rev(2, "a"), rev(1, "a")))
    tree.graft((rev(5, "b"),))
    assert tree.possible_ancestors([rev(3, "c"), rev(2, "c")]) == (rev(2, "a"),)
    assert tree.possible_ancestors([rev(6, "c")]) == (rev(5, "b"), rev(2, "a"))
    assert tree.possible_ancestors([rev(1, "c")]) == ()
    assert tree.possible_ancestors([]) == ()


def test_a_line_of_a_thousand_is_small() -> None:
    """Sixteen bytes for each revision and a head."""
    line = [Rev(f"{n}-{n:032x}") for n in range(1000, 0, -1)]
    tree = RevisionTree.of_line(line, False)
    assert len(tree.encode()) < 16 * 1000 + 16
    assert RevisionTree.decode(tree.encode()).path(line[0]) == tuple(line)

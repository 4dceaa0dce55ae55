"""Splitting batches and paths."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldsync.errors import BadInput
from mobile_api.replication.batches import read_batch
from mobile_api.replication.paths import Target, read_path

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e9, 1e9) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
HALF = '"\\ud800 ]}\\" , "'
"""A string that the fast parser refuses although it is JSON, with marks in it that mean nothing."""


@given(st.lists(VALUES, max_size=6), st.booleans(), st.sampled_from([None, 1, 3]))
def test_slow_splitting_finds_the_documents_that_fast_splitting_finds(docs, new_edits, indent) -> None:
    """A batch with one odd string in it is split where it would be split without it."""
    plain = json.dumps({"docs": docs, "other": docs, "new_edits": new_edits}, indent=indent)
    odd = plain[: plain.rindex("}")] + f', "half": {HALF}}}'
    assert read_batch(plain.encode())[0] == read_batch(odd.encode())[0]
    found, wants_new = read_batch(odd.encode())
    assert ([json.loads(doc) for doc in found], wants_new) == (docs, new_edits)


@given(st.text(alphabet='[]{}",:\\ \nab1u', max_size=40), st.sampled_from(["", '"\\ud800", ']))
def test_a_batch_is_split_exactly_when_it_is_json(text, odd) -> None:
    """Both readings refuse what the standard library's parser refuses, and find the same documents as it does."""
    body = f'{{"docs": [{odd}{text}]}}'
    try:
        expected = json.loads(body)["docs"]
    except ValueError:
        with pytest.raises(BadInput):
            read_batch(body.encode())
        return
    assert [json.loads(doc) for doc in read_batch(body.encode())[0]] == expected


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/db", Target("root")),
        ("/db/", Target("root")),
        ("/db/c", Target("database", "c")),
        ("/db/c/", Target("database", "c")),
        ("/db/c%2Fd", Target("database", "c/d")),
        ("/db/c/_changes", Target("_changes", "c")),
        ("/db/c/_changes/x", Target("unknown", "c", "_changes")),
        ("/db/c/a%2Fb", Target("document", "c", "a/b")),
        ("/db/c/a+b%20c", Target("document", "c", "a+b c")),
        ("/db/c/a/b", Target("attachment", "c", "a", "b")),
        ("/db/c/_local/a%2Fb%3D", Target("local", "c", "a/b=")),
        ("/db/c/_local%2Fa", Target("local", "c", "a")),
        ("/db/c/_local", Target("unknown", "c")),
        ("/db/c/_local/a/b/c", Target("local_attachment", "c", "a", "b/c")),
        ("/db/c/_design/a%2Fb", Target("document", "c", "_design/a/b")),
        ("/db/c/_design%2Fa", Target("document", "c", "_design/a")),
        ("/db/c/_design/a/_view/b", Target("attachment", "c", "_design/a", "_view/b")),
        ("/db/c/_design", Target("unknown", "c", "_design")),
        ("/db/c//x", Target("unknown", "c")),
        ("/db//c", Target("document", "", "c")),
        ("/db/c/__proto__", Target("unknown", "c", "__proto__")),
        ("/db/c/constructor", Target("document", "c", "constructor")),
    ],
)
def test_a_path_names_one_thing(path, target) -> None:
    """Segments are split before they are decoded."""
    assert read_path(path.encode(), "/db") == target

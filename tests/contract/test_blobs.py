"""The contents of attachments: each kept once, under its digest."""

from __future__ import annotations

import pytest

from fieldsync.attachments import digest_of
from fieldsync.errors import BadInput
from fieldsync.stores.base import Store
from fieldsync.stores.factory import open_store

CONTENTS = {digest_of(content): content for content in (b"", b"\0", bytes(range(256)) * 4096, "照片".encode())}


def test_contents_come_back_byte_for_byte(store: Store) -> None:
    """Also after the store was opened anew, and through any handle."""
    store.blobs().put(CONTENTS)
    assert {digest: store.blobs().get(digest) for digest in CONTENTS} == CONTENTS
    assert store.blobs().get(digest_of(b"absent")) is None


def test_contents_outlast_the_store(store_url: str) -> None:
    """They are there when it is opened again."""
    first = open_store(store_url)
    first.blobs().put(CONTENTS)
    first.close()
    again = open_store(store_url)
    assert {digest: again.blobs().get(digest) for digest in CONTENTS} == CONTENTS
    again.close()


def test_lengths_are_told_of_what_is_kept(store: Store) -> None:
    """Of others nothing is said."""
    store.blobs().put(CONTENTS)
    asked = [*CONTENTS, digest_of(b"absent")]
    assert store.blobs().lengths(asked) == {digest: len(content) for digest, content in CONTENTS.items()}
    assert store.blobs().lengths([]) == {}


def test_a_content_is_kept_once(store: Store) -> None:
    """However often it is put; the digests are told in order."""
    for _ in range(3):
        store.blobs().put(CONTENTS)
    store.blobs().put({})
    assert list(store.blobs().digests()) == sorted(CONTENTS)


def test_many_digests_are_told_in_order(store: Store) -> None:
    """Each once, however many there are."""
    many = {digest_of(str(number).encode()): str(number).encode() for number in range(2500)}
    store.blobs().put(many)
    assert list(store.blobs().digests()) == sorted(many)


def test_a_digest_stands_for_one_content(store: Store) -> None:
    """Other bytes under it are refused, and what came with them is not kept; the first stay."""
    digest, other = digest_of(b"first"), digest_of(b"other")
    store.blobs().put({digest: b"first"})
    with pytest.raises(BadInput):
        store.blobs().put({other: b"other", digest: b"second"})
    assert (store.blobs().get(digest), store.blobs().get(other)) == (b"first", None)


def test_blobs_belong_to_no_database(store: Store) -> None:
    """What is put while there is no database yet is there for all of them."""
    store.blobs().put(CONTENTS)
    store.create("cell-510107001001001")
    assert list(store.blobs().digests()) == sorted(CONTENTS)

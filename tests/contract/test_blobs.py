"""The contents of attachments: kept once, by digest, for all databases."""

from __future__ import annotations

import pytest

from fieldsync.attachments import digest_of
from fieldsync.errors import BadInput
from fieldsync.stores.base import Store

CONTENTS = {digest_of(content): content for content in (b"", b"picture", b"\x00\xff" * 70_000, b"a/b", b"x?")}


def test_contents_come_back(store: Store) -> None:
    """Byte for byte, under their digests, whatever marks those are made of."""
    blobs = store.blobs()
    blobs.put(CONTENTS)
    assert {digest: blobs.get(digest) for digest in CONTENTS} == CONTENTS
    assert blobs.lengths([*CONTENTS, "md5-none"]) == {digest: len(content) for digest, content in CONTENTS.items()}
    assert list(blobs.digests()) == sorted(CONTENTS)


def test_what_is_not_kept_is_none(store: Store) -> None:
    """Absence is no error, and nothing to write is nothing."""
    blobs = store.blobs()
    blobs.put({})
    assert blobs.get(digest_of(b"nothing")) is None
    assert blobs.lengths([]) == {}
    assert list(blobs.digests()) == []


def test_the_same_content_again_is_kept_once(store: Store) -> None:
    """Alone or among new ones."""
    blobs = store.blobs()
    digest, content = digest_of(b"picture"), b"picture"
    blobs.put({digest: content})
    blobs.put({digest: content, digest_of(b"new"): b"new"})
    assert sorted(blobs.digests()) == sorted([digest, digest_of(b"new")])


def test_another_content_of_the_same_digest_is_refused(store: Store) -> None:
    """The first one stays, and the rest of the batch is not kept."""
    blobs = store.blobs()
    blobs.put({"md5-x": b"one"})
    with pytest.raises(BadInput):
        blobs.put({"md5-new": b"new", "md5-x": b"two"})
    assert (blobs.get("md5-x"), blobs.get("md5-new")) == (b"one", None)


def test_contents_are_there_in_another_store_object(store: Store) -> None:
    """As soon as they are kept."""
    store.blobs().put(CONTENTS)
    assert sorted(store.blobs().digests()) == sorted(CONTENTS)


def test_what_is_dropped_is_gone_and_may_come_again(store: Store) -> None:
    """Only what was named goes; a repeat drops nothing; the same content can be kept anew."""
    blobs = store.blobs()
    blobs.put(CONTENTS)
    first, *others = sorted(CONTENTS)
    assert (blobs.drop([first, "md5-none"]), blobs.drop([first])) == (1, 0)
    assert (blobs.get(first), list(blobs.digests())) == (None, others)
    blobs.put({first: CONTENTS[first]})
    assert blobs.get(first) == CONTENTS[first]

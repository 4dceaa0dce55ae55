"""Boxes: they open with their key, in their place, and nowhere else."""

from __future__ import annotations

import pytest

from fieldsync.vault.sealing import DATA_KEY_BYTES, KEY_BYTES, Key, joined, unwrapped, wrapped

ONE, OTHER = Key(bytes(KEY_BYTES)), Key(bytes(range(KEY_BYTES)))
CONTENT = b'{"phone":"12812345678"}'


def test_what_is_sealed_is_opened_again() -> None:
    """The content comes back byte for byte, and is not to be seen in the box."""
    box = ONE.seal(CONTENT, b"ledger/row#0")
    assert ONE.open(box, b"ledger/row#0") == CONTENT
    assert b"12812345678" not in box


@pytest.mark.parametrize("box", [b"", b"abc", b"a box of some length", b"flipped"])
def test_a_box_that_was_changed_does_not_open(box: bytes) -> None:
    """Neither one with another bit, nor one that is none."""
    sealed = ONE.seal(CONTENT, b"place")
    changed = b"".join((sealed[:20], bytes([sealed[20] ^ 1]), sealed[21:])) if box == b"flipped" else box
    assert ONE.open(changed, b"place") is None


def test_a_box_opens_in_its_place_and_with_its_key_alone() -> None:
    """It cannot be moved to another row, and another person's key is of no use."""
    box = ONE.seal(CONTENT, b"ledger/row#0")
    assert ONE.open(box, b"ledger/other#0") is None
    assert OTHER.open(box, b"ledger/row#0") is None


def test_the_same_write_is_the_same_bytes_and_another_is_not() -> None:
    """Repeating a write changes nothing; another content or place has another nonce."""
    assert ONE.seal(CONTENT, b"place") == ONE.seal(CONTENT, b"place")
    nonces = {ONE.seal(content, place)[:12] for content in (CONTENT, b"{}") for place in (b"here", b"there")}
    assert len(nonces) == 4


def test_what_is_about_two_needs_both_keys() -> None:
    """Neither of the two opens it alone, nor both in the other order."""
    box = joined([ONE, OTHER]).seal(CONTENT, b"case")
    assert joined([ONE, OTHER]).open(box, b"case") == CONTENT
    assert [key.open(box, b"case") for key in (ONE, OTHER, joined([OTHER, ONE]))] == [None, None, None]


def test_a_wrapped_key_is_one_owners() -> None:
    """It is unwrapped by its data key and for its owner; for nobody else."""
    data_key = bytes(DATA_KEY_BYTES)
    kept = wrapped(OTHER.raw, "person:a", data_key, bytes(12))
    assert unwrapped(kept, "person:a", data_key) == OTHER.raw
    assert unwrapped(kept, "person:b", data_key) is None
    assert unwrapped(kept, "person:a", b"\1" * DATA_KEY_BYTES) is None

"""Sealing bytes under a person's key, and data keys that wrap those keys. Pure: keys and nonces are passed in.

A key has 64 bytes: half of them encrypt (AES-256-GCM), half make the nonce: a keyed BLAKE2b of what is sealed and of
where it stands. So the same content in the same place is the same bytes, as stores expect of a repeated write, and two
contents never share a nonce. Where it stands (database, row, part) is authenticated with it: a box moved to another row
does not open. Where a part is about two people, both keys are needed; whichever is destroyed, it is closed for good.

Source: NIST SP 800-38D (GCM); RFC 7693 (BLAKE2); RFC 5297, section 1, for nonces made of the content.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES: Final = 64
DATA_KEY_BYTES: Final = 32
_HALF: Final = 32
_NONCE: Final = 12


class Key:
    """A person's key, ready for use."""

    __slots__ = ("_cipher", "_nonces", "raw")

    def __init__(self, raw: bytes) -> None:
        if len(raw) != KEY_BYTES:
            raise ValueError(f"A key of {len(raw)} bytes.")
        self.raw = raw
        self._cipher, self._nonces = AESGCM(raw[:_HALF]), raw[_HALF:]

    def seal(self, content: bytes, place: bytes) -> bytes:
        """Return the content as a box, which opens in this place alone."""
        nonce = blake2b(place + b"\0" + content, digest_size=_NONCE, key=self._nonces).digest()
        return nonce + self._cipher.encrypt(nonce, content, place)

    def open(self, box: bytes, place: bytes) -> bytes | None:
        """Return what is in a box; None where it was made with another key, for another place, or was changed."""
        try:
            return self._cipher.decrypt(box[:_NONCE], box[_NONCE:], place)
        except (InvalidTag, ValueError):
            return None


def joined(keys: Sequence[Key]) -> Key:
    """Return the key of what is about several people: none of theirs alone opens it."""
    if len(keys) == 1:
        return keys[0]
    return Key(blake2b(b"".join(key.raw for key in keys), digest_size=KEY_BYTES, person=b"fieldsync joined").digest())


def wrapped(key: bytes, owner: str, data_key: bytes, nonce: bytes) -> bytes:
    """Return a person's key encrypted under a data key; it opens for this owner alone."""
    return nonce + _cipher(data_key).encrypt(nonce, key, owner.encode())


def unwrapped(kept: bytes, owner: str, data_key: bytes) -> bytes | None:
    """Return a person's key; None where the data key is another, or what was kept has changed."""
    try:
        return _cipher(data_key).decrypt(kept[:_NONCE], kept[_NONCE:], owner.encode())
    except (InvalidTag, ValueError):
        return None


@lru_cache(8)
def _cipher(data_key: bytes) -> AESGCM:
    """Return the cipher of a data key, made ready once: a process has one or two of them, and wraps many keys."""
    return AESGCM(data_key)

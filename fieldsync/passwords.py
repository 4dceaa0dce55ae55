"""Passwords: argon2id hashes, with a check that takes as long for a user who does not exist.

Source: OWASP Password Storage Cheat Sheet (argon2id, 19 MiB, two passes, one lane); NIST SP 800-63B, 5.1.1.2 (length).
"""

from __future__ import annotations

import threading
import unicodedata
from functools import cache

from pwdlib import PasswordHash
from pwdlib.exceptions import PwdlibError
from pwdlib.hashers.argon2 import Argon2Hasher

from fieldsync.errors import BadInput

SHORTEST = 8
LONGEST = 256
_HASHER = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19_456, parallelism=1),))
_TWO_AT_A_TIME = threading.BoundedSemaphore(2)


def hash_password(password: str, name: str) -> str:
    """Return the hash to keep. Raises BadInput for a password too short, too long, or equal to the user's name."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise BadInput(
            f"A password has {SHORTEST} to {LONGEST} characters. / 密码须为 {SHORTEST} 至 {LONGEST} 个字符。",
            field="password",
        )
    if password.casefold() == name.casefold():
        raise BadInput("A password must differ from the user's name. / 密码不能与用户名相同。", field="password")
    with _TWO_AT_A_TIME:
        return _HASHER.hash(_bytes(password))


def password_matches(password: str, kept: str | None) -> bool:
    """Compare a password with a kept hash; without one (None), spend the same time and answer False."""
    if len(password) > LONGEST:
        return False
    with _TWO_AT_A_TIME:
        try:
            matches = _HASHER.verify(_bytes(password), kept or _nobodys_hash())
        except PwdlibError:
            return False
    return matches and kept is not None


def _bytes(password: str) -> bytes:
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash("the password of nobody")

"""Encryption at rest: every page of a file, of its log and of its journal, by SQLite3 Multiple Ciphers.

The cipher is ChaCha20-Poly1305: each page is authenticated, with a nonce of its own. A key of 64 hexadecimal digits is
used as it is; any other is a passphrase, stretched (PBKDF2) with the file's own salt at each opening.
"""

from __future__ import annotations

import re

import apsw

from fieldsync.errors import StoreUnavailable

_CIPHER = "chacha20"
_RAW = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)


class WrongKey(StoreUnavailable):
    """A file that its key does not open, or that needs one."""


def unlock(connection: apsw.Connection, key: str) -> None:
    """Give a new connection its key, before it reads anything; what SQLite sets aside then stays in memory."""
    if key:
        for pragma in (f"cipher = '{_CIPHER}'", f"key = {_spelled(key)}", "temp_store = MEMORY"):
            connection.execute(f"PRAGMA {pragma}").fetchall()


def rekey(connection: apsw.Connection, key: str) -> None:
    """Encrypt a file anew, with another key or (empty) with none; nobody else may have it open."""
    connection.execute("PRAGMA journal_mode = DELETE").fetchall()
    connection.execute(f"PRAGMA cipher = '{_CIPHER}'").fetchall()
    connection.execute(f"PRAGMA rekey = {_spelled(key) if key else repr('')}").fetchall()
    connection.execute("PRAGMA journal_mode = WAL").fetchall()


def wrong_key(path: str, name: str, key: str) -> WrongKey:
    """Return the error of a file that is no database to one who has this key."""
    if not key:
        means = "is encrypted or damaged: set FIELDSYNC_STORE_KEY_FILE to the file with its key"
    elif _is_plain(path):
        means = "is not encrypted: encrypt the store with `fieldsync store encrypt`, or unset FIELDSYNC_STORE_KEY_FILE"
    else:
        means = "has another key than FIELDSYNC_STORE_KEY_FILE, or is damaged: give its key"
    return WrongKey(f"Database {name!r} {means}; if that is not it, restore it from a backup.")


def _is_plain(path: str) -> bool:
    connection = apsw.Connection(path, flags=apsw.SQLITE_OPEN_READONLY)
    try:
        connection.pragma("user_version")
    except apsw.Error:
        return False
    else:
        return True
    finally:
        connection.close()


def _spelled(key: str) -> str:
    text = f"raw:{key}" if _RAW.fullmatch(key) else key
    return "'" + text.replace("'", "''") + "'"

"""The key that encrypts an embedded store: 64 hexadecimal digits, or a passphrase, in a file of its own.

Never in the environment, where other programs can see it. 64 digits (`openssl rand -hex 32`) are the key itself; a
passphrase is stretched at every opening of a file, which takes a while on purpose.
"""

from __future__ import annotations

import stat
from pathlib import Path

from fieldsync.errors import BadInput

SHORTEST = 12
"""The fewest characters of a passphrase."""


def read_store_key(path: str) -> str:
    """Return the key in a file, empty where none is named. Raises BadInput when it is not readable or not private."""
    if not path:
        return ""
    try:
        if stat.S_IMODE(Path(path).stat().st_mode) & 0o077:
            raise BadInput(f"The store's key file {path} is open to other users: run chmod 600 {path}.")
        key = Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"The store's key file {path} cannot be read: {error}.") from error
    if len(key) < SHORTEST or not key.isprintable():
        raise BadInput(f"The store's key file {path} holds no key: write one with `openssl rand -hex 32 > {path}`.")
    return key

"""The names of a bare server's databases, and of the documents that it keeps for itself. Pure."""

from __future__ import annotations

import re

from fieldsync.replication import Caller
from mobile_api.bare.errors import IllegalName
from mobile_api.bare.paths import DATABASES

_LEGAL = re.compile(r"[a-z][a-z0-9_$()+/-]*\Z")
_LONGEST = 238
_TAKEN = re.compile(r"(?:bare/)*blobs\Z")
_PREFIX = "bare/"


def check_name(name: str) -> None:
    """Make sure that a database may have this name, as CouchDB rules. Raises IllegalName."""
    if not (_LEGAL.match(name) or name in DATABASES) or len(name) > _LONGEST:
        raise IllegalName(
            f"Name: '{name:.300}'. Only lowercase characters (a-z), digits (0-9), and any of the characters "
            "_, $, (, ), +, -, and / are allowed. Must begin with a letter."
        )


def stored_name(name: str) -> str:
    """Return the store's name of a client's database: `blobs` is where the store keeps attachments."""
    return _PREFIX + name if _TAKEN.match(name) else name


def shown_name(stored: str) -> str | None:
    """Return the client's name of a database of the store; None for one that is not shown."""
    if not _TAKEN.match(stored):
        return stored
    return stored.removeprefix(_PREFIX) if stored.startswith(_PREFIX) else None


def stored_local(caller: Caller, name: str) -> str:  # noqa: ARG001
    """Return the store's name of a client's `_local` document: its own, all users see the same.

    Names with one underscore in front are the server's.
    """
    return f"_{name}" if name.startswith("_") else name


def shown_local(stored: str) -> str | None:
    """Return the client's name of a `_local` document of the store; None for one of the server's own."""
    if not stored.startswith("_"):
        return stored
    return stored[1:] if stored.startswith("__") else None

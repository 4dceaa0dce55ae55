"""Where a CouchDB is, as a URL says it, and what our databases are called there."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from fieldsync.errors import BadInput

FORM = "couchdb://user:password@host:5984/prefix"
SCHEMES = {"couchdb": ("http", 5984), "couchdbs": ("https", 6984)}
_PREFIX = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
_NAME = re.compile(r"[a-z][a-z0-9_$()+/-]*", re.ASCII)
_LONGEST = 238


@dataclass(frozen=True, slots=True)
class Address:
    """A CouchDB, the user we are there, and the prefix of our databases' names; the password is never shown."""

    scheme: str
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    prefix: str

    @property
    def place(self) -> str:
        """Return host and port, for messages."""
        return f"{self.host}:{self.port}"

    def name_there(self, name: str) -> str:
        """Return what CouchDB calls our database. Raises BadInput."""
        there = f"{self.prefix}-{name}" if self.prefix else name
        if not name or len(there) > _LONGEST or _NAME.fullmatch(there) is None:
            raise BadInput(
                f"{name!r:.80} cannot name a database in CouchDB: use at most {_LONGEST - len(self.prefix) - 1} "
                "lower-case letters, digits and _ $ ( ) + - /, beginning with a letter."
            )
        return there

    def name_here(self, there: str) -> str | None:
        """Return what we call a database of CouchDB, or None if it is not ours."""
        if self.prefix:
            return there.removeprefix(f"{self.prefix}-") if there.startswith(f"{self.prefix}-") else None
        return None if there.startswith("_") else there


def read_address(url: str) -> Address:
    """Read a store's URL. Raises BadInput, which never shows the password."""
    try:
        parts = urlsplit(url)
        scheme, usual_port = SCHEMES[parts.scheme]
        host, port = parts.hostname, parts.port or usual_port
    except (ValueError, KeyError):
        raise BadInput(f"This is not the URL of a CouchDB: use {FORM}.") from None
    prefix = parts.path.strip("/")
    if not host or parts.query or parts.fragment:
        raise BadInput(f"The URL of a CouchDB names a host and nothing after the prefix: use {FORM}.")
    if prefix and _PREFIX.fullmatch(prefix) is None:
        raise BadInput(f"{prefix!r:.80} cannot be a prefix: use lower-case letters, digits and _, as in {FORM}.")
    return Address(scheme, host, port, unquote(parts.username or ""), unquote(parts.password or ""), prefix)

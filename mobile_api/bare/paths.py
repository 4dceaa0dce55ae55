"""Which thing a path of a bare server names: the server's own endpoints, and what a database has beside replication."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import unquote_to_bytes

from fieldsync.errors import BadInput
from mobile_api.replication.paths import Target, read_path

SERVER = frozenset(
    {
        "_active_tasks",
        "_all_dbs",
        "_db_updates",
        "_dbs_info",
        "_membership",
        "_replicate",
        "_session",
        "_up",
        "_utils",
        "_uuids",
    }
)
DATABASES = frozenset({"_users", "_replicator", "_global_changes"})
"""Databases whose names begin with an underscore; here they are like any other."""
BELOW_DATABASE = frozenset(
    {
        "_compact",
        "_design_docs",
        "_explain",
        "_find",
        "_index",
        "_local_docs",
        "_missing_revs",
        "_purge",
        "_revs_limit",
        "_security",
        "_view_cleanup",
    }
)
DEEP = frozenset({"_compact", "_index"})
"""What may have more segments below it, which then are the target's name."""
DESIGN = frozenset({"_info", "_list", "_nouveau", "_rewrite", "_search", "_show", "_update", "_view"})
"""What a design document offers in CouchDB, where programs in it are run."""


def read_bare_path(raw_path: bytes, mounted_at: str = "") -> Target:
    """Read the path of a request. Raises BadInput."""
    segments = [_decoded(segment) for segment in raw_path.strip(b"/").split(b"/")]
    first, *rest = segments
    if first.startswith("_") and first not in DATABASES:
        return Target(first if first in SERVER else "nowhere", name="/".join(rest) if first in SERVER else first)
    return _below_database(first, rest) or read_path(raw_path, mounted_at)


def _below_database(database: str, rest: Sequence[str]) -> Target | None:
    if not rest:
        return None
    if rest[0] in BELOW_DATABASE and (len(rest) == 1 or rest[0] in DEEP):
        return Target(rest[0], database, "/".join(rest[1:]))
    if len(rest) > 2 and rest[0] == "_design" and rest[2] in DESIGN:
        return Target("program", database, rest[2])
    return None


def _decoded(segment: bytes) -> str:
    try:
        return unquote_to_bytes(segment).decode()
    except UnicodeDecodeError as error:
        raise BadInput("The path is not UTF-8 once its percent signs are decoded.") from error

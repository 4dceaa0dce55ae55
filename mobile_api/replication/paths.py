"""Which thing a path names. Pure.

Paths are split before they are percent-decoded, so that an identifier may hold a slash (`%2F`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes

from fieldsync.errors import BadInput

ENDPOINTS = frozenset(
    {"_all_docs", "_bulk_docs", "_bulk_get", "_changes", "_compact", "_ensure_full_commit", "_revs_diff"}
)


@dataclass(frozen=True, slots=True)
class Target:
    """What a path names: its kind (an endpoint's name, or a word of ours), the cell, an identifier below it, and the
    name of what is attached to that."""

    kind: str
    cell: str = ""
    name: str = ""
    attachment: str = ""


def read_path(raw_path: bytes, mounted_at: str = "") -> Target:
    """Read the path of a request below the prefix where the application is mounted. Raises BadInput."""
    prefix = quote(mounted_at).encode()
    below = raw_path[len(prefix) :] if raw_path.startswith(prefix) else raw_path
    segments = [_decoded(segment) for segment in below.removeprefix(b"/").removesuffix(b"/").split(b"/")]
    if segments == [""]:
        return Target("root")
    cell, *rest = segments
    return _below_database(cell, rest) if rest else Target("database", cell)


def _decoded(segment: bytes) -> str:
    try:
        return unquote_to_bytes(segment).decode()
    except UnicodeDecodeError as error:
        raise BadInput("The path is not UTF-8 once its percent signs are decoded.") from error


def _below_database(cell: str, rest: Sequence[str]) -> Target:
    first, slash, tail = rest[0].partition("/")
    if slash and first in {"_local", "_design"}:
        rest = [first, tail, *rest[1:]]
    first = rest[0]
    if first == "_local":
        return _local(cell, rest[1:])
    if first == "_design" and len(rest) > 1:
        return _document(cell, f"_design/{rest[1]}", rest[2:])
    if first in ENDPOINTS and len(rest) == 1:
        return Target(first, cell)
    if first.startswith("_") or not first:
        return Target("unknown", cell, first)
    return _document(cell, first, rest[1:])


def _local(cell: str, below: Sequence[str]) -> Target:
    if not any(below):
        return Target("unknown", cell)
    return Target("local" if len(below) == 1 else "local_attachment", cell, below[0], "/".join(below[1:]))


def _document(cell: str, doc_id: str, below: Sequence[str]) -> Target:
    return Target("attachment" if below else "document", cell, doc_id, "/".join(below))

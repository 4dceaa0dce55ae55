"""Replication: who may, what comes in, and what frames the answers of the CouchDB protocol; without HTTP.

The rows of long answers come from the store as the bytes that clients see (see `fieldsync.stores.wire`).

Source: CouchDB documentation, "CouchDB Replication Protocol" and "Document Level Resources".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

import msgspec

from fieldsync.documents import Rev, cell_database
from fieldsync.stores.base import Database, Info, Missing, Store

Row = dict[str, Any]
OpenDatabase = Callable[[str], Database]
"""Finds the database that a path names: a cell's, or for a bare server the database of that very name."""


class Access(StrEnum):
    """What a caller may do: everything, hand in what is left after a handover, or send to what nobody may fetch."""

    HELD = "held"
    DRAINING = "draining"
    SEALED = "sealed"

    @property
    def reads(self) -> bool:
        """Tell whether anything may be fetched."""
        return self is Access.HELD


@dataclass(frozen=True, slots=True)
class Caller:
    """Who speaks on /db; `drained_at` is since when he may only send, as far as that is known."""

    user: str
    tablet: str | None
    access: Access
    drained_at: datetime | None = None


class Gate(Protocol):
    """Decides on every request who may pass, from the Authorization header as it came."""

    def root(self, authorization: str | None) -> Caller:
        """Return who asks for the replication root. Raises Unauthenticated."""

    def cell(self, authorization: str | None, cell: str) -> Caller:
        """Return who asks for a cell. Raises Unauthenticated, Forbidden (alike for absent and for foreign cells)."""


@dataclass(frozen=True, slots=True)
class PushRequest:
    """What one request hands in: the raw JSON text of each document, and the sender's clock reading as it came.

    A document may be anything that brackets and quotes delimit: too deep, half a surrogate pair, not an object.
    """

    cell: str
    caller: Caller
    documents: list[bytes]
    clock: str | None
    new_edits: bool = False


class Intake(Protocol):
    """Takes in what is pushed."""

    def push(self, request: PushRequest) -> list[Row]:
        """Keep the documents; returns the rows to answer: those that failed, or with `new_edits` one per document."""

    def missing(self, cell: str, caller: Caller, revs: Mapping[str, Sequence[str]]) -> dict[str, Missing]:
        """Return for `_revs_diff` which revisions are not known here."""


def open_cell(store: Store, cell: str) -> Database:
    """Return the database of a cell that exists, made if nothing was ever written to it."""
    return store.create(cell_database(cell))


encode = msgspec.json.encode


def changes_tail(last_seq: str, pending: int) -> bytes:
    """Write what closes a `_changes` answer after its rows."""
    return b'\n],\n"last_seq":%b,"pending":%d}\n' % (encode(last_seq), pending)


CHANGES_HEAD = b'{"results":[\n'
"""What opens a `_changes` answer; newlines may follow until there are rows."""


def render_missing(gaps: Mapping[str, Missing]) -> bytes:
    """Write the answer of `_revs_diff`."""
    rows: dict[str, dict[str, Sequence[Rev]]] = {}
    for doc_id, gap in gaps.items():
        rows[doc_id] = {"missing": gap.missing}
        if gap.possible_ancestors:
            rows[doc_id]["possible_ancestors"] = gap.possible_ancestors
    return encode(rows)


def render_info(name: str, info: Info) -> bytes:
    """Write a database's figures under the name that the client knows."""
    return encode(
        {
            "db_name": name,
            "update_seq": info.update_seq,
            "instance_start_time": "0",
            "doc_count": info.doc_count,
            "doc_del_count": info.doc_del_count,
            "purge_seq": "0",
            "compact_running": False,
        }
    )

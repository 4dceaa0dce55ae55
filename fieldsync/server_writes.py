"""The server's pen: revisions that the server writes itself, recorded in the ledger before they enter a cell.

A server revision carries its cause and a seal in `meta`, and no time; its hash follows from its parent and its body.
So a repeat, or a second server, writes the same revision.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from fieldsync.clock import write_time
from fieldsync.documents import Body, DocId, Rev, cell_database, decode_body, encode_body
from fieldsync.ledger import Entry, Ledger
from fieldsync.restoring import enter_what_was_left_out
from fieldsync.revisions import server_rev
from fieldsync.seals import sealed
from fieldsync.stores.base import Database, Graft, Revision, Store

BATCH = 500


@dataclass(frozen=True, slots=True)
class Draft:
    """A revision about to be written: the body without `meta`, and what the ledger should know of it."""

    document: DocId
    content: Mapping[str, Any]
    path: tuple[Rev, ...] = ()
    deleted: bool = False
    cause: str = ""
    meta: Mapping[str, Any] = field(default_factory=dict)
    stamps: Mapping[str, str] = field(default_factory=dict)
    contests: Sequence[dict[str, Any]] = ()
    decisions: Sequence[dict[str, Any]] = ()
    merged: Sequence[str] = ()
    restores: Sequence[str] = ()
    merged_into: str | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """A server revision, ready for the ledger and for the cell."""

    entry: Entry
    graft: Graft

    @property
    def rev(self) -> Rev:
        """Return the revision's identifier."""
        return self.graft.path[0]


class Pen:
    """Writes the server's revisions: first the ledger, then the cell."""

    def __init__(self, store: Store, ledger: Ledger, seal_key: bytes, now: Callable[[], datetime]) -> None:
        self._store, self._ledger, self._key, self._now = store, ledger, seal_key, now

    def written(self, cell: str, draft: Draft) -> Written:
        """Return the revision of a draft without storing it; the same draft always gives the same revision."""
        meta = {"cause": draft.cause, **draft.meta, **({"restores": list(draft.restores)} if draft.restores else {})}
        body: Body = sealed(draft.document, {**draft.content, "meta": meta}, self._key)
        parent = draft.path[0] if draft.path else None
        rev = server_rev(parent, draft.deleted, body)
        entry = Entry(
            cell=cell,
            document=draft.document,
            rev=rev,
            path=[rev, *draft.path],
            origin="server",
            authority="registry",
            arrived=write_time(self._now()),
            deleted=draft.deleted,
            body=body,
            stamps=dict(draft.stamps),
            contests=list(draft.contests),
            decisions=list(draft.decisions),
            merged=list(draft.merged),
            restores=list(draft.restores),
            merged_into=draft.merged_into,
            cause=draft.cause,
        )
        return Written(entry, Graft(draft.document, (rev, *draft.path), encode_body(body), draft.deleted))

    def write(self, cell: str, drafts: Sequence[Draft]) -> list[Written]:
        """Record drafts in the ledger and graft them into the cell, in one transaction of each; idempotent."""
        written = [self.written(cell, draft) for draft in drafts]
        self.store(cell, written)
        return written

    def store(self, cell: str, written: Sequence[Written]) -> None:
        """Record revisions and graft them; their paths are shortened in the ledger to the parent."""
        if written:
            self._ledger.record([_short(w.entry) for w in written])
            self._store.database(cell_database(cell)).graft([w.graft for w in written])

    def publish(self, cell: str, documents: Mapping[DocId, Mapping[str, Any]], cause: str) -> int:
        """Write server documents (bodies without `meta`) into a cell; what has the same content is left alone.

        Returns how many were written.
        """
        database = self._store.database(cell_database(cell))
        count, ids = 0, list(documents)
        for start in range(0, len(ids), BATCH):
            batch = {doc_id: documents[doc_id] for doc_id in ids[start : start + BATCH]}
            drafts = _publishing(database, batch, cause)
            if self._enter_what_was_left_out(cell, database, drafts):
                drafts = _publishing(database, batch, cause)
            count += len(self.write(cell, drafts))
        return count

    def _enter_what_was_left_out(self, cell: str, database: Database, drafts: Sequence[Draft]) -> int:
        """Enter what a crash recorded and kept from the cell, so that the next revision is written on it."""
        logs = ((draft.document, self._ledger.document(cell, draft.document)) for draft in drafts)
        return sum(enter_what_was_left_out(database, doc_id, log) for doc_id, log in logs if log.entries)

    def withdraw(self, cell: str, ids: Sequence[DocId], cause: str) -> int:
        """Write a tombstone on each live document; returns how many were written."""
        database = self._store.database(cell_database(cell))
        drafts = _withdrawing(database, ids, cause)
        if self._enter_what_was_left_out(cell, database, drafts):
            drafts = _withdrawing(database, ids, cause)
        return len(self.write(cell, drafts))


def _publishing(database: Database, documents: Mapping[DocId, Mapping[str, Any]], cause: str) -> list[Draft]:
    present = database.revisions([(doc_id, None) for doc_id in documents], latest=False)
    return [
        Draft(doc_id, documents[doc_id], found[0].path if found else (), cause=cause)
        for doc_id, found in zip(documents, present, strict=True)
        if not (found and _has_content(found[0], documents[doc_id]))
    ]


def _withdrawing(database: Database, ids: Sequence[DocId], cause: str) -> list[Draft]:
    found = [r[0] for r in database.revisions([(i, None) for i in ids], latest=False) if r and not r[0].deleted]
    return [Draft(r.id, {}, r.path, deleted=True, cause=cause) for r in found]


def _has_content(found: Revision, wanted: Mapping[str, Any]) -> bool:
    if found.deleted:
        return False
    return {k: v for k, v in decode_body(found.body).items() if k != "meta"} == wanted


def _short(entry: Entry) -> Entry:
    return msgspec.structs.replace(entry, path=entry.path[:2])

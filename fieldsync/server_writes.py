"""The server's pen: revisions that the server writes itself, recorded in the ledger before they enter a cell.

A server revision carries its cause and a seal in `meta`, and no time; its hash follows from its parent and its body.
So a repeat, or a second server, writes the same revision.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
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
from fieldsync.stores.base import Database, Graft, Leaf, Revision, Store

BATCH = 2000
CELLS = 25
"""Cells whose entries go into the ledger in one write."""
AT_ONCE = 8
"""Cells that are written to at the same time."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A revision about to be written: the body without `meta`, and what the ledger should know of it.

    `author`, `tablet` and `authority` are whose words it brings: the registry's, unless it lets a late change in.
    """

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
    author: str | None = None
    tablet: str | None = None
    authority: str = "registry"


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

    def written(self, cell: str, draft: Draft, arrived: str = "") -> Written:
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
            authority=draft.authority,
            author=draft.author,
            tablet=draft.tablet,
            arrived=arrived or write_time(self._now()),
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
        arrived = write_time(self._now())
        written = [self.written(cell, draft, arrived) for draft in drafts]
        self.store(cell, written)
        return written

    def store(self, cell: str, written: Sequence[Written]) -> None:
        """Record revisions and graft them; their paths are shortened in the ledger to the parent."""
        if written:
            self._ledger.record([_short(w.entry) for w in written])
            self._graft(cell, written)

    def _graft(self, cell: str, written: Sequence[Written]) -> None:
        if written:
            self._store.database(cell_database(cell)).graft([w.graft for w in written])

    def publish(self, cell: str, documents: Mapping[DocId, Mapping[str, Any]], cause: str) -> int:
        """Write server documents (bodies without `meta`) into a cell; what has the same content is left alone.

        Returns how many were written.
        """
        count, ids = 0, list(documents)
        for start in range(0, len(ids), BATCH):
            batch = {doc_id: documents[doc_id] for doc_id in ids[start : start + BATCH]}
            count += len(self.write(cell, self._drafts(cell, batch, cause)))
        return count

    def publish_all(self, documents: Mapping[str, Mapping[DocId, Mapping[str, Any]]], cause: str) -> int:
        """Do as `publish` for a few documents each in many cells: one write of the ledger for a number of cells."""
        cells, count = list(documents), 0
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for start in range(0, len(cells), CELLS):
                batch = cells[start : start + CELLS]
                drafts = pool.map(lambda cell: self._drafts(cell, documents[cell], cause), batch)
                written = [[self.written(cell, one) for one in each] for cell, each in zip(batch, drafts, strict=True)]
                self._ledger.record([_short(one.entry) for each in written for one in each])
                list(pool.map(self._graft, batch, written))
                count += sum(map(len, written))
        return count

    def _drafts(self, cell: str, documents: Mapping[DocId, Mapping[str, Any]], cause: str) -> list[Draft]:
        """Return what of some documents a cell has not, or has with other content."""
        database = self._store.database(cell_database(cell))
        drafts = _publishing(database, documents, cause)
        if self._enter_what_was_left_out(cell, database, drafts):
            drafts = _publishing(database, documents, cause)
        return drafts

    def _enter_what_was_left_out(self, cell: str, database: Database, drafts: Sequence[Draft]) -> int:
        """Enter what a crash recorded and kept from the cell, so that the next revision is written on it."""
        if not drafts:
            return 0
        logs = self._ledger.several(cell, [draft.document for draft in drafts])
        return sum(enter_what_was_left_out(database, DocId(i), log) for i, log in logs.items() if log.entries)

    def leaves(self, cell: str, doc_id: DocId) -> tuple[Leaf, ...]:
        """Return all leaves that a cell has of a document, winner first."""
        return self._store.database(cell_database(cell)).leaves(doc_id)

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

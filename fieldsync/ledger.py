"""The ledger: every revision with its body and path, and what became of each change. Append only.

Ids: a revision is `{cell}/{document}@{revision}`; an outcome is its revision's id with `#{item}#{number}`; the highest
number counts. So one range of ids tells everything about a document.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from fieldsync.documents import Body, DocId
from fieldsync.history import Ancestry
from fieldsync.stores.base import ChangesQuery, Database, Page, Revision, Store

NAME = "ledger"
OUTCOME_ROW = b'{"type":"outcome"'
"""How an outcome's document begins; all others are entries."""


class Entry(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One revision as the ledger keeps it.

    `path` runs from the revision to the nearest ancestor that had an entry, newest first. `stamps` say when each item
    was last changed, in the server's time, inherited from ancestors where this revision did not touch it; `contests`
    are those open at this revision. `changes` are the items in which a tablet's edit differs from its nearest ancestor
    with a body. `merged` are the leaves a resolution merged, its parent among them.
    """

    cell: str
    document: str
    rev: str
    path: list[str]
    origin: str
    arrived: str
    deleted: bool = False
    body: Body | None = None
    author: str | None = None
    tablet: str | None = None
    authority: str = "collector"
    offset_s: float | None = None
    stamps: dict[str, str] = {}
    contests: list[dict[str, Any]] = []
    decisions: list[dict[str, Any]] = []
    changes: list[str] = []
    merged: list[str] = []
    merged_into: str | None = None
    quarantined: str | None = None
    raw: str | None = None
    cause: str | None = None

    @property
    def is_edit(self) -> bool:
        """Tell whether a tablet wrote this revision."""
        return self.origin == "tablet"

    @property
    def is_accepted(self) -> bool:
        """Tell whether the revision may take part in merges."""
        return self.quarantined is None and self.body is not None


class Outcome(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What became of one change: a stage of its way, or its end. `cause` names what decided."""

    cell: str
    document: str
    rev: str
    item: str
    outcome: str
    cause: str
    at: str
    by: str | None = None
    number: int = 0
    detail: dict[str, Any] = {}


class DocumentLog:
    """All that the ledger has about one document of one cell."""

    def __init__(self, entries: Iterable[Entry] = (), outcomes: Iterable[Outcome] = ()) -> None:
        self.entries: dict[str, Entry] = {entry.rev: entry for entry in entries}
        self._ancestry: Ancestry | None = None
        self.outcomes: dict[tuple[str, str], Outcome] = {}
        for outcome in sorted(outcomes, key=lambda o: o.number):
            self.outcomes[outcome.rev, outcome.item] = outcome

    def add(self, entry: Entry) -> None:
        """Take in an entry that was just recorded; the first one of a revision stays."""
        self.entries.setdefault(entry.rev, entry)
        self._ancestry = None

    def ancestry(self) -> Ancestry:
        """Return what each revision descends from; kept until an entry is added."""
        if self._ancestry is None:
            self._ancestry = self._read_ancestry()
        return self._ancestry

    def _read_ancestry(self) -> Ancestry:
        parents: dict[str, set[str]] = {}
        for entry in self.entries.values():
            for child, parent in zip(entry.path, entry.path[1:], strict=False):
                parents.setdefault(child, set()).add(parent)
            parents.setdefault(entry.rev, set()).update(entry.merged)
        return Ancestry(parents)

    def path(self, rev: str) -> Iterator[str]:
        """Yield a revision and its ancestors in the tree, newest first, across entries."""
        seen = set()
        todo = [rev]
        while todo:
            at = todo.pop()
            entry = self.entries.get(at)
            for known in entry.path if entry else [at]:
                if known not in seen:
                    seen.add(known)
                    yield known
            last = entry.path[-1] if entry else at
            if last != at:
                todo.append(last)

    def nearest(self, path: Iterable[str]) -> Entry | None:
        """Return the first accepted revision with a body on a path."""
        return next((e for rev in path if (e := self.entries.get(rev)) and e.is_accepted), None)

    def has_lived(self) -> bool:
        """Tell whether any accepted revision was not a tombstone."""
        return any(entry.is_accepted and not entry.deleted for entry in self.entries.values())

    def edits(self) -> list[Entry]:
        """Return the tablets' accepted edits, in order of arrival."""
        found = [e for e in self.entries.values() if e.is_edit and e.is_accepted]
        return sorted(found, key=lambda e: (e.arrived, e.rev))


class Ledger:
    """Reads and appends; nothing here changes what stands."""

    def __init__(self, store: Store) -> None:
        self._db: Database = store.create(NAME)

    def record(self, entries: Sequence[Entry]) -> None:
        """Put each entry if absent, durably: the first arrival of a revision fixes its author and its stamps."""
        if entries:
            self._db.add([(DocId(entry_id(e.cell, e.document, e.rev)), _encode("entry", e)) for e in entries])

    def conclude(self, outcomes: Sequence[Outcome], log: DocumentLog) -> None:
        """Append outcomes that differ from what already counts; `log` is brought up to date."""
        left = list(outcomes)
        while news := _news(left, log):
            added = self._db.add(
                [(outcome_id(o.cell, o.document, o.rev, o.item, o.number), _encode("outcome", o)) for o in news]
            )
            left = [o for o, is_new in zip(news, added, strict=True) if not is_new]
            if left:  # another server took these numbers meanwhile: go on from what it wrote
                log.outcomes = self.document(left[0].cell, left[0].document).outcomes

    def entry(self, cell: str, document: str, rev: str) -> Entry | None:
        """Return one revision's entry."""
        found = self._db.get(DocId(entry_id(cell, document, rev)))
        return msgspec.json.decode(found.body, type=Entry) if found and not found.deleted else None

    def unknown(self, cell: str, revisions: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
        """Return those of a cell's revisions, named by document and revision, that have no entry."""
        wanted = [(DocId(entry_id(cell, document, rev)), None) for document, rev in revisions]
        found = self._db.revisions(wanted, latest=False)
        return [one for one, held in zip(revisions, found, strict=True) if not held or held[0].deleted]

    def document(self, cell: str, document: str) -> DocumentLog:
        """Read everything about one document."""
        prefix = f"{cell}/{document}@"
        return _log(self._read(prefix, prefix + "\U0010ffff"))

    def documents(self, area: str = "") -> Iterator[tuple[str, str, DocumentLog]]:
        """Yield (cell, document, log) for everything in the ledger, or in an area's cells; memory stays flat."""
        start, end = area, area + "\U0010ffff"
        key: tuple[str, str] | None = None
        held: list[Entry | Outcome] = []
        for row in self._read(start, end):
            if key != (row.cell, row.document):
                if key:
                    yield (*key, _log(held))
                key, held = (row.cell, row.document), []
            held.append(row)
        if key:
            yield (*key, _log(held))

    def rows(self, area: str = "") -> Iterator[Revision]:
        """Yield the ledger's documents as they are kept, of everything or of an area's cells, in order of id."""
        return self._db.documents(area, area + "\U0010ffff")

    def rows_of(self, cell: str, document: str) -> Iterator[Revision]:
        """Yield the ledger's documents about one document, as they are kept."""
        prefix = f"{cell}/{document}@"
        return self._db.documents(prefix, prefix + "\U0010ffff")

    def changes(self, since: str, limit: int) -> Page:
        """Return a page of the ledger's own sequence."""
        return self._db.changes(ChangesQuery(since=since, limit=limit))

    def bodies(self, ids: Sequence[DocId]) -> dict[DocId, bytes]:
        """Return those of the ledger's documents that are there, as they are kept, by identifier."""
        found = self._db.revisions([(one, None) for one in ids], latest=False) if ids else []
        return {r[0].id: r[0].body for r in found if r and not r[0].deleted}

    def _read(self, start: str, end: str) -> Iterator[Entry | Outcome]:
        for revision in self._db.documents(start, end):
            if revision.body.startswith(OUTCOME_ROW):
                yield msgspec.json.decode(revision.body, type=Outcome)
            else:
                yield msgspec.json.decode(revision.body, type=Entry)


def entry_id(cell: str, document: str, rev: str) -> str:
    """Return the ledger's identifier of a revision."""
    return f"{cell}/{document}@{rev}"


def outcome_id(cell: str, document: str, rev: str, item: str, number: int) -> DocId:
    """Return the ledger's identifier of an outcome."""
    return DocId(f"{entry_id(cell, document, rev)}#{item}#{number:04d}")


def _name_of(outcome: Outcome) -> DocId:
    return outcome_id(outcome.cell, outcome.document, outcome.rev, outcome.item, outcome.number)


def _news(outcomes: Iterable[Outcome], log: DocumentLog) -> list[Outcome]:
    """Number the outcomes that differ from what counts, and enter them into the log."""
    news = []
    for outcome in outcomes:
        last = log.outcomes.get((outcome.rev, outcome.item))
        if last and (last.outcome, last.cause) == (outcome.outcome, outcome.cause):
            continue
        numbered = msgspec.structs.replace(outcome, number=last.number + 1 if last else 1)
        log.outcomes[outcome.rev, outcome.item] = numbered
        news.append(numbered)
    return news


def _encode(kind: str, row: Entry | Outcome) -> bytes:
    return b'{"type":"' + kind.encode() + b'",' + msgspec.json.encode(row)[1:]


def _log(rows: Iterable[Entry | Outcome]) -> DocumentLog:
    rows = list(rows)
    return DocumentLog(
        (r for r in rows if isinstance(r, Entry)),
        (r for r in rows if isinstance(r, Outcome)),
    )

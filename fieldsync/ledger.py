"""The ledger: every revision with its body and path, and what became of each change. Append only.

Ids: a revision is `{cell}/{document}@{revision}`; an outcome is its revision's id with `#{item}#{number}`; the highest
number counts. So one range of ids tells everything about a document.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

import msgspec

from conflict import json_equal
from fieldsync.archive import Archive
from fieldsync.documents import DocId
from fieldsync.ledger_rows import Arrival, DocumentLog, Entry, Outcome, entry_id, outcome_id, read_entry, write_entry
from fieldsync.stores.base import ChangesQuery, Page, Put, Query, Revision, Store
from fieldsync.vault import SealedDatabase, Vault
from fieldsync.vault.owners import concerned
from fieldsync.vault.shapes import is_plain, lacks_own_key

__all__ = ["NAME", "Arrival", "DocumentLog", "Entry", "Ledger", "Outcome", "entry_id", "outcome_id"]
NAME = "ledger"
OUTCOME_ROW = b'{"type":"outcome"'
"""How an outcome's document begins; all others are entries."""


class Ledger:
    """Reads and appends; nothing here changes what stands."""

    def __init__(self, store: Store, vault: Vault, archive: Archive | None = None) -> None:
        self._db, self._vault = SealedDatabase(store, NAME, vault), vault
        self.archive = archive or Archive(None)

    def record(self, entries: Sequence[Entry], outcomes: Sequence[Outcome] = ()) -> None:
        """Put each entry if absent, durably: the first arrival of a revision fixes its author and its stamps.

        With them, in the same write, the first outcomes of changes that are over as they arrive.
        """
        rows = [(DocId(entry_id(e.cell, e.document, e.rev)), write_entry(e)) for e in entries]
        rows += [_outcome_row(msgspec.structs.replace(outcome, number=1)) for outcome in outcomes]
        if rows:
            self._db.add(rows)

    def conclude(self, outcomes: Sequence[Outcome], log: DocumentLog) -> None:
        """Append outcomes that differ from what already counts; `log` is brought up to date."""
        left = list(outcomes)
        while news := _news(left, log):
            added = self._db.add([_outcome_row(outcome) for outcome in news])
            left = [o for o, is_new in zip(news, added, strict=True) if not is_new]
            if left:  # another server took these numbers meanwhile: go on from what it wrote
                log.outcomes = self.document(left[0].cell, left[0].document).outcomes

    def entry(self, cell: str, document: str, rev: str) -> Entry | None:
        """Return one revision's entry."""
        found = self._db.get(DocId(entry_id(cell, document, rev)))
        return self._whole(read_entry(found.body)) if found and not found.deleted else None

    def entries(self, cell: str, revisions: Sequence[tuple[str, str]]) -> list[Entry | None]:
        """Return for each of a cell's revisions, named by document and revision, its entry or None, in one read.

        What was told is not in them, only who wrote which items when, and what they descend from.
        """
        if not revisions:
            return []
        wanted = [(DocId(entry_id(cell, document, rev)), None) for document, rev in revisions]
        found = self._db.kept.revisions(wanted, latest=False)
        return [read_entry(one[0].body) if one and not one[0].deleted else None for one in found]

    def unknown(self, cell: str, revisions: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
        """Return those of a cell's revisions, named by document and revision, that have no entry."""
        return [one for one, held in zip(revisions, self.entries(cell, revisions), strict=True) if held is None]

    def is_plain(self, cell: str, document: str) -> bool:
        """Tell whether something about a document was written before there were keys of persons."""
        return self._db.has_plain(f"{cell}/{document}@")

    def lacks_own_key(self, cell: str, document: str) -> bool:
        """Tell whether something about a document that runs out by itself cannot be closed by itself."""
        prefix = f"{cell}/{document}@"
        rows = self._db.kept.documents(prefix, prefix + "\U0010ffff")
        return any(is_plain(NAME, row.id, row.body) or lacks_own_key(NAME, row.id, row.body) for row in rows)

    def naming(self, cell: str, kinds: Sequence[str], names: Collection[str]) -> set[str]:
        """Return the documents of some kinds in a cell of which a revision names one of some documents."""
        wanted = [name.encode() for name in names]
        rows = (row for kind in kinds for row in self._db.documents(f"{cell}/{kind}:", f"{cell}/{kind};"))
        return {read_entry(row.body).document for row in rows if any(name in row.body for name in wanted)}

    def about_erased(self, bodies: Mapping[str, Mapping[str, Any]]) -> frozenset[str]:
        """Return those of some documents, by identifier, that are about somebody who was erased."""
        owners = {name: concerned(name, body) for name, body in bodies.items()}
        keys = self._vault.keys.known(owner for held in owners.values() for owner in held)
        return frozenset(name for name, held in owners.items() if any(keys.get(one, True) is None for one in held))

    def document(self, cell: str, document: str) -> DocumentLog:
        """Read everything about one document, what went to the archive too, if that is there."""
        prefix = f"{cell}/{document}@"
        rows = self._read(prefix, prefix + "\U0010ffff")
        return _log(self._whole(row) if isinstance(row, Entry) else row for row in rows)

    def several(self, cell: str, documents: Sequence[str]) -> dict[str, DocumentLog]:
        """Read everything about some documents of a cell at once; a log, perhaps empty, for each."""
        held: dict[str, list[Entry | Outcome]] = {document: [] for document in documents}
        for row in map(_read_row, self._db.below([f"{cell}/{document}@" for document in held])):
            held[row.document].append(self._whole(row) if isinstance(row, Entry) else row)
        return {document: _log(rows) for document, rows in held.items()}

    def documents(self, area: str = "") -> Iterator[tuple[str, str, DocumentLog]]:
        """Yield (cell, document, log) for everything in the ledger, or in an area's cells; memory stays flat.

        What went to the archive is there in its short form.
        """
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

    def arrivals(
        self,
        *,
        tablet: str | None = None,
        day: date | None = None,
        zone: tzinfo = UTC,
        limit: int = 1000,
    ) -> list[Arrival]:
        """Return what came from a tablet, on a day of a zone, or both, by an index; in order of id, so many at most."""
        where = {"tablet": tablet} if tablet else {}
        begins = _hours(day, zone) if day else [""]
        found: dict[str, Revision] = {}
        for hour in begins:
            prefix = {"arrived": hour} if hour else {}
            found |= {r.id: r for r in self._db.kept.find(Query(where, limit=limit, prefix=prefix))}
        rows = [msgspec.json.decode(found[name].body, type=Arrival) for name in sorted(found)]
        return [row for row in rows if row.tablet][:limit]

    def rows(self, area: str = "", start: str = "", end: str = "\U0010ffff") -> Iterator[Revision]:
        """Yield the ledger's documents, opened, in order of id: an area's cells from one to another."""
        return self._db.documents(max(area, start), min(area + "\U0010ffff", end))

    def rows_of(self, cell: str, document: str) -> Iterator[Revision]:
        """Yield the ledger's documents about one document, opened."""
        prefix = f"{cell}/{document}@"
        return self._db.documents(prefix, prefix + "\U0010ffff")

    def shorten(self, row_id: str, row: bytes, short: Entry) -> bool:
        """Put the short form of an entry in its place, if it is still the row that was archived."""
        found = self._db.kept.get(DocId(row_id))
        if found is None or found.deleted or not _is_same_row(found.body, row):
            return False
        self._db.put(Put(DocId(row_id), write_entry(short), found.rev))
        return True

    def compact(self) -> int:
        """Let the store drop what was replaced, where it does not do so by itself; returns how many rows that was."""
        return self._db.compact()

    def _whole(self, entry: Entry) -> Entry:
        """Return an entry as it was before it went to the archive; the short form where that is not there."""
        if entry.archived is None:
            return entry
        name = entry_id(entry.cell, entry.document, entry.rev)
        row = self.archive.row(entry.archived, name)
        return read_entry(self._db.opened(name, row)) if row is not None else entry

    def changes(self, since: str, limit: int) -> Page:
        """Return a page of the ledger's own sequence."""
        return self._db.changes(ChangesQuery(since=since, limit=limit))

    def bodies(self, ids: Sequence[DocId]) -> dict[DocId, bytes]:
        """Return those of the ledger's documents that are there, sealed as they are kept, by identifier."""
        found = self._db.kept.revisions([(one, None) for one in ids], latest=False) if ids else []
        return {r[0].id: r[0].body for r in found if r and not r[0].deleted}

    def rows_of_revision(self, entry: Entry) -> list[tuple[str, bytes]]:
        """Return an entry and its outcomes with their identifiers, as they are kept."""
        prefix = entry_id(entry.cell, entry.document, entry.rev)
        return [(row.id, row.body) for row in self._db.kept.documents(prefix, prefix + "#\U0010ffff")]

    def _read(self, start: str, end: str) -> Iterator[Entry | Outcome]:
        return map(_read_row, self._db.documents(start, end))


def _read_row(revision: Revision) -> Entry | Outcome:
    if revision.body.startswith(OUTCOME_ROW):
        return msgspec.json.decode(revision.body, type=Outcome)
    return read_entry(revision.body)


def _hours(day: date, zone: tzinfo) -> list[str]:
    """Return how the times in UTC of a zone's day begin: the hours of that day, or their quarters at its ends."""
    start = datetime.combine(day, time(), zone).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
    step = timedelta(hours=1) if start.minute == 0 == end.minute else timedelta(minutes=10)
    length = len("2026-11-23T08") if step == timedelta(hours=1) else len("2026-11-23T08:1")
    count = int((end - start) / step)
    return [(start + n * step).isoformat()[:length] for n in range(count)]


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


def _is_same_row(one: bytes, other: bytes) -> bool:
    return one == other or json_equal(msgspec.json.decode(one), msgspec.json.decode(other))


def _outcome_row(outcome: Outcome) -> tuple[DocId, bytes]:
    return _name_of(outcome), OUTCOME_ROW + b"," + msgspec.json.encode(outcome)[1:]


def _log(rows: Iterable[Entry | Outcome]) -> DocumentLog:
    rows = list(rows)
    return DocumentLog(
        (r for r in rows if isinstance(r, Entry)),
        (r for r in rows if isinstance(r, Outcome)),
    )

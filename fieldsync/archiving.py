"""Archiving: what of the ledger is old and concluded goes to compressed files; the short form of each entry stays.

Order, so that an interruption loses and doubles nothing: the file, the manifest, then entry by entry the short form.
What is in a file already is not written again: a run that was interrupted, or that follows a restore, ends it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

import msgspec

from fieldsync.accounting.accounts import Days
from fieldsync.accounting.tallies import Tallies
from fieldsync.archive import Archive, Draft
from fieldsync.cases import CLOSED, Cases, case_id
from fieldsync.documents import RECORDS, DocId, cell_database, kind_of
from fieldsync.ledger import OUTCOME_ROW, DocumentLog, Entry, Ledger, entry_id
from fieldsync.ledger_rows import read_entry
from fieldsync.proposals import FINAL
from fieldsync.stores.base import Store

AREA = 6
"""How much of a cell's code names the area of a file: the district."""
Advance = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Archived:
    """What a run has done."""

    files: int
    entries: int
    shortened: int
    dropped: int


@dataclass(slots=True)
class _Run:
    """What a run gathers: drafts by area and month, rows that are in files already, files whose rows are taken out."""

    drafts: dict[tuple[str, str], Draft] = field(default_factory=dict)
    known: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    names: dict[str, None] = field(default_factory=dict)


class Archiving:
    """Moves what is concluded from the ledger into its archive."""

    def __init__(self, store: Store, ledger: Ledger, cases: Cases, tallies: Tallies, zone: ZoneInfo) -> None:
        self._store, self._ledger, self._cases, self._tallies = store, ledger, cases, tallies
        self._days = Days(zone)

    def run(self, before: date, area: str = "", advance: Advance = lambda _: None) -> Archived:
        """Archive what arrived before a day of the city and is concluded; may be repeated, and run beside the server.

        Raises BadInput where there is no folder for it.
        """
        archive = self._ledger.archive
        archive.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        while self._tallies.refresh():
            pass
        run = _Run()
        for entry in self._concluded(before, area, advance):
            self._gather(run, entry)
        for (place, month), draft in run.drafts.items():
            run.names[self._close(archive, draft, place, month)] = None
        shortened = sum(self._take_out(archive, name) for name in run.names)
        entries = sum(draft.entries for draft in run.drafts.values())
        return Archived(len(run.drafts), entries, shortened, self._ledger.compact())

    def _concluded(self, before: date, area: str, advance: Advance) -> Iterator[Entry]:
        for cell, document, log in self._ledger.documents(area):
            advance(1)
            old = [e for e in log.entries.values() if self._days.of(e.arrived) < before.isoformat() and not e.is_short]
            if len(log.entries) > 1 and old:
                needed = self._needed(cell, document, log)
                yield from (entry for entry in old if entry.rev not in needed)

    def _needed(self, cell: str, document: str, log: DocumentLog) -> set[str]:
        """Return the revisions whose bodies the steps may ask for: leaves, open changes and what they were made on."""
        name = cell_database(cell)
        leaves = self._store.database(name).leaves(DocId(document)) if name in self._store.names() else ()
        needed: set[str] = {leaf.rev for leaf in leaves} or set(log.entries)
        needed |= {entry.rev for entry in log.entries.values() if self._is_open(entry, log)}
        for rev in list(needed):
            base = next((r for r in list(log.path(rev))[1:] if (e := log.entries.get(r)) and e.is_accepted), None)
            entry = log.entries.get(rev)
            contests = entry.contests if entry else ()
            needed |= {base} if base else set()
            needed |= {candidate["rev"] for contest in contests for candidate in contest["candidates"]}
        return needed

    def _is_open(self, entry: Entry, log: DocumentLog) -> bool:
        if not entry.is_edit:
            return False
        if entry.quarantined:
            case = self._cases.find(case_id("quarantine", entry.cell, entry.document, entry.rev))
            return case is None or case.state != CLOSED
        if kind_of(entry.document) in RECORDS and not entry.late:
            return False
        outcomes = (log.outcomes.get((entry.rev, item)) for item in entry.changes)
        return any(outcome is None or outcome.outcome not in FINAL for outcome in outcomes)

    def _gather(self, run: _Run, entry: Entry) -> None:
        """Write an entry with its outcomes into the draft of its month, unless a file has it already."""
        key = (entry.cell[:AREA], self._days.of(entry.arrived)[:7])
        row_id = entry_id(entry.cell, entry.document, entry.rev)
        if key not in run.known:
            run.known[key] = self._in_files(*key)
        if row_id in run.known[key]:
            run.names[run.known[key][row_id]] = None
            return
        if key not in run.drafts:
            run.drafts[key] = Draft(self._ledger.archive.folder / f".ledger-{key[1]}-{key[0]}.draft")
        run.drafts[key].write(self._ledger.rows_of_revision(entry))

    def _in_files(self, area: str, month: str) -> dict[str, str]:
        archive = self._ledger.archive
        names = [held.name for held in archive.files() if (held.area, held.month) == (area, month)]
        return {row.id: name for name in names for _, row in archive.rows(name) if "#" not in row.id}

    def _close(self, archive: Archive, draft: Draft, area: str, month: str) -> str:
        files = archive.files()
        number = 1 + sum((held.area, held.month) == (area, month) for held in files)
        name = f"ledger-{month}-{area}-{number}.jsonl.gz"
        made = draft.close(name, area, month, files[-1].chain if files else "")
        archive.add(archive.folder / f".ledger-{month}-{area}.draft", made)
        return name

    def _take_out(self, archive: Archive, name: str) -> int:
        """Put the short form of each entry of a file into the ledger; returns how many were still whole there."""
        epoch, count = self._tallies.epoch(), 0
        for place, row in archive.rows(name):
            if bytes(row.row).startswith(OUTCOME_ROW):
                continue
            entry = read_entry(bytes(row.row))
            count += self._ledger.shorten(row.id, bytes(row.row), _short(entry, str(place), epoch))
        return count


def _short(entry: Entry, place: str, epoch: str) -> Entry:
    """Return what stays of an entry: whose it is, what it descends from, and which items it changed."""
    return msgspec.structs.replace(
        entry, body=None, raw=None, stamps={}, contests=[], decisions=[], archived=place, counted=epoch
    )

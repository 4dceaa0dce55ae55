"""What the ledger keeps: entries and outcomes, their identifiers, and all of them that are about one document. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from fieldsync.documents import Body, DocId
from fieldsync.errors import StoreUnavailable
from fieldsync.history import Ancestry


class Entry(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One revision as the ledger keeps it.

    `path` runs from the revision to the nearest ancestor that had an entry, newest first. `stamps` say when each item
    was last changed, in the server's time, inherited from ancestors where this revision did not touch it; `contests`
    are those open at this revision. `changes` are the items in which a tablet's edit differs from its nearest ancestor
    with a body, `late` those of them made after the cell was handed over, which stand for nothing until a person lets
    them in (see `fieldsync.late`). `merged` are the leaves a resolution merged, its parent among them; `restores` are
    the revisions whose answers one of ours brought back, past a deletion or a quarantined revision. Of an entry that
    went to the archive only a short form is left: `archived` says where the whole is, `counted` in which tallies it was
    counted. `stamped` is how `stamps` are kept: the items of each time, since most items of a document share a few
    times. `erased`: the answers cannot be read any more, since the person's key was destroyed.
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
    stamped: dict[str, list[str]] = {}
    contests: list[dict[str, Any]] = []
    decisions: list[dict[str, Any]] = []
    changes: list[str] = []
    late: list[str] = []
    merged: list[str] = []
    restores: list[str] = []
    merged_into: str | None = None
    quarantined: str | None = None
    raw: str | None = None
    cause: str | None = None
    archived: str | None = None
    counted: str | None = None
    erased: bool = False

    @property
    def is_edit(self) -> bool:
        """Tell whether a tablet wrote this revision."""
        return self.origin == "tablet"

    @property
    def is_accepted(self) -> bool:
        """Tell whether the revision may take part in merges."""
        return self.quarantined is None and not self.erased and (self.body is not None or self.archived is not None)

    @property
    def is_short(self) -> bool:
        """Tell whether the whole entry is in the archive, and was not read from there."""
        return self.archived is not None


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


class Arrival(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What came from a tablet: the head of an entry."""

    cell: str
    document: str
    rev: str
    arrived: str
    author: str | None = None
    tablet: str | None = None
    changes: list[str] = []
    quarantined: str | None = None


_ENTRIES = msgspec.json.Decoder(Entry)


class DocumentLog:
    """All that the ledger has about one document of one cell."""

    def __init__(self, entries: Iterable[Entry] = (), outcomes: Iterable[Outcome] = ()) -> None:
        self.entries: dict[str, Entry] = {entry.rev: entry for entry in entries}
        self._ancestry: Ancestry | None = None
        self._contents: Ancestry | None = None
        self.outcomes: dict[tuple[str, str], Outcome] = {}
        for outcome in sorted(outcomes, key=lambda o: o.number):
            self.outcomes[outcome.rev, outcome.item] = outcome

    def add(self, entry: Entry) -> None:
        """Take in an entry that was just recorded; the first one of a revision stays."""
        self.entries.setdefault(entry.rev, entry)
        self._ancestry = self._contents = None

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

    def contents(self) -> Ancestry:
        """Return what the answers of each revision descend from.

        As `ancestry`, but for those of ours that brought older answers back: they have nothing of what lies between.
        """
        if self._contents is None:
            parents = {rev: list(before) for rev, before in self.ancestry().parents.items()}
            for entry in self.entries.values():
                if not entry.is_edit and not entry.deleted and entry.restores:
                    alive = [rev for rev in parents[entry.rev] if not self._is_gone(rev)]
                    parents[entry.rev] = [*alive, *entry.restores]
            self._contents = Ancestry(parents)
        return self._contents

    def _is_gone(self, rev: str) -> bool:
        entry = self.entries.get(rev)
        return entry is not None and (entry.deleted or not entry.is_accepted)

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
        """Return the first accepted revision with a body on a path. Raises StoreUnavailable where its file is gone."""
        found = next((e for rev in path if (e := self.entries.get(rev)) and e.is_accepted), None)
        if found and found.is_short:
            raise StoreUnavailable(
                f"{found.cell}/{found.document}@{found.rev} is in the archive of the ledger, {found.archived}, "
                "which is not there: put the archive back where FIELDSYNC_ARCHIVE says."
            )
        return found

    def nearest_live(self, rev: str) -> Entry | None:
        """Return the nearest accepted ancestor of a revision that is not deleted."""
        path = list(self.path(rev))[1:]
        return next((e for r in path if (e := self.entries.get(r)) and e.is_accepted and not e.deleted), None)

    def has_lived(self) -> bool:
        """Tell whether any accepted revision was not a tombstone."""
        return any(entry.is_accepted and not entry.deleted for entry in self.entries.values())

    def edits(self) -> list[Entry]:
        """Return the tablets' accepted edits, in order of arrival."""
        found = [e for e in self.entries.values() if e.is_edit and e.is_accepted]
        return sorted(found, key=lambda e: (e.arrived, e.rev))


def write_entry(entry: Entry) -> bytes:
    """Write an entry as the ledger keeps it."""
    stamped: dict[str, list[str]] = {}
    for item, at in entry.stamps.items():
        if at in stamped:
            stamped[at].append(item)
        else:
            stamped[at] = [item]
    return b'{"type":"entry",' + msgspec.json.encode(msgspec.structs.replace(entry, stamps={}, stamped=stamped))[1:]


def read_entry(row: bytes) -> Entry:
    """Read an entry as the ledger keeps it; older ones have their stamps item by item."""
    entry = _ENTRIES.decode(row)
    if not entry.stamped:
        return entry
    stamps = {item: at for at, items in entry.stamped.items() for item in items}
    return msgspec.structs.replace(entry, stamps=stamps, stamped={})


def entry_id(cell: str, document: str, rev: str) -> str:
    """Return the ledger's identifier of a revision."""
    return f"{cell}/{document}@{rev}"


def outcome_id(cell: str, document: str, rev: str, item: str, number: int) -> DocId:
    """Return the ledger's identifier of an outcome."""
    return DocId(f"{entry_id(cell, document, rev)}#{item}#{number:04d}")

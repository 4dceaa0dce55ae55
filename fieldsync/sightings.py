"""Sightings: when a tablet was last heard of in a cell, and what it is known to have that did not come.

A tablet names its revisions before it sends them (`_revs_diff`), all leaves of a document at once. Those that never
came are what the server knows to be missing, but for those that the tablet has written on since: they come inside what
was written on them, and a document that is named again has the leaves that are named now. What a tablet has never
named, nobody knows of, unless its app says how much is left. Written seldom, for a handover asks for the day and not
for the second; of a draining tablet everything it names is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from fieldsync.documents import DocId, Rev, cell_database
from fieldsync.errors import Conflict
from fieldsync.ledger import Ledger
from fieldsync.replication import Access, Caller
from fieldsync.shelf import Shelf
from fieldsync.stores.base import Missing, Store

NAME = "sightings"
SELDOM = timedelta(minutes=10)
MOST = 2000
"""Revisions that are kept as named: more than a tablet names at once."""


class Sighting(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="sighting"):
    """A tablet in a cell: heard of, last push, what it named (`{document}@{revision}`), and what it says is left."""

    tablet: str
    collector: str
    cell: str
    seen: datetime
    sent: datetime | None = None
    named: tuple[str, ...] = ()
    left: int | None = None
    said: datetime | None = None


class Sightings:
    """What is known of the tablets in each cell, in the database `sightings`."""

    def __init__(self, store: Store, ledger: Ledger, now: Callable[[], datetime]) -> None:
        self._shelf = Shelf(store.create(NAME), "sighting:", Sighting)
        self._store, self._ledger, self._now = store, ledger, now
        self._written: dict[tuple[str, str], datetime] = {}

    def saw(self, caller: Caller, cell: str) -> None:
        """Note that a tablet spoke; seldom more than once in ten minutes."""
        if self._is_due(caller, cell):
            self._change(caller, cell)

    def sent(self, caller: Caller, cell: str) -> None:
        """Note that a tablet pushed; of one that drains every time."""
        if caller.access is Access.DRAINING or self._is_due(caller, cell, "sent"):
            self._change(caller, cell, sent=self._now())

    def named(self, caller: Caller, cell: str, asked: Iterable[str], gaps: Mapping[str, Missing]) -> None:
        """Note which revisions a tablet has, of the documents it asked about, that the server has not.

        Of one that drains every time.
        """
        if caller.access is Access.DRAINING or (gaps and self._is_due(caller, cell, "named")):
            names = [f"{document}@{rev}" for document, gap in gaps.items() for rev in gap.missing]
            if names or self._is_waited_for(caller, cell):
                self._change(caller, cell, named=tuple(names), instead=frozenset(asked))

    def said(self, caller: Caller, cell: str, left: int) -> None:
        """Note how much a tablet says it has to send."""
        self._change(caller, cell, left=left, said=self._now())

    def of_cell(self, cell: str) -> list[Sighting]:
        """Return the tablets that were ever heard of in a cell, each with what is still missing of what it named."""
        return [self._as_of_now(kept.value) for kept in self._shelf.where(cell=cell)]

    def of_tablet(self, tablet: str) -> list[Sighting]:
        """Return the cells in which a tablet was ever heard of, in order of code."""
        return [self._as_of_now(value) for value in self._shelf.all(f"{tablet}/")]

    def get(self, tablet: str, cell: str) -> Sighting | None:
        """Return what is known of a tablet in a cell, or None."""
        kept = self._shelf.get(f"{tablet}/{cell}")
        return self._as_of_now(kept.value) if kept else None

    def _as_of_now(self, sighting: Sighting) -> Sighting:
        return msgspec.structs.replace(sighting, named=tuple(self._missing(sighting.cell, sighting.named)))

    def _missing(self, cell: str, named: Sequence[str]) -> list[str]:
        """Return the names of revisions that did not come, neither by themselves nor in the history of others."""
        asked = [(name.rpartition("@")[0], name.rpartition("@")[2]) for name in named]
        unknown: dict[DocId, list[Rev]] = {}
        for document, rev in self._ledger.unknown(cell, asked):
            unknown.setdefault(DocId(document), []).append(Rev(rev))
        gaps = self._store.database(cell_database(cell)).missing(unknown) if unknown else {}
        return [f"{document}@{rev}" for document, gap in gaps.items() for rev in gap.missing]

    def _is_waited_for(self, caller: Caller, cell: str) -> bool:
        kept = self._shelf.get(f"{caller.tablet}/{cell}")
        return kept is not None and bool(kept.value.named)

    def _is_due(self, caller: Caller, cell: str, what: str = "") -> bool:
        if caller.tablet is None:
            return False
        last = self._written.get((f"{caller.tablet}{what}", cell))
        return last is None or last + SELDOM <= self._now()

    def _change(
        self,
        caller: Caller,
        cell: str,
        *,
        named: tuple[str, ...] = (),
        instead: frozenset[str] = frozenset(),
        left: int | None = None,
        said: datetime | None = None,
        sent: datetime | None = None,
    ) -> None:
        """Write what is new of a tablet. A hint: where others write the same at once, theirs will do."""
        if caller.tablet is None:
            return
        now, key = self._now(), f"{caller.tablet}/{cell}"
        for what in ("", "named" if named else "", "sent" if sent else ""):
            self._written[f"{caller.tablet}{what}", cell] = now
        new = Sighting(tablet=caller.tablet, collector=caller.user, cell=cell, seen=now)
        kept = self._shelf.get(key)
        before = kept.value if kept else new
        others = [name for name in before.named if name.rpartition("@")[0] not in instead]
        still = self._missing(cell, others) if others else []
        value = msgspec.structs.replace(
            before,
            collector=caller.user,
            seen=now,
            sent=sent or before.sent,
            named=tuple(dict.fromkeys((*still, *named)))[-MOST:],
            left=before.left if left is None else left,
            said=said or before.said,
        )
        try:
            if kept is None:
                self._shelf.add(key, value)
            else:
                self._shelf.replace(kept, value)
        except Conflict:
            return

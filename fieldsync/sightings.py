"""Sightings: when a tablet was last heard of in a cell, and what it is known to have that did not come.

A tablet names its revisions before it sends them (`_revs_diff`). Those that never came are what the server knows to be
missing; what a tablet has never named, nobody knows of, unless its app says how much is left. Written seldom, for a
handover asks for the day and not for the second; of a draining tablet everything it names is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

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
        self._ledger, self._now = ledger, now
        self._written: dict[tuple[str, str], datetime] = {}

    def saw(self, caller: Caller, cell: str) -> None:
        """Note that a tablet spoke; seldom more than once in ten minutes."""
        if self._is_due(caller, cell):
            self._change(caller, cell)

    def sent(self, caller: Caller, cell: str) -> None:
        """Note that a tablet pushed; of one that drains every time."""
        if caller.access is Access.DRAINING or self._is_due(caller, cell, "sent"):
            self._change(caller, cell, sent=self._now())

    def named(self, caller: Caller, cell: str, gaps: Mapping[str, Missing]) -> None:
        """Note which revisions a tablet has that the server has not; of one that drains every time."""
        if gaps and (caller.access is Access.DRAINING or self._is_due(caller, cell, "named")):
            names = [f"{document}@{rev}" for document, gap in gaps.items() for rev in gap.missing]
            self._change(caller, cell, named=tuple(names))

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
        asked = [(name.rpartition("@")[0], name.rpartition("@")[2]) for name in named]
        return [f"{document}@{rev}" for document, rev in self._ledger.unknown(cell, asked)]

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
        still = self._missing(cell, before.named) if before.named else []
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

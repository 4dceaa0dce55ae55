"""Receipts: a tablet says that it has sent everything and destroyed its replica; and the handovers that wait for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from fieldsync.accounts import Principal
from fieldsync.assignments import Assignment, Assignments, Standing, State, holding
from fieldsync.devices import Devices
from fieldsync.errors import BadInput, Conflict, Forbidden
from fieldsync.replication import Access, Caller
from fieldsync.shelf import Shelf
from fieldsync.sightings import Sighting, Sightings
from fieldsync.stores.base import Store


class Receipt(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="receipt"):
    """A tablet's word that it has nothing left of a cell, and holds nothing of it any more."""

    cell: str
    collector: str
    tablet: str
    epoch: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """A tablet that holds a cell which was handed over, and has not said that it destroyed it."""

    cell: str
    collector: str
    tablet: str
    since: datetime
    age: timedelta
    missing: int
    says_left: int | None
    seen: datetime
    sent: datetime | None
    revoked: str | None
    holder: str | None


class Receipts:
    """Takes receipts, and knows which are missing."""

    def __init__(
        self,
        store: Store,
        assignments: Assignments,
        devices: Devices,
        sightings: Sightings,
        now: Callable[[], datetime],
    ) -> None:
        self._shelf = Shelf(store.create("grid"), "receipt:", Receipt)
        self._assignments, self._devices, self._sightings, self._now = assignments, devices, sightings, now

    def report(self, asker: Principal, cell: str, left: int, *, destroyed: bool) -> None:
        """Note how much a tablet says is left of a cell, and its receipt where it has destroyed its replica.

        Raises Forbidden for who is on no tablet or never had the cell, BadInput for a contradiction, Conflict where the
        cell is still theirs, or the server knows of something that did not come.
        """
        standing = self._assignments.standing(asker.user, cell)
        if asker.tablet is None or standing is None:
            raise Forbidden("This cell is not assigned to you. / 该网格未分配给您。")
        if destroyed and left:
            raise BadInput(
                f"{left} changes are left: send them before the replica is destroyed."
                f" / 还有 {left} 处修改未发送；请先发送再删除本地副本。",
                field="left",
            )
        if standing.state is not State.ENDED:
            self._sightings.said(Caller(asker.user, asker.tablet, Access.DRAINING), cell, left)
        if destroyed:
            self._must_be_over(asker.tablet, standing)
            self._keep(asker.user, asker.tablet, standing)

    def missing(self, tablet: str, cell: str) -> int:
        """Return how many revisions a tablet is known to have that did not come; at least what it says itself."""
        seen = self._sightings.get(tablet, cell)
        return _missing(seen) if seen else 0

    def has(self, tablet: str, cell: str, epoch: int) -> bool:
        """Tell whether a tablet has given its receipt for a cell it had by some epoch."""
        return self._shelf.get(f"{cell}/{tablet}/{epoch}") is not None

    def waiting(self, cells: Iterator[str]) -> Iterator[Waiting]:
        """Yield the tablets whose receipts are missing, by cell."""
        for cell in cells:
            assignments = self._assignments.of_cell(cell)
            draining = {a.collector for a in assignments if a.state is State.DRAINING}
            held = {a.collector for a in assignments if a.is_active(self._now())}
            if left := draining - held:
                yield from self._waiting(cell, assignments, left)

    def _waiting(self, cell: str, assignments: list[Assignment], left: set[str]) -> Iterator[Waiting]:
        holder = holding(assignments, self._now())
        for seen in self._sightings.of_cell(cell):
            standing = self._assignments.standing(seen.collector, cell) if seen.collector in left else None
            if standing and standing.drained_at and not self.has(seen.tablet, cell, standing.epoch):
                tablet = self._devices.get(seen.tablet)
                yield Waiting(
                    cell=cell,
                    collector=seen.collector,
                    tablet=seen.tablet,
                    since=standing.drained_at,
                    age=self._now() - standing.drained_at,
                    missing=_missing(seen),
                    says_left=seen.left,
                    seen=seen.seen,
                    sent=seen.sent,
                    revoked=tablet.revoked.reason if tablet and tablet.revoked else None,
                    holder=holder.collector if holder else None,
                )

    def _must_be_over(self, tablet: str, standing: Standing) -> None:
        if standing.state is State.ACTIVE:
            raise Conflict(
                f"Cell {standing.cell} is still yours: keep its replica. / 该网格仍由您负责，请保留本地副本。"
            )
        if missing := len(seen.named) if (seen := self._sightings.get(tablet, standing.cell)) else 0:
            raise Conflict(
                f"{missing} changes that this tablet named did not come: sync once more."
                f" / 本平板有 {missing} 处修改尚未到达；请再同步一次。",
                missing=missing,
            )

    def _keep(self, collector: str, tablet: str, standing: Standing) -> None:
        """Keep a receipt; with the last one the assignment has ended."""
        cell = standing.cell
        receipt = Receipt(cell=cell, collector=collector, tablet=tablet, epoch=standing.epoch, at=self._now())
        self._shelf.add(f"{cell}/{tablet}/{standing.epoch}", receipt)
        mine = [a for a in self._assignments.of_cell(cell) if a.collector == collector and a.state is State.DRAINING]
        if not any(w.collector == collector and not w.revoked for w in self.waiting(iter([cell]))):
            for assignment in mine:
                self._assignments.end(assignment.id, cut=True)


def _missing(seen: Sighting) -> int:
    return max(len(seen.named), seen.left or 0)

"""Impact: what a change of hands would leave behind in a cell, read before anybody decides about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from fieldsync.assignments import Assignments
from fieldsync.cases import OPEN, Cases
from fieldsync.clock import parse_time
from fieldsync.devices import Devices, Tablet
from fieldsync.documents import Body, DocId, cell_database, data_of, decode_body, kind_of, meta_of
from fieldsync.sightings import Sighting, Sightings
from fieldsync.states import CLOSED_RESULTS
from fieldsync.stores.base import Database, Store
from fieldsync.tasks import is_open

_READ = ("visit", "submission", "task", "answer", "state", "household", "person", "stay")
SETTLED = frozenset({"admitted", "not_started", *(f"closed_{result}" for result in CLOSED_RESULTS)})
SHOWN = 50
"""Households and documents that are named; all are counted."""


@dataclass(frozen=True, slots=True)
class TabletLeft:
    """A tablet in a cell, and what the server knows of it: when it was heard of, last pushed, and has not sent.

    `missing` names the first of what it named and did not send; `missing_in_all` counts it.
    """

    tablet: str
    label: str
    collector: str
    seen: str | None
    sent: str | None
    missing: tuple[str, ...]
    missing_in_all: int
    says_left: int | None
    revoked: str | None


@dataclass(frozen=True, slots=True)
class Impact:
    """What is under way in a cell.

    `visits` are dwellings whose last visit left something open, `submissions` those not admitted yet by their state,
    `cases` open ones by kind, `tasks` those without an answer, `households` those in progress: visited or edited since
    they were submitted last, if ever.
    """

    cell: str
    holders: tuple[str, ...]
    tablets: tuple[TabletLeft, ...]
    visits: int
    submissions: dict[str, int]
    cases: dict[str, int]
    tasks: int
    households: tuple[str, ...]
    in_progress: int


class Impacts:
    """Reads what is under way in cells."""

    def __init__(self, store: Store, cases: Cases, assignments: Assignments, seen: Tablets) -> None:
        self._store, self._cases, self._assignments, self._seen = store, cases, assignments, seen

    def of(self, cell: str) -> Impact:
        """Return what is under way in a cell."""
        database = self._store.database(cell_database(cell))
        bodies = {kind: _read(database, kind) for kind in _READ}
        active = self._assignments.active(cell)
        states = Counter(str(data_of(body).get("status")) for body in bodies["state"].values())
        answered = {data_of(body).get("task") for body in bodies["answer"].values()}
        open_ = _in_progress(bodies)
        cases = Counter(c.kind for c in self._cases.where(cell=cell) if c.state == OPEN)
        return Impact(
            cell=cell,
            holders=tuple(a.collector for a in active if a.role == "holder"),
            tablets=self._seen.in_cell(cell, {a.collector for a in active}),
            visits=sum(1 for result in _last_results(bodies["visit"]).values() if result in OPEN_RESULTS),
            submissions={status: count for status, count in sorted(states.items()) if status not in SETTLED},
            cases=dict(sorted(cases.items())),
            tasks=sum(1 for task, body in bodies["task"].items() if is_open(body) and task not in answered),
            households=tuple(open_[:SHOWN]),
            in_progress=len(open_),
        )


OPEN_RESULTS = frozenset({"no_contact", "no_access", "postponed", "partial"})


class Tablets:
    """What is known of collectors' tablets in their cells."""

    def __init__(self, devices: Devices, sightings: Sightings) -> None:
        self._devices, self._sightings = devices, sightings

    def in_cell(self, cell: str, collectors: set[str]) -> tuple[TabletLeft, ...]:
        """Return the tablets of some collectors, as far as they were heard of in a cell."""
        seen = {s.tablet: s for s in self._sightings.of_cell(cell)}
        tablets = [t for name in sorted(collectors) for t in self._devices.of(name)]
        return tuple(
            _left(tablet, seen.get(tablet.id)) for tablet in tablets if not tablet.revoked or tablet.id in seen
        )

    def of(self, tablet: Tablet) -> dict[str, TabletLeft]:
        """Return what is known of a tablet in each cell in which it was heard of."""
        return {s.cell: _left(tablet, s) for s in self._sightings.of_tablet(tablet.id)}


def _left(tablet: Tablet, seen: Sighting | None) -> TabletLeft:
    return TabletLeft(
        tablet=tablet.id,
        label=tablet.label,
        collector=tablet.collector,
        seen=seen.seen.isoformat() if seen else None,
        sent=seen.sent.isoformat() if seen and seen.sent else None,
        missing=seen.named[:SHOWN] if seen else (),
        missing_in_all=len(seen.named) if seen else 0,
        says_left=seen.left if seen else None,
        revoked=tablet.revoked.reason if tablet.revoked else None,
    )


def _read(database: Database, kind: str) -> dict[str, Body]:
    return {r.id: decode_body(r.body) for r in database.documents(DocId(f"{kind}:"), DocId(f"{kind};"))}


def _last_results(visits: dict[str, Body]) -> dict[str, str]:
    """Return how the last visit to each dwelling ended."""
    ordered = sorted(visits.items(), key=lambda one: (_at(one[1]), one[0]))
    return {
        str(data_of(v).get("dwelling") or data_of(v).get("household")): str(data_of(v).get("result"))
        for _, v in ordered
    }


def _in_progress(bodies: dict[str, dict[str, Body]]) -> list[str]:
    """Return the households in which somebody has visited or edited since they were handed in last, if ever."""
    done = _latest((str(data_of(s).get("household")), _at(s)) for s in bodies["submission"].values())
    begun = _latest(_begun(bodies))
    return sorted(h for h, at in begun.items() if kind_of(h) == "household" and (h not in done or done[h] < at))


def _begun(bodies: dict[str, dict[str, Body]]) -> Iterator[tuple[str, datetime]]:
    """Yield the households of visits and of what collectors wrote, each with when that was."""
    for visit in bodies["visit"].values():
        yield str(data_of(visit).get("household")), _at(visit)
    for household, body in bodies["household"].items():
        if "cause" not in meta_of(body):
            yield household, _at(body)
    for stay in bodies["stay"].values():
        person = bodies["person"].get(str(data_of(stay).get("person")), {"meta": {"cause": ""}})
        yield from ((str(data_of(stay).get("household")), _at(b)) for b in (stay, person) if "cause" not in meta_of(b))


def _latest(moments: Iterable[tuple[str, datetime]]) -> dict[str, datetime]:
    latest: dict[str, datetime] = {}
    for household, at in moments:
        latest[household] = max(at, latest.get(household, at))
    return latest


def _at(body: Body) -> datetime:
    """Return when a tablet says that it wrote something; long ago where it does not say."""
    return parse_time(str(meta_of(body).get("at"))) or datetime.min.replace(tzinfo=UTC)

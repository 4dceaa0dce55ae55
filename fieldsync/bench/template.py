"""An installation of its own to measure with, and one cell of it that the real steps have worked.

Everything in the cell came in through the registry's preload and the tablets' intake, and was resolved, checked and
admitted: changes admitted, agreed, superseded, overruled, waiting and not submitted, visits and submissions.
"""

from __future__ import annotations

import hashlib
import random
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from fieldsync.documents import DocId, cell_database
from fieldsync.keys import key_file, load_keys
from fieldsync.pipeline import Pipeline
from fieldsync.registry import Item, Record
from fieldsync.replication import Access, Caller, PushRequest
from fieldsync.revisions import revisions_of
from fieldsync.services import Services
from fieldsync.settings import Settings
from fieldsync.stores.base import Store

CELL = "510107001004001"
MARK = "feedbeef"
"""How every identifier of the cell's documents begins; a copy of the cell has another mark."""
ITEMS = 20
_START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
_PER_PUSH = 100


class Town:
    """An installation with one cell, and tablets that push into it."""

    def __init__(self, store: Store, folder: Path) -> None:
        settings = Settings.model_validate({"store": f"sqlite:///{folder}", "key_file": str(folder / "keys.json")})
        self._moment = _START
        self.store = store
        store.create(cell_database(CELL))
        self.services = Services.of(store, load_keys(key_file(settings)), settings, self._now)
        self.pipeline = Pipeline.of(self.services)
        self._heads: dict[str, tuple[Any, ...]] = {}

    def _now(self) -> datetime:
        self._moment += timedelta(milliseconds=7)
        return self._moment

    def preload(self, documents: Mapping[str, Mapping[str, Any]]) -> None:
        """Bring documents into the registry and from there into the cell, as an import does."""
        records = [_record(name, data) for name, data in documents.items()]
        self.pipeline.registry.add(records)
        self.pipeline.preload.enter(CELL, records, "import")

    def pull(self, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Return what a tablet sees of some documents: their data; their paths are kept for `edit`."""
        found = self.services.store.database(cell_database(CELL)).revisions([(DocId(i), None) for i in ids])
        self._heads.update({r[0].id: r[0].path for r in found if r})
        return {r[0].id: msgspec.json.decode(r[0].body)["data"] for r in found if r}

    def push(self, user: str, documents: Mapping[str, Mapping[str, Any]], *, ahead: bool = False) -> int:
        """Push these data as children of what was pulled; with `ahead` the next push of the user goes on from them."""
        raw = list(self.pushes(user, documents, ahead=ahead))
        for start in range(0, len(raw), _PER_PUSH):
            self.take(user, raw[start : start + _PER_PUSH])
        return len(raw)

    def take(self, user: str, raw: Sequence[bytes]) -> None:
        """Push documents as they are on the wire."""
        caller = Caller(user, f"tablet:{user}", Access.HELD)
        self.pipeline.intake.push(PushRequest(CELL, caller, list(raw), self._moment.isoformat()))

    def pushes(self, user: str, documents: Mapping[str, Mapping[str, Any]], *, ahead: bool = False) -> Iterator[bytes]:
        """Yield documents as a tablet sends them."""
        for name, data in documents.items():
            above = self._heads.get(name, ())
            number = int(above[0].partition("-")[0]) + 1 if above else 1
            digest = hashlib.md5(f"{user}{name}{data}".encode(), usedforsecurity=False).hexdigest()
            path = (f"{number}-{digest}", *above)
            if ahead:
                self._heads[name] = path
            kind, at = name.partition(":")[0], self._moment.isoformat()
            head = {"_id": name, "_rev": path[0], "_revisions": revisions_of(path)}
            yield msgspec.json.encode({**head, "kind": kind, "data": data, "meta": {"at": at, "by": user}})

    def live(self, ids: Sequence[str]) -> dict[str, str]:
        """Return the winners of some documents."""
        found = self.services.store.database(cell_database(CELL)).revisions([(DocId(i), None) for i in ids])
        return {r[0].id: r[0].rev for r in found if r}


@contextmanager
def town(store: Store, folder: Path) -> Iterator[Town]:
    """Lend an installation on a store, which is closed afterwards."""
    try:
        yield Town(store, folder)
    finally:
        store.close()


def named(kind: str, number: int) -> str:
    """Return the identifier of a kind's document by its number."""
    rest = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{kind}/{number}"))[8:]
    return f"{kind}:{MARK}{rest}"


def data_of_person(number: int, items: int = ITEMS) -> dict[str, Any]:
    """Return an invented person's answers."""
    chance = random.Random(number)
    return {f"item_{n:02}": f"answer {chance.randrange(10**12)}" for n in range(items)}


def work_cell(at: Town, households: int = 50) -> None:
    """Let tablets and the steps work the cell: three persons in each household."""
    homes = {named("household", n): {"dwelling": named("dwelling", n), "type": "family"} for n in range(households)}
    dwellings = {named("dwelling", n): {"room": str(n)} for n in range(households)}
    persons = {named("person", n): data_of_person(n) for n in range(3 * households)}
    at.preload({**dwellings, **homes, **persons, **{named("stay", n): _stay(n) for n in range(3 * households)}})
    at.pull([*homes, *dwellings, *persons, *(named("stay", n) for n in range(3 * households))])
    ids = list(persons)
    at.push("li.na", {i: _changed(persons[i], "li.na", range(4)) for i in ids})
    at.push("wang.fang", {i: _changed(persons[i], "wang.fang", (3, 6)) for i in ids[::5]})
    at.pull(ids[::20])
    at.push("li.na", {i: _changed(persons[i], "li.na again", (1, 7)) for i in ids[::20]})
    visits = {named("visit", n): {"household": named("household", n), "result": "complete"} for n in range(households)}
    at.push("li.na", visits)
    done = range(households - households // 8)
    at.push("li.na", {named("submission", n): _submission(at, n) for n in done})
    at.pipeline.steps.catch_up(CELL)


def _stay(number: int) -> dict[str, Any]:
    home = named("household", number // 3)
    return {"person": named("person", number), "household": home, "kind": "usual", "since": "2019-05-01"}


def _changed(data: Mapping[str, Any], by: str, items: Sequence[int]) -> dict[str, Any]:
    return {**data, **{f"item_{n:02}": f"changed by {by}" for n in items}}


def _submission(at: Town, number: int) -> dict[str, Any]:
    """Return a submission of everything in a household; one in twelve insists, so that a person must decide."""
    persons = [named("person", 3 * number + n) for n in range(3)]
    covers = at.live([named("household", number), *persons])
    insist = {"insist": {"some.rule": "they say so"}} if number % 12 == 5 else {}
    return {"household": named("household", number), "result": "complete", "covers": covers, **insist}


def _record(name: str, data: Mapping[str, Any]) -> Record:
    at = "2026-11-01T00:00:00.000Z"
    items = {item: Item(value={"value": value}, source="import", at=at) for item, value in data.items()}
    told = {item: {"value": value} for item, value in data.items()}
    return Record(id=name, kind=name.partition(":")[0], cell=CELL, items=items, reconciled={CELL: told})

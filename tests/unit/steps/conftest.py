"""An installation with one household in one cell, driven below HTTP: pushes in, documents out."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fieldsync.decisions import Verdict
from fieldsync.documents import DocId, decode_body
from fieldsync.forms import Forms
from fieldsync.keys import key_file, load_keys
from fieldsync.pipeline import Pipeline
from fieldsync.registry import Record
from fieldsync.registry_import import FILES, OPTIONAL, Progress
from fieldsync.replication import Access, Caller, PushRequest
from fieldsync.revisions import server_rev
from fieldsync.sample import district
from fieldsync.services import Services
from fieldsync.settings import Settings
from fieldsync.stores.base import Database
from fieldsync.stores.factory import open_store

CELL = "510107001004001"
OTHER_CELL = "510107001004002"
START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def uid(name: str) -> str:
    """Return a document's UUID by a name that reads well in a test."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


BUILDING, DWELLING = f"building:{uid('building')}", f"dwelling:{uid('dwelling')}"
HOUSEHOLD, STAY = f"household:{uid('household')}", DocId(f"stay:{uid('stay')}")
PERSON = DocId(f"person:{uid('person')}")

ROWS = {
    "building": f"id,cell,name\n{uid('building')},{CELL},Jinli 3\n",
    "dwelling": (f"id,building,room,use,occupancy\n{uid('dwelling')},{uid('building')},301,residential,occupied\n"),
    "household": f"id,dwelling,type,languages\n{uid('household')},{uid('dwelling')},family,zh\n",
    "person": (
        "id,name,sex,birth_date,id_type,id_number,phone\n"
        f"{uid('person')},王芳,2,1980-02-03,990,999999198002030029,12812345678\n"
    ),
    "stay": (
        f"id,person,household,kind,relation,since\n{uid('stay')},{uid('person')},{uid('household')},usual,02,2019-05-01\n"
    ),
}


@dataclass
class Tablet:
    """A tablet that pushes revisions it made on what it last saw."""

    field: Field
    user: str
    error: timedelta = timedelta()
    cell: str = CELL
    heads: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def pull(self, *ids: str) -> None:
        """Take the cell's winners as what the tablet sees."""
        for doc_id in ids:
            winner = self.field.cell.get(DocId(doc_id))
            if winner:
                self.heads[doc_id] = winner.path

    def edit(self, doc_id: str, *, at: datetime | None = None, drop: tuple[str, ...] = (), **items: Any) -> str:
        """Push a child of what the tablet sees, with these items changed; returns its revision."""
        path = self.heads.get(doc_id, ())
        seen = self.field.body(doc_id, path[0]) if path else {"data": {}}
        data = {k: v for k, v in {**seen.get("data", {}), **items}.items() if k not in drop}
        return self.write(doc_id, {"kind": doc_id.partition(":")[0], "data": data}, at=at)

    def write(
        self,
        doc_id: str,
        body: dict[str, Any],
        *,
        at: datetime | None = None,
        deleted: bool = False,
        stamps: dict[str, str] | None = None,
    ) -> str:
        """Push a body as a child of what the tablet sees; with `stamps`, without a time for what they leave out."""
        path = self.heads.get(doc_id, ())
        moment = (at or self.field.moment) + self.error
        said = {"at": moment.isoformat()} if stamps is None else {"stamps": stamps}
        body = {**body, "meta": {**said, "by": self.user}}
        rev = server_rev(path[0] if path else None, deleted, body)
        self.heads[doc_id] = (rev, *path)
        self.push({**body, "_id": doc_id, **_revision((rev, *path), deleted)})
        return rev

    def push(self, *documents: dict[str, Any] | bytes) -> list[dict[str, Any]]:
        """Push documents as they are."""
        raw = [d if isinstance(d, bytes) else json.dumps(d).encode() for d in documents]
        reading = (self.field.moment + self.error).isoformat()
        return self.field.pipeline.intake.push(PushRequest(self.cell, self.caller, raw, reading))

    @property
    def caller(self) -> Caller:
        """Return who the server takes this tablet for."""
        return Caller(self.user, f"tablet:{self.user}", Access.HELD)


@dataclass
class Field:
    """An installation and its clock."""

    services: Services
    pipeline: Pipeline
    moment: datetime

    @property
    def cell(self) -> Database:
        """Return the database of the cell at hand."""
        return self.services.store.database(f"cell-{CELL}")

    def tablet(self, user: str, error: timedelta = timedelta()) -> Tablet:
        """Return a tablet that has pulled everything."""
        tablet = Tablet(self, user, error)
        tablet.pull(BUILDING, DWELLING, HOUSEHOLD, PERSON, STAY)
        return tablet

    def later(self, minutes: int = 10) -> None:
        """Let time pass."""
        self.moment += timedelta(minutes=minutes)

    def run(self) -> None:
        """Let the steps catch up with the cell."""
        self.pipeline.steps.catch_up(CELL)

    def body(self, doc_id: str, rev: str | None = None) -> dict[str, Any]:
        """Return a document's body as the cell has it; of a revision that came before, as the ledger has it."""
        if rev is not None:
            entry = self.services.ledger.entry(CELL, doc_id, rev)
            return dict(entry.body or {}) if entry else {}
        winner = self.cell.get(DocId(doc_id))
        return decode_body(winner.body) if winner and not winner.deleted else {}

    def data(self, doc_id: str) -> dict[str, Any]:
        """Return a document's answers."""
        return dict(self.body(doc_id).get("data", {}))

    def live(self, doc_id: str) -> list[str]:
        """Return the revisions of a document's live leaves."""
        return [leaf.rev for leaf in self.cell.leaves(DocId(doc_id)) if not leaf.deleted]

    def outcomes(self, doc_id: str) -> dict[tuple[str, str], str]:
        """Return what became of each change of a document, by revision and item."""
        log = self.services.ledger.document(CELL, doc_id)
        return {key: outcome.outcome for key, outcome in log.outcomes.items()}

    def submit(self, tablet: Tablet, *, insist: dict[str, str] | None = None, name: str = "submission") -> str:
        """Push a submission that covers the household as the cell has it."""
        covers = {i: self.live(i)[0] for i in (HOUSEHOLD, STAY, PERSON, DWELLING)}
        data = {"household": HOUSEHOLD, "round": "2026", "result": "complete", "covers": covers}
        if insist:
            data["insist"] = insist
        return tablet.write(f"submission:{uid(name)}", {"kind": "submission", "data": data})

    def open_cases(self, kind: str) -> list[Any]:
        """Return the open cases of a kind."""
        return [c for c in self.pipeline.cases.where(state="open") if c.kind == kind]

    def decide(self, case_id: str, action: str, **more: Any) -> Any:
        """Decide a case as the reviewer of the district."""
        areas = more.pop("areas", ("510107",))
        by = more.pop("by", "wu.min")
        return self.pipeline.steps.decide(case_id, Verdict(by, areas, action, **more))

    def known(self, doc_id: str) -> Record:
        """Return a record of the registry, which has it."""
        record = self.pipeline.registry.get(doc_id)
        assert record is not None, doc_id
        return record

    def registry(self, doc_id: str, item: str) -> dict[str, Any] | None:
        """Return an item's value in the registry."""
        record = self.pipeline.registry.get(doc_id)
        held = record.items.get(item) if record else None
        return held.value if held else None

    def books(self) -> dict[str, Any]:
        """Return the accounting."""
        return self.pipeline.auditor.run().report()


def _revision(path: tuple[str, ...], deleted: bool) -> dict[str, Any]:
    start = int(path[0].partition("-")[0])
    revisions = {"start": start, "ids": [rev.partition("-")[2] for rev in path]}
    return {"_rev": path[0], "_revisions": revisions, **({"_deleted": True} if deleted else {})}


@pytest.fixture(scope="session")
def workbooks() -> dict[str, bytes]:
    """The sample district's forms."""
    folder = district.path("forms/person.xlsx").parent
    return {p.name: p.read_bytes() for p in sorted(folder.glob("*.xlsx"))}


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory, workbooks: dict[str, bytes]) -> Path:
    """A store folder with the forms published, copied by each test."""
    folder = tmp_path_factory.mktemp("prepared") / "store"
    store = open_store(f"sqlite:///{folder}")
    forms = Forms(store, lambda: START)
    for name, workbook in workbooks.items():
        forms.publish(workbook, name, "test")
    store.close()
    return folder


@pytest.fixture
def field_(prepared: Path, tmp_path: Path) -> Iterator[Field]:
    """An installation with one building, dwelling, household, person and stay."""
    import shutil

    folder = tmp_path / "store"
    shutil.copytree(prepared, folder)
    settings = Settings(store=f"sqlite:///{folder}")
    store = open_store(settings.store)
    for cell in (CELL, OTHER_CELL):
        store.create(f"cell-{cell}")
    clock: dict[str, Field] = {}
    services = Services.of(store, load_keys(key_file(settings)), settings, lambda: clock["field"].moment)
    pipeline = Pipeline.of(services)
    clock["field"] = Field(services, pipeline, START)
    assert set(ROWS) | OPTIONAL == set(FILES)
    pipeline.importer(frozenset({CELL, OTHER_CELL})).take(ROWS, START, Progress())
    yield clock["field"]
    store.close()

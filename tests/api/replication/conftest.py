"""The replication application on a real port, with a gate that the tests set."""

from __future__ import annotations

import itertools
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette

from fieldsync.direct_intake import DirectIntake
from fieldsync.documents import cell_database
from fieldsync.errors import Forbidden, StoreUnavailable, Unauthenticated
from fieldsync.replication import Access, Caller, open_cell
from fieldsync.settings import Settings
from fieldsync.stores.base import Database, Store
from fieldsync.stores.factory import open_store
from mobile_api.replication import FeedServer, FeedTimes, Replication, ReplicationAt, create_replication

ORIGIN = "https://tablet.example"
LIMIT = 2**20
PATIENCE_S = 20


@dataclass
class TableGate:
    """Lets in by a table of users and cells; a bearer's token is the user's name."""

    users: set[str] = field(default_factory=set)
    access: dict[tuple[str, str], Access] = field(default_factory=dict)
    broken: bool = False

    def root(self, authorization: str | None) -> Caller:
        """Return who this is."""
        return Caller(self._user(authorization), None, Access.HELD)

    def cell(self, authorization: str | None, cell: str) -> Caller:
        """Return who this is and what they may do in the cell."""
        user = self._user(authorization)
        if (user, cell) not in self.access:
            raise Forbidden("This cell is not assigned to you.")
        return Caller(user, f"tablet of {user}", self.access[user, cell])

    def _user(self, authorization: str | None) -> str:
        if self.broken:
            raise StoreUnavailable("The accounts cannot be read now; try again.")
        user = (authorization or "").removeprefix("Bearer ")
        if user not in self.users:
            raise Unauthenticated("Show a valid token.")
        return user


@dataclass
class Service:
    """A running server and what it is made of."""

    url: str
    store_url: str
    store: Store
    gate: TableGate
    replication: Replication

    def client(self, user: str, cell: str) -> httpx.Client:
        """Return a client of one cell."""
        headers = {"Authorization": f"Bearer {user}"}
        return httpx.Client(base_url=f"{self.url}/{cell}", headers=headers, timeout=PATIENCE_S)

    def database(self, cell: str) -> Database:
        """Return a cell's database, past the server."""
        return self.store.create(cell_database(cell))


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Run one server for all tests; each test has a cell of its own."""
    store_url = f"sqlite:///{tmp_path_factory.mktemp('replication')}/store"
    store, gate = open_store(store_url), TableGate({"li.na", "wang.wei", "nobody"})
    settings = Settings(max_request_bytes=LIMIT, max_document_bytes=2**12, cors_origins=[ORIGIN])
    intake = DirectIntake(partial(open_cell, store), store.blobs())
    app = create_replication(store, gate, intake, settings, times=FeedTimes(longest_s=1.0, poll_s=0.2))
    with Running(ReplicationAt(Starlette(), app), app) as port:
        yield Service(f"http://127.0.0.1:{port}/db", store_url, store, gate, app)
    store.close()


class Running:
    """Serve an application from a thread while the context lasts; gives its port."""

    def __init__(self, app: Any, replication: Replication) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._server = FeedServer(uvicorn.Config(app, log_level="warning"), replication.close)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]})

    def __enter__(self) -> int:
        self._thread.start()
        return self._socket.getsockname()[1]

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()


_numbers = itertools.count(1)


@pytest.fixture
def cell(service: Service) -> str:
    """Return a new cell that li.na and wang.wei hold."""
    code = f"510107001{next(_numbers):06}"
    service.gate.access[("li.na", code)] = Access.HELD
    service.gate.access[("wang.wei", code)] = Access.HELD
    return code


@pytest.fixture
def client(service: Service, cell: str) -> Iterator[httpx.Client]:
    """Return li.na's client of the cell."""
    with service.client("li.na", cell) as made:
        yield made


@pytest.fixture
def drainer(service: Service, cell: str) -> Iterator[httpx.Client]:
    """Return the client of wang.wei, who drains the cell."""
    service.gate.access[("wang.wei", cell)] = Access.DRAINING
    with service.client("wang.wei", cell) as made:
        yield made


@pytest.fixture
def put(client: httpx.Client):
    """Return a function that writes a document and returns its revision."""

    def write(doc_id: str, rev: str | None = None, **body: Any) -> str:
        doc = {"_id": doc_id, **body} | ({"_rev": rev} if rev else {})
        rows = client.post("/_bulk_docs", json={"docs": [doc]}).json()
        return rows[0]["rev"]

    return write


@pytest.fixture
def graft(client: httpx.Client):
    """Return a function that writes a revision with its path, newest first: `graft("x", "2-b", "1-a", v=1)`."""

    def write(doc_id: str, *path: str, **body: Any) -> str:
        revs = [full(rev) for rev in path]
        start, ids = int(revs[0].split("-")[0]), [rev.split("-")[1] for rev in revs]
        doc = {"_id": doc_id, "_rev": revs[0], "_revisions": {"start": start, "ids": ids}, **body}
        answer = client.post("/_bulk_docs", json={"docs": [doc], "new_edits": False})
        assert (answer.status_code, answer.json()) == (201, [])
        return revs[0]

    return write


def full(short: str) -> str:
    """Write `2-b` as a revision with a hash of 32 digits."""
    start, _, digest = short.partition("-")
    return f"{start}-{digest * (32 // len(digest))}"


@pytest.fixture
def rev():
    """Return the function that writes `2-b` as a whole revision."""
    return full

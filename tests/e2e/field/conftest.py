"""The real server over a real store, its staff, and stock PouchDB tablets of its collectors."""

from __future__ import annotations

import itertools
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.field.office import REVIEWER, Desk, set_up, store_url
from tests.e2e.field.town import Home, codes
from tests.e2e.processes import ServerProcess
from tests.e2e.tablets import Tablet, Tablets

CELLS = 60
HERE = Path(__file__).parent
_numbers = itertools.count()


@dataclass
class Site:
    """A running installation and one of its cells, with nobody assigned to it yet."""

    folder: Path
    server: ServerProcess
    tablets: Tablets
    admin: Desk
    reviewer: Desk
    cell: str
    credentials: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def home(self) -> Home:
        """Return the documents that the cell began with."""
        return Home.of(self.cell)

    def tablet(self, collector: str, role: str = "holder", **traits: int) -> Tablet:
        """Assign a collector to the cell, enrol a tablet and return it; its replica is empty.

        `clock_error_ms` is by how much its clock is ahead, `revs_limit` how many revisions its PouchDB remembers.
        """
        self.admin.assign(self.cell, collector, role)
        return self.stranger(collector, self.cell, **traits)

    def stranger(self, collector: str, cell: str, **traits: int) -> Tablet:
        """Return an enrolled tablet of a collector with a replica of a cell, whoever works that."""
        given = self.credentials[collector] = self.admin.enrolled(collector)
        session = f"{self.server.address}/api/v1/session"
        tokens = {"token": given["access"], "refresh": given["refresh"], "session": session}
        name = f"{collector} {next(_numbers)} {cell}"
        return self.tablets.open(name, f"{self.server.url}/{cell}", **tokens, **traits)

    def as_collector(self, collector: str) -> httpx.Client:
        """Return a client that shows the collector's access token, without any PouchDB."""
        bearer = {"Authorization": f"Bearer {self.credentials[collector]['access']}"}
        return httpx.Client(base_url=self.server.address, headers=bearer)

    def settle(self, *tablets: Tablet) -> None:
        """Wait until the server has worked everything off, then sync each tablet once."""
        self.admin.await_steps(self.cell)
        for tablet in tablets:
            tablet("sync")


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Set an installation up once; servers run on copies of it."""
    folder = tmp_path_factory.mktemp("prepared")
    set_up(folder, CELLS)
    return folder


def served(folder: Path) -> ServerProcess:
    """Return `fieldsync serve` over an installation, not started."""
    program = [sys.executable, "-m", "fieldsync", "serve", "--store", store_url(folder)]
    return ServerProcess(lambda port: [*program, "--port", str(port)])


def clocked(folder: Path) -> ServerProcess:
    """Return the server over an installation with the clock that the file `ahead` sets, not started."""
    (folder / "ahead").write_text("0")
    return ServerProcess(
        lambda port: [sys.executable, HERE / "clocked_server.py", store_url(folder), str(port), folder / "ahead"]
    )


@pytest.fixture(scope="session")
def town(prepared: Path, tmp_path_factory: pytest.TempPathFactory, tablets: Tablets) -> Iterator[Site]:
    """Run the server that most tests share."""
    yield from _running(served, prepared, tmp_path_factory.mktemp("town"), tablets)


def _running(server_of: Any, prepared: Path, folder: Path, tablets: Tablets) -> Iterator[Site]:
    shutil.copytree(prepared, folder, dirs_exist_ok=True)
    server = server_of(folder)
    server.start()
    admin = Desk(server.address, "admin")
    admin.engage()
    reviewer = Desk(server.address, REVIEWER)
    yield Site(folder, server, tablets, admin, reviewer, codes(CELLS)[0])
    for desk in (admin, reviewer):
        desk.close()
    server.kill()


_cells = iter(codes(CELLS))


@pytest.fixture
def site(town: Site) -> Iterator[Site]:
    """Return a cell of its own for a test, on the server that most tests share; the cell's books balance afterwards."""
    made = Site(town.folder, town.server, town.tablets, town.admin, town.reviewer, next(_cells))
    yield made
    town.admin.await_steps(made.cell)
    books = town.admin.get("reports/accounting", area=made.cell, verify="true")
    assert (books["unaccounted"], books["adds_up"], books["faults"]) == (0, True, [])


@pytest.fixture
def mortal(prepared: Path, tmp_path: Path, tablets: Tablets) -> Iterator[Site]:
    """Run a server that a test may kill."""
    yield from _running(served, prepared, tmp_path, tablets)


@pytest.fixture
def timed(prepared: Path, tmp_path: Path, tablets: Tablets) -> Iterator[Site]:
    """Run a server whose clock a test may move: it is ahead by the seconds in the file `ahead`."""
    yield from _running(clocked, prepared, tmp_path, tablets)


@pytest.fixture
def a(site: Site) -> Tablet:
    """Return the holder's tablet."""
    return site.tablet("li.na")


@pytest.fixture
def b(site: Site) -> Tablet:
    """Return the helper's tablet."""
    return site.tablet("zhang.wei", "helper")

"""A server behind a gate that the tests set, and the tablets of a cell on it."""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract import peers
from tests.e2e.processes import ServerProcess
from tests.e2e.tablets import Tablet, Tablets

HERE = Path(__file__).parent


class Server(ServerProcess):
    """The replication application over a store, if not told otherwise an embedded one."""

    def __init__(self, folder: Path, store_url: str = "") -> None:
        self._folder = folder
        self._tokens: dict[str, Any] = {}
        self.store_url = store_url or f"sqlite:///{folder}/store"
        gate = str(folder / "gate.json")
        super().__init__(lambda port: [sys.executable, HERE / "server.py", self.store_url, str(port), gate])
        self._write_gate()

    def grant(self, token: str, access: str | None, cell: str) -> None:
        """Let the bearer of a token into a cell as `held` or `draining`, or with None out of it, at once."""
        known = self._tokens.setdefault(token, {"user": f"user of {token}", "tablet": token, "cells": {}})
        known["cells"][cell] = access
        if access is None:
            del known["cells"][cell]
        self._write_gate()

    def _write_gate(self) -> None:
        draft = self._folder / "gate.draft"
        draft.write_text(json.dumps({"tokens": self._tokens}))
        draft.replace(self._folder / "gate.json")

    def tablet(self, tablets: Tablets, token: str, cell: str) -> Tablet:
        """Return the tablet of a token's bearer with a replica of a cell."""
        return tablets.open(f"{token} {self.port} {cell}", f"{self.url}/{cell}", token=token)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a server over an empty store; each test has a cell of its own."""
    yield from _running(tmp_path_factory.mktemp("server"))


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Server]:
    """Run a server that a test may kill."""
    yield from _running(tmp_path)


@pytest.fixture(scope="module", params=["embedded", "couchdb"])
def server_on_each_store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a server over an empty store of each kind, for modules whose laws hold on all."""
    folder = tmp_path_factory.mktemp("each")
    if request.param == "embedded":
        yield from _running(folder)
        return
    with peers.on_a_prefix(peers.real_couchdb()) as url:
        yield from _running(folder, url)


def _running(folder: Path, store_url: str = "") -> Iterator[Server]:
    made = Server(folder, store_url)
    made.start()
    yield made
    made.kill()


_numbers = itertools.count(1)


@pytest.fixture
def cell(server: Server) -> str:
    """Return a new cell that `a` and `b` hold."""
    code = f"510107001{next(_numbers):06}"
    server.grant("a", "held", code)
    server.grant("b", "held", code)
    return code


@pytest.fixture
def a(tablets: Tablets, server: Server, cell: str) -> Tablet:
    """Return the first tablet of the cell."""
    return server.tablet(tablets, "a", cell)


@pytest.fixture
def b(tablets: Tablets, server: Server, cell: str) -> Tablet:
    """Return the second tablet of the cell."""
    return server.tablet(tablets, "b", cell)


@pytest.fixture
def pair(tablets: Tablets, mortal: Server) -> Iterator[tuple[Tablet, Tablet]]:
    """Return two tablets of a cell on the server that may be killed."""
    made = []
    for token in ("a", "b"):
        mortal.grant(token, "held", "510107002000001")
        made.append(mortal.tablet(tablets, token, "510107002000001"))
    yield made[0], made[1]
    for tablet in made:
        tablet("stop")

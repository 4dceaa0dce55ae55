"""A server as a process, and stock PouchDB tablets as another, steered by JSON lines."""

from __future__ import annotations

import itertools
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
NODE = HERE.parent / "node"
PATIENCE_S = 30


class Server:
    """A server on a port of its own that can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._tokens: dict[str, Any] = {}
        self.store_url = f"sqlite:///{folder}/store"
        self.port = _free_port()
        self._write_gate()

    @property
    def url(self) -> str:
        """Return the address of the replication root."""
        return f"http://127.0.0.1:{self.port}/db"

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

    def start(self) -> None:
        """Start the process and wait until it answers."""
        arguments = [self.store_url, str(self.port), str(self._folder / "gate.json")]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        self._process = subprocess.Popen([sys.executable, HERE / "server.py", *arguments], env=environment)
        transport = httpx.HTTPTransport(retries=0)
        with httpx.Client(transport=transport) as client:
            wait_for(lambda: _answers(client, self.url) or self._process.poll() is not None)
        assert self._process.poll() is None, "the server did not start"

    def kill(self) -> None:
        """End the process without any warning."""
        self._process.kill()
        self._process.wait(PATIENCE_S)

    def stop(self) -> int:
        """Ask the process to end; returns its exit status."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(PATIENCE_S)


class TabletError(Exception):
    """What PouchDB reported; `status` is that of the answer it got."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(str(error))
        self.status = error.get("status")


class Tablets:
    """A Node process that holds PouchDB tablets."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            ["node", "tablet.mjs"], cwd=NODE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._answers: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        for line in self._process.stdout:
            self._answers.put(line)

    def open(self, token: str, server: Server, cell: str) -> Tablet:
        """Return the tablet of a token's bearer, whose replica of a cell is kept in memory."""
        name = f"{token} {server.port} {cell}"
        self.ask(name, "open", url=f"{server.url}/{cell}", token=token)
        return Tablet(self, name)

    def ask(self, tablet: str, do: str, **details: Any) -> Any:
        """Have a command done and return its result. Raises TabletError."""
        self._process.stdin.write(json.dumps({"tablet": tablet, "do": do, **details}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._answers.get(timeout=2 * PATIENCE_S))
        if "error" in answer:
            raise TabletError(answer["error"])
        return answer["ok"]

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait(PATIENCE_S)


class Tablet:
    """One tablet: its commands are those of `tablet.mjs`."""

    def __init__(self, tablets: Tablets, name: str) -> None:
        self._tablets, self._name = tablets, name

    def __call__(self, do: str, **details: Any) -> Any:
        """Have a command done and return its result. Raises TabletError."""
        return self._tablets.ask(self._name, do, **details)

    def until(self, **condition: Any) -> None:
        """Wait until the replica fulfils a condition."""
        self("until", condition=condition, timeout=PATIENCE_S * 1000)


def wait_for(is_so: Callable[[], object]) -> None:
    """Wait until something is so."""
    done = threading.Event()
    tries = int(PATIENCE_S / 0.05)
    for _ in range(tries):
        if is_so():
            return
        done.wait(0.05)
    raise AssertionError(f"not within {PATIENCE_S} s")


def _answers(client: httpx.Client, url: str) -> bool:
    try:
        return client.get(url + "/").status_code == 401
    except httpx.TransportError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def pouchdb() -> None:
    """Install the packages of the lock file where they are missing."""
    if not (NODE / "node_modules" / "pouchdb").is_dir():
        subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund"], cwd=NODE, check=True
        )


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a server over an empty store; each test has a cell of its own."""
    yield from _running(tmp_path_factory.mktemp("server"))


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Server]:
    """Run a server that a test may kill."""
    yield from _running(tmp_path)


def _running(folder: Path) -> Iterator[Server]:
    made = Server(folder)
    made.start()
    yield made
    made.kill()


@pytest.fixture(scope="session")
def tablets(pouchdb: None) -> Iterator[Tablets]:
    """Run a process for tablets."""
    made = Tablets()
    yield made
    made.close()


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
    return tablets.open("a", server, cell)


@pytest.fixture
def b(tablets: Tablets, server: Server, cell: str) -> Tablet:
    """Return the second tablet of the cell."""
    return tablets.open("b", server, cell)


@pytest.fixture
def pair(tablets: Tablets, mortal: Server) -> Iterator[tuple[Tablet, Tablet]]:
    """Return two tablets of a cell on the server that may be killed."""
    made = []
    for token in ("a", "b"):
        mortal.grant(token, "held", "510107002000001")
        made.append(tablets.open(token, mortal, "510107002000001"))
    yield made[0], made[1]
    for tablet in made:
        tablet("stop")

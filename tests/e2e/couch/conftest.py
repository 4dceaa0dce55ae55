"""`fieldsync couch` as a process, and stock PouchDB as its client."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.processes import PATIENCE_S, ROOT
from tests.e2e.tablets import Tablets

PASSWORD = "s3cret"


class Couch:
    """The command, running on a free port."""

    def __init__(self, folder: Path, *options: str) -> None:
        command = [sys.executable, "-m", "fieldsync", "couch", "--store", f"sqlite:///{folder}/store", "--port", "0"]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        self._process = subprocess.Popen([*command, *options], env=environment, stdout=subprocess.PIPE, text=True)
        self.said = self._process.stdout.readline()
        self.url = self.said.split()[-1]

    @property
    def pid(self) -> int:
        """Return the number of the process."""
        return self._process.pid

    def kill(self) -> None:
        """End the process without any warning."""
        self._process.kill()
        self._process.communicate(timeout=PATIENCE_S)

    def stop(self) -> tuple[int, str]:
        """Ask the process to end; returns its exit status and what else it said."""
        self._process.send_signal(signal.SIGTERM)
        rest, _ = self._process.communicate(timeout=PATIENCE_S)
        return self._process.returncode, rest


@pytest.fixture(scope="session", params=["open", "with a user"])
def couch(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run the command, open or with a user; returns the address for a client who may do everything."""
    options = [] if request.param == "open" else ["--user", f"admin:{PASSWORD}"]
    made = Couch(tmp_path_factory.mktemp("couch"), *options)
    yield made.url.replace("http://", f"http://admin:{PASSWORD}@") if options else made.url
    assert made.stop()[0] == 0


@pytest.fixture(scope="session")
def process(pouchdb: None) -> Iterator[Tablets]:
    """Run a process for clients."""
    made = Tablets("client.mjs")
    yield made
    made.close()


class Client:
    """One database as PouchDB has it: its commands are those of `client.mjs`."""

    def __init__(self, process: Tablets, name: str, url: str | None) -> None:
        self._process, self.name = process, name
        process.ask(name, "open", url=url)

    def __call__(self, method: str, *args: Any) -> Any:
        """Call a method of PouchDB. Raises TabletError."""
        return self._process.ask(self.name, "call", method=method, args=args)

    def do(self, command: str, **details: Any) -> Any:
        """Have another command done. Raises TabletError."""
        return self._process.ask(self.name, command, **details)


_numbers = itertools.count(1)
Opened = Callable[[], Client]


@pytest.fixture
def remote(process: Tablets, couch: str) -> Opened:
    """Return a function that opens a new database on the server."""

    def opened() -> Client:
        number = next(_numbers)
        return Client(process, f"remote {number}", f"{couch}/testdb_{number}")

    return opened


@pytest.fixture
def local(process: Tablets) -> Opened:
    """Return a function that opens a new database in memory."""
    return lambda: Client(process, f"local {next(_numbers)}", None)

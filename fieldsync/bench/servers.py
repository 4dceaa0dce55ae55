"""The servers that are measured: processes started for it on free ports, or one that a URL names."""

from __future__ import annotations

import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from fieldsync.bench.connection import Address
from fieldsync.errors import BadInput, StoreUnavailable
from fieldsync.settings import with_store

POUCHDB_SERVER = "pouchdb-server"
_PATIENCE_S = 30.0
_PAUSE_S = 0.05


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers: its name, its URL, and its process where it runs here and is ours to look at.

    `is_fresh`: what it holds goes with it.
    """

    name: str
    url: str
    pid: int | None = None
    is_fresh: bool = False
    token: str = field(default_factory=lambda: secrets.token_hex(3))

    @property
    def address(self) -> Address:
        """Return where requests go."""
        return Address.of(self.url)

    def database(self, number: int, purpose: str) -> str:
        """Return the name of a database of this run."""
        return f"bench-{self.token}-{purpose}-{number}"


@dataclass(frozen=True, slots=True)
class Choice:
    """Which servers to measure, as the command was told."""

    store: str | None
    peer: str
    node_modules: Path

    def ours(self) -> AbstractContextManager[Server]:
        """Serve a store, by default a fresh embedded one, with `fieldsync couch`."""
        return _served(self.store)

    def other(self) -> AbstractContextManager[Server] | None:
        """Serve the peer; None where there shall be none. Raises BadInput where it is not installed."""
        if self.peer == "none":
            return None
        if self.peer == POUCHDB_SERVER:
            return _pouchdb_server(find_pouchdb_server(self.node_modules))
        return _named(self.peer)


def find_pouchdb_server(node_modules: Path) -> Path:
    """Return the program of the npm package. Raises BadInput where it is not installed."""
    here = node_modules / ".bin" / POUCHDB_SERVER
    found = str(here) if here.exists() else shutil.which(POUCHDB_SERVER)
    if found is None:
        raise BadInput(
            f"The peer {POUCHDB_SERVER} is not installed: run `npm install --prefix {node_modules.parent} "
            f"{POUCHDB_SERVER}`, or give --peer URL or --peer none."
        )
    return Path(found)


@contextmanager
def _named(url: str) -> Iterator[Server]:
    parts = urlsplit(url)
    yield Server(f"{parts.hostname}:{parts.port}", url.rstrip("/"))


@contextmanager
def _served(store: str | None) -> Iterator[Server]:
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="fieldsync-bench-"))
        port = _free_port()
        process = _Process(
            "fieldsync",
            [sys.executable, "-m", "fieldsync", "couch", "--port", str(port)],
            port,
            Path(folder),
            environment=with_store(store or f"sqlite:///{folder}/store"),
        )
        yield replace(stack.enter_context(_running(process)), is_fresh=store is None)


@contextmanager
def _pouchdb_server(program: Path) -> Iterator[Server]:
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="fieldsync-bench-"))
        port = _free_port()
        command = [str(program.absolute()), "--in-memory", "--no-stdout-logs", "--port", str(port), "--dir", folder]
        process = _Process(POUCHDB_SERVER, command, port, Path(folder), working_in=Path(folder))
        yield replace(stack.enter_context(_running(process)), is_fresh=True)


@dataclass(frozen=True, slots=True)
class _Process:
    """A server to be started: what it writes goes to a file among its logs."""

    name: str
    command: Sequence[str]
    port: int
    logs: Path
    working_in: Path | None = None
    environment: Mapping[str, str] | None = None


@contextmanager
def _running(one: _Process) -> Iterator[Server]:
    log = one.logs / "output"
    with log.open("wb") as output:
        process = subprocess.Popen(one.command, cwd=one.working_in, env=one.environment, stdout=output, stderr=output)
    try:
        _wait_for(process, one.port, log)
        yield Server(one.name, f"http://127.0.0.1:{one.port}", process.pid)
    finally:
        process.terminate()
        try:
            process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(_PAUSE_S)
    said = log.read_text("utf-8", "replace").strip()[-500:] or "it said nothing"
    raise StoreUnavailable(f"{Path(process.args[0]).name} did not start: {said}")  # type: ignore[index,arg-type]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

"""Servers as processes of their own, and how these tests wait: for a condition, never for a time."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
PATIENCE_S = 30


class ServerProcess:
    """A server on a port of its own that can be killed and started again."""

    def __init__(self, command: Callable[[int], Sequence[str | Path]]) -> None:
        """Take the command that serves on a port."""
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        self._command = command(self.port)

    @property
    def address(self) -> str:
        """Return where the server listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """Return the address of the replication root."""
        return f"{self.address}/db"

    @property
    def pid(self) -> int:
        """Return the number of the process."""
        return self._process.pid

    def start(self) -> None:
        """Start the process and wait until it answers."""
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        self._process = subprocess.Popen(self._command, env=environment, stdout=subprocess.DEVNULL)
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


def wait_for(is_so: Callable[[], object], pause_s: float = 0.05) -> None:
    """Wait until something is so."""
    done = threading.Event()
    tries = int(PATIENCE_S / pause_s)
    for _ in range(tries):
        if is_so():
            return
        done.wait(pause_s)
    raise AssertionError(f"not within {PATIENCE_S} s")


def _answers(client: httpx.Client, url: str) -> bool:
    try:
        return client.get(url + "/").status_code == 401
    except httpx.TransportError:
        return False


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]

"""The real server as a process of its own: started, watched, killed without warning, and started again."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx

from fieldsync.errors import FieldsyncError
from fieldsync.settings import with_store

COMMAND = (sys.executable, "-m", "fieldsync")
_START_S = 60.0
_LOOK_S = 0.02


class CommandFailed(FieldsyncError):
    """A command, or the server, ended as it should not."""

    code = "command_failed"


def run_command(*arguments: str, store: str, stdin: str = "", may_fail: bool = False) -> str:
    """Run a `fieldsync` command as a user would; returns what it wrote. Raises CommandFailed unless it may fail."""
    done = subprocess.run(
        [*COMMAND, *arguments], input=stdin, capture_output=True, text=True, check=False, env=with_store(store)
    )
    if done.returncode and not (may_fail and done.stdout):
        raise CommandFailed(f"`fieldsync {' '.join(arguments)}` ended with {done.returncode}: {done.stderr[-500:]}")
    return done.stdout


class Server:
    """`fieldsync serve` on loopback, on one port all day."""

    def __init__(self, store: str, log: Path) -> None:
        self._store, self._log = store, log
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.starts = 0
        self.peak_rss_mb = 0.0

    @property
    def address(self) -> str:
        """Return where the server listens."""
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> float:
        """Start the server and wait until it is ready; returns how many seconds that took. Raises CommandFailed.

        One that still runs is ended first.
        """
        began = time.monotonic()
        self.stop()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*COMMAND, "serve", "--host", "127.0.0.1", "--port", str(self._port)],
                stdout=log,
                stderr=log,
                env=with_store(self._store),
            )
        self.starts += 1
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() - began > _START_S:
                raise CommandFailed(f"The server did not start: {self._log.read_text(errors='replace')[-1000:]}")
            time.sleep(_LOOK_S)
        return time.monotonic() - began

    def kill(self) -> None:
        """End the server at once, as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End the server in good order."""
        if self._process is not None and self._process.poll() is None:
            self.note_memory()
            self._end(signal.SIGTERM)

    def wait(self) -> None:
        """Wait until the server ends by itself."""
        self._running().wait()

    def note_memory(self) -> None:
        """Note the most memory that the server has held so far, in megabytes."""
        try:
            status = Path(f"/proc/{self._running().pid}/status").read_text()
        except OSError:
            return
        peak = re.search(r"VmHWM:\s+(\d+) kB", status)
        self.peak_rss_mb = max(self.peak_rss_mb, int(peak.group(1)) / 1024 if peak else 0.0)

    @contextmanager
    def killed_when(self, is_time: Callable[[], bool]) -> Iterator[None]:
        """Kill the server as soon as `is_time` says so, whatever it is doing."""
        over = threading.Event()

        def lurk() -> None:
            while not over.is_set() and not is_time():
                over.wait(0.001)
            if not over.is_set():
                self.note_memory()
                self.kill()

        thread = threading.Thread(target=lurk, name="power cut")
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise CommandFailed("The server was not started yet.")
        return self._process

    def _end(self, how: signal.Signals) -> None:
        process = self._running()
        os.kill(process.pid, how)
        process.wait(timeout=30)

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.address}/health/ready", timeout=5).is_success
        except httpx.TransportError:
            return False


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

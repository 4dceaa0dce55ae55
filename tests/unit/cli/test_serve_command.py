"""`serve`, as a process of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest


def command(folder: Path, *more: str) -> list[str]:
    start = "from fieldsync.cli import main; main()"
    return [sys.executable, "-c", start, "serve", "--store", f"sqlite:///{folder}/store", *more]


def test_serve_says_where_it_listens_and_stops_when_told(tmp_path: Path) -> None:
    """With port 0 it takes a free one, prints it, answers there, and ends cleanly on SIGTERM."""
    process = subprocess.Popen(
        command(tmp_path, "--port", "0"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("fieldsync listens on http://127.0.0.1:"), line
        answer = httpx.get(line.split()[-1] + "/health/ready", timeout=10)
        assert answer.json() == {"status": "ready"}
    finally:
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=30)
    assert "Traceback" not in err
    assert process.returncode in (0, -signal.SIGTERM)


@pytest.mark.parametrize("spoil", ["port", "store", "key"])
def test_serve_that_cannot_start_says_why(tmp_path: Path, spoil: str) -> None:
    """A taken port, an unusable store and an open key file each end at once with one line and status 2 or 1."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1]) if spoil == "port" else "0"
        if spoil == "store":
            (tmp_path / "store").write_text("a file")
        if spoil == "key":
            (tmp_path / "store").mkdir()
            (tmp_path / "store" / "keys.json").write_text("{}")
            (tmp_path / "store" / "keys.json").chmod(0o644)
        done = subprocess.run(
            command(tmp_path, "--port", port), capture_output=True, text=True, timeout=60, check=False, env=os.environ
        )
    assert done.returncode in (1, 2)
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert done.stderr.startswith("fieldsync: ")

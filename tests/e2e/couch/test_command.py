"""`fieldsync couch` as its operator sees it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.e2e.couch.conftest import Couch
from tests.e2e.processes import PATIENCE_S, ROOT


def test_it_says_where_it_listens_and_ends_when_asked(tmp_path: Path) -> None:
    """On one line, with the port it took; feeds that wait do not hold it."""
    couch = Couch(tmp_path)
    assert re.fullmatch(r"fieldsync listens on http://127\.0\.0\.1:[1-9]\d+\n", couch.said)
    httpx.put(f"{couch.url}/db")
    query = {"feed": "continuous", "heartbeat": "100"}
    with (
        httpx.stream("GET", f"{couch.url}/db/_changes", params=query, timeout=PATIENCE_S) as changes,
        httpx.stream("GET", f"{couch.url}/_db_updates", params=query, timeout=PATIENCE_S) as updates,
    ):
        lines = changes.iter_lines(), updates.iter_lines()
        for feed in lines:
            next(feed)
        assert couch.stop() == (0, "")
        assert all("last_seq" in [*feed][-1] for feed in lines)


def test_databases_outlive_the_process(tmp_path: Path) -> None:
    """With the server's identifier, so that checkpoints stay good."""
    first = Couch(tmp_path)
    httpx.put(f"{first.url}/db")
    httpx.put(f"{first.url}/db/a", json={"value": 1})
    uuid = httpx.get(first.url).json()["uuid"]
    first.stop()
    second = Couch(tmp_path)
    assert httpx.get(second.url).json()["uuid"] == uuid
    assert httpx.get(f"{second.url}/db/a").json()["value"] == 1
    assert [row["type"] for row in httpx.get(f"{second.url}/_db_updates").json()["results"]] == ["updated"]
    second.stop()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--host", "0.0.0.0"], "--user name:password, or --host 127.0.0.1"),
        (["--host", "example.org"], "loopback address only"),
        (["--user", "admin"], "name:password"),
        (["--user", "admin:"], "name:password"),
        (["--host", "203.0.113.9", "--user", "a:b"], "Nobody can listen on 203.0.113.9"),
    ],
)
def test_it_refuses_in_one_line(tmp_path: Path, options: list[str], said: str) -> None:
    """Without users nobody else's machine is served."""
    command = [sys.executable, "-m", "fieldsync", "couch", "--store", f"sqlite:///{tmp_path}/store", "--port", "0"]
    done = subprocess.run(
        [*command, *options], check=False, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1

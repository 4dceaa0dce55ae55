"""`fieldsync couch` killed in the middle of pushes, again and again: what it answered 201 to is there."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import httpx

from tests.e2e.couch.conftest import Couch
from tests.e2e.processes import PATIENCE_S

LIVES, WRITERS, BATCH = 5, 4, 20


def pushed(url: str, life: int, writer: int, began: Callable[[], None]) -> list[str]:
    """Push batches until the server is gone; returns the identifiers of those that were answered 201."""
    acknowledged: list[str] = []
    with httpx.Client(timeout=PATIENCE_S) as client:
        while True:
            ids = [f"{life}-{writer}-{len(acknowledged) + n:06}" for n in range(BATCH)]
            docs = [{"_id": doc_id, "_rev": "1-" + "a" * 32, "text": "x" * 500} for doc_id in ids]
            began()
            try:
                answer = client.post(f"{url}/db/_bulk_docs", json={"docs": docs, "new_edits": False})
            except httpx.TransportError:
                return acknowledged
            assert (answer.status_code, answer.json()) == (201, [])
            acknowledged += ids


def lived(couch: Couch, life: int, pick: random.Random) -> list[str]:
    """Push from several threads, and kill the server once a random number of batches has begun."""
    left, enough = iter(range(pick.randrange(4, 40))), Event()

    def began() -> None:
        if next(left, None) is None:
            enough.set()

    with ThreadPoolExecutor(WRITERS) as pool:
        writers = [pool.submit(pushed, couch.url, life, number, began) for number in range(WRITERS)]
        assert enough.wait(PATIENCE_S)
        couch.kill()
        return [doc_id for writer in writers for doc_id in writer.result(PATIENCE_S)]


def checked(folder: Path) -> tuple[int, str]:
    """Run `fieldsync store check` on the store; returns its exit status and what it says."""
    command = [sys.executable, "-m", "fieldsync", "store", "check", "--store", f"sqlite:///{folder}/store"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    return done.returncode, done.stdout + done.stderr


def test_what_a_killed_server_acknowledged_is_there(tmp_path: Path) -> None:
    """After each of many kills every acknowledged document is found whole, and the store has no damage."""
    pick = random.Random(8)
    acknowledged: list[str] = []
    for life in range(LIVES):
        couch = Couch(tmp_path)
        httpx.put(f"{couch.url}/db")
        acknowledged += lived(couch, life, pick)
    assert len(acknowledged) >= LIVES * BATCH
    couch = Couch(tmp_path)
    rows = httpx.post(f"{couch.url}/db/_all_docs?include_docs=true", json={"keys": acknowledged}).json()["rows"]
    assert [row["key"] for row in rows if row.get("doc", {}).get("text") != "x" * 500] == []
    changes = httpx.get(f"{couch.url}/db/_changes").json()["results"]
    assert httpx.get(f"{couch.url}/db").json()["doc_count"] == len(changes) == len({row["id"] for row in changes})
    assert couch.stop()[0] == 0
    status, said = checked(tmp_path)
    assert (status, said.count("\n")) == (0, 1), said

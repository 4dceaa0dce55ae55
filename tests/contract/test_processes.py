"""Other processes: what a killed one reported is there, and several may write one store at once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from itertools import islice, pairwise
from pathlib import Path

import pytest

import fieldsync
from fieldsync.documents import DocId, decode_body
from fieldsync.stores.base import ChangesQuery, Store
from fieldsync.stores.factory import open_store

PROGRAMS = Path(__file__).parent / "programs"


def start(program: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(PROGRAMS / program), *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(fieldsync.__file__).parents[1])},
    )


@pytest.mark.parametrize("seed", range(3))
def test_what_a_killed_process_reported_is_there(store_url: str, seed: int) -> None:
    """Every write that had returned before the kill is found by the next process, and the store works on."""
    pick = random.Random(seed)
    reported: list[str] = []
    for life in range(3):
        writer = start("write_until_killed.py", store_url, f"life{seed}{life}")
        reported += islice(writer.stdout, pick.randrange(1, 80))
        os.kill(writer.pid, signal.SIGKILL)
        reported += [line for line in writer.stdout if line.endswith("\n")]
        writer.wait()
    store = open_store(store_url)
    assert [line for line in reported if not _is_there(store, *line.rstrip("\n").split(" "))] == []
    for name in store.names():
        rows = store.database(name).changes(ChangesQuery()).rows
        assert store.database(name).info().doc_count == len(rows) == len({row.id for row in rows})
    store.create("cell-after").add([(DocId("a"), b"{}")])
    store.close()


def _is_there(store: Store, name: str, kind: str, doc_id: str, rev: str) -> bool:
    cell = store.database(name)
    if kind == "local":
        return cell.local(doc_id) == rev.encode()
    found = cell.get(DocId(doc_id), rev or None)
    return found is not None and rev in ("", found.rev)


def test_processes_write_one_database_together(store_url: str, store: Store) -> None:
    """No write is lost, none is refused, and a reader that follows meanwhile misses nothing."""
    writers = [start("count_up.py", store_url, "cell-shared", f"w{n}", "25") for n in range(3)]
    cell = store.create("cell-shared")
    seen: list[str] = []
    since = "0"
    running = True
    while running:
        running = any(writer.poll() is None for writer in writers)
        while rows := cell.changes(ChangesQuery(since, limit=5)).rows:
            assert all(int(a.seq.split("-")[0]) < int(b.seq.split("-")[0]) for a, b in pairwise(rows))
            seen += [row.id for row in rows if row.id != "count"]
            since = rows[-1].seq
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    assert sorted(seen) == sorted(f"w{n}-{turn}" for n in range(3) for turn in range(25))
    assert decode_body(cell.get(DocId("count")).body) == {"n": 75}
    assert len(cell.get(DocId("count")).path) == 75
    assert cell.info().doc_count == 76


def test_processes_make_one_store_together(store_url: str) -> None:
    """They agree on the installation and on each database, made at the same moment by all."""
    writers = [start("count_up.py", store_url, "cell-new", f"w{n}", "2") for n in range(4)]
    assert [writer.wait() for writer in writers] == [0, 0, 0, 0]
    store = open_store(store_url)
    assert store.names() == ["cell-new"]
    assert store.database("cell-new").info().doc_count == 9
    store.close()

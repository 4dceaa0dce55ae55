"""`bench replication`: what a run says and that its counts add up; never how fast anything is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.conftest import Run

SIZES = {"clients": 2, "documents": 50, "rounds": 1, "batch": 20, "databases": 11, "feeds": 30, "watch": 0.1}
SMALL = [word for name, size in SIZES.items() for word in (f"--{name}", str(size))]


def by_name(report: dict[str, Any]) -> dict[str, Any]:
    """Return our reading of each measure."""
    return {result["name"]: result["ours"] for result in report["results"]}


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """Return a folder where no npm package is installed."""
    return str(tmp_path / "node_modules")


def test_a_small_run_counts_what_went_over_the_wire(run: Run, folder: str) -> None:
    """Every document arrives once; the requests are those of PouchDB's pull; the server's memory and time are told."""
    done = run("bench", "replication", *SMALL, "--peer", "none", "--only", "pull", "--json", "--node-modules", folder)
    assert done.status == 0, done.err
    reading = by_name(done.json)["pull-20"]
    (sample,) = reading["samples"]
    pages = 3
    assert sample["documents"] == 2 * 50
    assert sample["requests"] == 2 * (3 + (pages + 1) + 3 * pages)
    assert sample["received"] > 2 * 50 * 240
    assert sample["sent"] > sample["requests"] * len("GET / HTTP/1.1")
    assert reading["low"] == reading["median"] == reading["high"] == sample["value"] > 0
    assert reading["peak_bytes"] > 0


def test_measures_that_need_no_peer_all_have_a_line(run: Run, folder: str) -> None:
    """Latency, many databases and waiting feeds are in the table; stock PouchDB is missed in words, not silently."""
    done = run("bench", "replication", *SMALL, "--peer", "none", "--json", "--node-modules", folder)
    assert done.status == 0, done.err
    assert set(by_name(done.json)) == {
        *("pull-20", "latency-database", "latency-local", "sync-among-10", "sync-among-11"),
        "sync-among-11-opened",
        *("feeds-longpoll", "feeds-continuous"),
    }
    assert [line.partition(":")[0] for line in done.json["skipped"]] == ["Stock PouchDB is not measured"]
    assert "npm install" in done.err
    feeds = by_name(done.json)["feeds-longpoll"]["samples"][0]
    assert (feeds["requests"], feeds["more"]["woken_in_vain"]) == (30, 0)


def test_the_table_names_the_measure(run: Run, folder: str) -> None:
    """For people there is a table."""
    chosen = ("--only", "latency-local", "--peer", "none")
    done = run("bench", "replication", *SMALL, *chosen, "--node-modules", folder)
    assert "GET /{db}/_local/{id}, ms" in done.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--only", "pull"), "pouchdb-server is not installed: run `npm install"),
        (("--only", "speed", "--peer", "none"), "There is no measure 'speed': use pull-20"),
        (("--batch", "many", "--peer", "none"), "--batch is numbers with commas between them"),
        (("--only", "latency", "--peer", "ftp://there"), "use http://[user:password@]host:port"),
    ],
)
def test_what_cannot_be_measured_is_said_in_one_line(
    run: Run, folder: str, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    """A peer that is not installed, a measure that is not known, batches and peers that are none."""
    monkeypatch.setenv("PATH", folder)
    done = run("bench", "replication", *SMALL, *arguments, "--node-modules", folder)
    assert done.status == 2
    assert said in " ".join(done.err.split())

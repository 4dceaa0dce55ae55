"""`fieldsync bench replication` beside a peer, with stock PouchDB: what it counts adds up."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
START = "from fieldsync.cli import main; main()"
SMALL = ("--clients", "2", "--documents", "50", "--rounds", "1", "--batch", "100")
CHOSEN = ("--only", "pull", "--only", "first-pull", "--only", "push", "--only", "idle")


def test_a_small_run_beside_the_peer() -> None:
    """Both servers hand out and take in the same documents in as many requests."""
    modules = ROOT / "tests/e2e/node/node_modules"
    command = [sys.executable, "-c", START, "bench", "replication", *SMALL, *CHOSEN, "--node-modules", str(modules)]
    done = subprocess.run(
        [*command, "--json"], capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    assert done.returncode == 0, done.stderr
    documents = {"pull-100": 100, "first-pull-100": 50, "push": 200, "idle": 0}
    results = {result["name"]: result for result in json.loads(done.stdout)["results"]}
    assert results.keys() == documents.keys()
    for name, result in results.items():
        ours, peer = result["ours"]["samples"][0], result["peer"]["samples"][0]
        assert ours.get("documents", 0) == peer.get("documents", 0) == documents[name]
        assert ours["requests"] == peer["requests"] > 0
        assert min(ours["sent"], ours["received"], peer["sent"], peer["received"]) > 0
        assert result["ratio"] == result["ours"]["median"] / result["peer"]["median"]

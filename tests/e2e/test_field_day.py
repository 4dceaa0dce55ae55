"""The field day as a user runs it, twice: everything holds, and both days end with the same registry."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fieldsync.keys import load_keys
from fieldsync.registry import Registry
from fieldsync.stores.factory import open_store
from fieldsync.vault import Vault

MEMBERS = [
    "cells", "tablets", "dwellings", "households", "persons", "edits", "changes", "merged", "agreed", "contests",
    "admitted", "returned", "quarantined", "waiting", "unaccounted", "lost_by_winner", "lost_by_arrival", "outcomes",
    "seconds",
]  # fmt: skip
REPEATED = (
    "cells", "tablets", "dwellings", "households", "persons", "edits", "changes", "merged", "contests", "returned",
    "quarantined", "waiting",
)  # fmt: skip
"""What every run has alike. Whether a value was admitted before another took its place hangs on the steps' speed."""
NEVER_ZERO = ("merged", "agreed", "contests", "admitted", "returned", "quarantined", "lost_by_winner")
TIMEOUT_S = 500


def begin(folder: Path) -> subprocess.Popen[str]:
    """Start a field day in a folder of its own."""
    folder.mkdir()
    command = [sys.executable, "-m", "fieldsync", "demo", "--once", "--json", "--store", f"sqlite:///{folder}/store"]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def end(day: subprocess.Popen[str]) -> dict[str, Any]:
    """Wait for a field day and return its closing line."""
    out, err = day.communicate(timeout=TIMEOUT_S)
    assert day.returncode == 0, err[-4000:]
    [line] = out.splitlines()
    closing: dict[str, Any] = json.loads(line)
    return closing


def registry_of(folder: Path) -> dict[str, dict[str, Any]]:
    """Return what the registry holds at the end: the value of each item of each record."""
    store = open_store(f"sqlite:///{folder}/store")
    vault = Vault(store, load_keys(folder / "store" / "keys.json").data_keys)
    try:
        return {r.id: {name: item.value for name, item in r.items.items()} for r in Registry(store, vault).records()}
    finally:
        store.close()


@pytest.mark.timeout(2 * TIMEOUT_S)
def test_the_day_holds_and_repeats(tmp_path: Path) -> None:
    """Exit status 0, a closing line that adds up, a page; and a second run ends with the same ids and values."""
    folders = [tmp_path / "one", tmp_path / "other"]
    closings = [end(day) for day in [begin(folder) for folder in folders]]
    for closing in closings:
        assert list(closing) == MEMBERS
        assert closing["unaccounted"] == 0
        assert sum(closing["outcomes"].values()) == closing["changes"]
        assert [name for name in NEVER_ZERO if closing[name] == 0] == []
        assert closing["cells"] >= 24
        assert closing["tablets"] >= 12
        assert closing["households"] >= 1200
    one, other = (registry_of(folder) for folder in folders)
    assert len(one) > 9000
    assert one == other
    assert [closings[0][name] for name in REPEATED] == [closings[1][name] for name in REPEATED]
    assert "<svg" in (folders[0] / "field-day.html").read_text()


def test_a_store_that_is_in_use_is_left_alone(tmp_path: Path) -> None:
    """The day begins from nothing: where there is an administrator already, one line says so and nothing is written."""
    store = f"sqlite:///{tmp_path}/store"
    init = [sys.executable, "-m", "fieldsync", "init", "--store", store, "--name", "somebody", "--password-stdin"]
    subprocess.run(init, input="a long password", text=True, check=True, capture_output=True)
    demo = [sys.executable, "-m", "fieldsync", "demo", "--once", "--store", store]
    done = subprocess.run(demo, cwd=tmp_path, text=True, capture_output=True, check=False)
    assert done.returncode != 0
    assert "administrator" in done.stderr
    assert "Traceback" not in done.stderr

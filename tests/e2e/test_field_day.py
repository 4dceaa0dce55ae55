"""The field day as a user runs it: everything holds, and it ends as it ended on another day, on another machine."""

import hashlib
import json
import re
import subprocess
import sys
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fieldsync.accounting.balance import Month
from fieldsync.accounting.balances import Source
from fieldsync.keys import load_keys
from fieldsync.pipeline import Pipeline
from fieldsync.registry import Registry
from fieldsync.services import Services
from fieldsync.settings import Settings
from fieldsync.stores.factory import open_store
from fieldsync.vault import Vault
from tests.e2e.processes import ROOT

MEMBERS = [
    "cells", "tablets", "dwellings", "households", "persons", "edits", "changes", "merged", "agreed", "contests",
    "admitted", "returned", "quarantined", "waiting", "unaccounted", "lost_by_winner", "lost_by_arrival", "outcomes",
    "seconds",
]  # fmt: skip
REPEATED = ("cells", "tablets", "dwellings", "households", "persons", "edits", "changes", "merged", "contests")
"""What every run has alike. Whether a value was admitted before another took its place hangs on the steps' speed."""
NEVER_ZERO = ("merged", "agreed", "contests", "admitted", "returned", "quarantined", "lost_by_winner")
TIMEOUT_S = 1500
"""Half a minute on an idle machine; on a very busy one more than nine minutes."""
REGISTRY = {
    "building": (145, "34ef92fe7577a560"),
    "dwelling": (1470, "f828cfeb6dc6157d"),
    "event": (301, "8a3265528a8c2af4"),
    "household": (1291, "fd09009ba162bcf9"),
    "person": (3297, "e80db9e67375313c"),
    "stay": (3348, "af20f54e73e6d047"),
}
"""Of other days, on other machines: how many records of each kind the registry ends with, and a hash of them.

Where the scenes, the sample or a rule of merging changed on purpose, take what a failure shows, and tell README.
"""
TOLD = re.compile(r"^\| (?:cells|edits|items combined|contests)[^|]*\| ([\d, ]+) \|$", re.MULTILINE)
"""The rows of README's table with what every run has alike."""


def registry_of(folder: Path) -> dict[str, dict[str, Any]]:
    """Return what the registry holds at the end: the value of each item of each record."""
    store = open_store(f"sqlite:///{folder}/store")
    vault = Vault(store, load_keys(folder / "store" / "keys.json").data_keys)
    try:
        return {r.id: {name: item.value for name, item in r.items.items()} for r in Registry(store, vault).records()}
    finally:
        store.close()


def balances_of(folder: Path, source: Source) -> list[dict[str, Any]]:
    """Return the balance of each cell over the month of the day, of the cells or of the registry."""
    settings = Settings(store=f"sqlite:///{folder}/store")
    store = open_store(settings.store)
    try:
        services = Services.of(store, load_keys(folder / "store" / "keys.json"), settings, lambda: datetime.now(UTC))
        found = Pipeline.of(services).balances.of(Month.read("2026-11"), [""], source=source)
        return [balance.report() for balance in found]
    finally:
        store.close()


def hashed(registry: dict[str, dict[str, Any]]) -> dict[str, tuple[int, str]]:
    """Return for each kind of record how many there are, and a hash of their ids and values."""
    kinds: dict[str, dict[str, Any]] = defaultdict(dict)
    for doc_id, values in registry.items():
        kinds[doc_id.partition(":")[0]][doc_id] = values
    texts = {kind: json.dumps(records, sort_keys=True) for kind, records in kinds.items()}
    return {kind: (len(kinds[kind]), hashlib.sha256(text.encode()).hexdigest()[:16]) for kind, text in texts.items()}


def figures_told() -> dict[str, int]:
    """Return the figures that README tells of one run."""
    rows = TOLD.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    numbers = [int(number.replace(",", "")) for row in rows for number in row.split(", ")]
    return dict(zip(REPEATED, numbers, strict=True))


@pytest.mark.timeout(TIMEOUT_S + 60)
def test_the_day_holds_and_repeats(tmp_path: Path) -> None:
    """Exit status 0, a closing line that adds up, a page; and the figures, ids and values are those of other runs."""
    command = [sys.executable, "-m", "fieldsync", "demo", "--once", "--json", "--store", f"sqlite:///{tmp_path}/store"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=TIMEOUT_S)
    assert done.returncode == 0, done.stderr[-4000:]
    closing: dict[str, Any] = json.loads(done.stdout)
    assert list(closing) == MEMBERS
    assert closing["unaccounted"] == 0
    assert sum(closing["outcomes"].values()) == closing["changes"]
    assert [name for name in NEVER_ZERO if closing[name] == 0] == []
    assert {name: closing[name] for name in REPEATED} == figures_told()
    assert hashed(registry_of(tmp_path)) == REGISTRY
    balances = balances_of(tmp_path, "cells")
    assert balances == balances_of(tmp_path, "registry")
    assert [balance for balance in balances if not balance["is_balanced"]] == []
    assert sum(balance["arrivals"] + balance["departures"] for balance in balances) == 3
    assert "<svg" in (tmp_path / "field-day.html").read_text()


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

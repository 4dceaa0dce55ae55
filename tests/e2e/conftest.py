"""What all end-to-end tests share: PouchDB, and a process that holds its tablets."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from tests.e2e.tablets import NODE, Tablets


@pytest.fixture(scope="session")
def pouchdb() -> None:
    """Install the packages of the lock file where they are missing."""
    if not (NODE / "node_modules" / "pouchdb").is_dir():
        subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund"], cwd=NODE, check=True
        )


@pytest.fixture(scope="session")
def tablets(pouchdb: None) -> Iterator[Tablets]:
    """Run a process for tablets."""
    made = Tablets()
    yield made
    made.close()

"""Bare servers on real ports: one that is open, one with users."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from fieldsync.settings import Settings
from fieldsync.stores.base import Store
from mobile_api.couch import create_couch
from tests.api.replication.conftest import PATIENCE_S, Running

_numbers = itertools.count(1)


def _serving(folder: Path, passwords: dict[str, str]) -> Iterator[tuple[str, Store]]:
    settings = Settings(store=f"sqlite:///{folder}/store", feed_poll_s=0.2, cors_origins=["https://tools.example"])
    couch = create_couch(settings, passwords)
    with Running(couch.app, couch.replication) as port:
        yield f"http://127.0.0.1:{port}", couch.store
    couch.store.close()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Store]]:
    """Run an open server for all tests; each test has a database of its own."""
    yield from _serving(tmp_path_factory.mktemp("couch"), {})


@pytest.fixture(scope="session")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run a server with two users; returns its address."""
    for url, _ in _serving(tmp_path_factory.mktemp("guarded"), {"admin": "secret", "li.na": "pass:word"}):
        yield url


@pytest.fixture
def couch(served: tuple[str, Store]) -> Iterator[httpx.Client]:
    """Return a client of the open server."""
    with httpx.Client(base_url=served[0], timeout=PATIENCE_S) as client:
        yield client


@pytest.fixture
def store(served: tuple[str, Store]) -> Store:
    """Return the open server's store, past the server."""
    return served[1]


@pytest.fixture
def name() -> str:
    """Return a name that no database has."""
    return f"testdb_{next(_numbers)}"


@pytest.fixture
def db(couch: httpx.Client, name: str) -> Iterator[httpx.Client]:
    """Return a client of a new database."""
    assert couch.put(f"/{name}").status_code == 201
    with httpx.Client(base_url=f"{couch.base_url}/{name}", timeout=PATIENCE_S) as client:
        yield client

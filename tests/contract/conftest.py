"""The stores that the contract is checked on. To add one, name an opener of a fresh, empty store's URL in STORES."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fieldsync.stores.base import Database, Store
from fieldsync.stores.factory import open_store


def _embedded(folder: Path) -> str:
    return f"sqlite:///{folder / 'store'}"


STORES: dict[str, Callable[[Path], str]] = {"embedded": _embedded}


@pytest.fixture(params=sorted(STORES))
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of a store that holds nothing yet."""
    return STORES[request.param](tmp_path)


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """Open the store."""
    opened = open_store(store_url)
    yield opened
    opened.close()


@pytest.fixture
def cell(store: Store) -> Database:
    """Make an empty cell."""
    return store.create("cell-510107001001001")

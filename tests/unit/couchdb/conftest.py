"""A CouchDB store on `fieldsync couch`, with an unruly server between them."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from fieldsync.stores.base import Database, Store
from fieldsync.stores.couchdb import client
from fieldsync.stores.factory import open_store
from tests.contract import peers
from tests.unit.couchdb.unruly import Unruly


@pytest.fixture(scope="session")
def bare_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[peers.BareServer]:
    """Lend one `fieldsync couch` to all tests."""
    server = peers.BareServer(tmp_path_factory.mktemp("bare"))
    yield server
    server.stop()


@pytest.fixture
def direct_url(bare_server: peers.BareServer) -> Iterator[str]:
    """Lend a prefix of a server that behaves."""
    with peers.on_a_prefix(bare_server.url()) as url:
        yield url


@pytest.fixture
def unruly(direct_url: str) -> Iterator[Unruly]:
    """Stand between the store and that server."""
    server = Unruly(urlsplit(direct_url).port)
    yield server
    server.close()


@pytest.fixture
def url(direct_url: str, unruly: Unruly) -> str:
    """Return the URL that leads through the unruly server."""
    return direct_url.replace(f":{unruly.upstream}", f":{unruly.port}")


@pytest.fixture
def store(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """Open the store; it has less patience than in service."""
    monkeypatch.setattr(client, "PATIENCE_S", 1.0)
    opened = open_store(url)
    yield opened
    opened.close()


@pytest.fixture
def cell(store: Store) -> Database:
    """Make an empty cell."""
    return store.create("cell-1")

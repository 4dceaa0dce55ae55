"""The stores that the contract is checked on. To add one, name what lends the URL of a fresh, empty store in STORES."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import pytest

from fieldsync.stores.base import Database, Store
from fieldsync.stores.factory import open_store
from tests.contract import peers

_PEER = pytest.StashKey[peers.PouchdbServer]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what pouchdb-server is known to do otherwise than CouchDB: such a test must fail there, or says nothing."""
    for item in items:
        for test, reason in peers.PECULIARITIES.items():
            if "[pouchdb-server" in item.name and test in item.nodeid:
                item.add_marker(pytest.mark.xfail(reason=f"pouchdb-server: {reason}", strict=True))
        for tests, reason in peers.BEYOND_POUCHDB.items():
            if "[pouchdb-server" in item.name and tests in item.nodeid:
                item.add_marker(pytest.mark.skip(reason=f"pouchdb-server: {reason}"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Say so where the peer crashed under a test: the fault may be its own; the next test is given another."""
    report = yield
    server = item.session.stash.get(_PEER, None)
    if report.failed and server and "[pouchdb-server" in item.name and (words := server.last_words()):
        report.sections.append(("pouchdb-server has crashed", words))
    return report


@pytest.fixture(scope="session")
def pouchdb_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[peers.PouchdbServer]:
    """Lend one pouchdb-server to all tests."""
    server = request.session.stash[_PEER] = peers.PouchdbServer(tmp_path_factory.mktemp("pouchdb"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def bare_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[peers.BareServer]:
    """Lend one `fieldsync couch` to all tests."""
    server = peers.BareServer(tmp_path_factory.mktemp("bare"))
    yield server
    server.stop()


def _embedded(request: pytest.FixtureRequest) -> AbstractContextManager[str]:
    return _there(request.getfixturevalue("tmp_path"))


@contextmanager
def _there(folder: Path) -> Iterator[str]:
    yield f"sqlite:///{folder / 'store'}"


def _couchdb(request: pytest.FixtureRequest) -> AbstractContextManager[str]:
    return peers.on_a_prefix(peers.real_couchdb())


def _pouchdb_server(request: pytest.FixtureRequest) -> AbstractContextManager[str]:
    return peers.on_a_prefix(request.getfixturevalue("pouchdb_server").url())


def _bare(request: pytest.FixtureRequest) -> AbstractContextManager[str]:
    return peers.on_a_prefix(request.getfixturevalue("bare_server").url())


STORES: dict[str, Callable[[pytest.FixtureRequest], AbstractContextManager[str]]] = {
    "embedded": _embedded,
    "couchdb": _couchdb,
    "fieldsync-couch": _bare,
    "pouchdb-server": _pouchdb_server,
}


@pytest.fixture(params=sorted(STORES))
def store_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Lend the URL of a store that holds nothing yet."""
    with ExitStack() as stack:
        yield stack.enter_context(STORES[request.param](request))


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

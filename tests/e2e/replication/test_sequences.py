"""A reader that follows while others write misses nothing, on every kind of store."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.e2e.processes import PATIENCE_S
from tests.e2e.replication.conftest import Server

WRITERS, DOCUMENTS, PAGE = 8, 50, 7


@pytest.fixture(scope="module")
def server(server_on_each_store: Server) -> Server:
    """Hold what follows on every kind of store."""
    return server_on_each_store


def client_of(server: Server, cell: str) -> httpx.Client:
    """Return a client of a cell."""
    return httpx.Client(base_url=f"{server.url}/{cell}", headers={"authorization": "Bearer a"}, timeout=PATIENCE_S)


def write(server: Server, cell: str, writer: int) -> None:
    """Push documents one by one."""
    with client_of(server, cell) as client:
        for number in range(DOCUMENTS):
            doc = {"_id": f"{writer}-{number}", "_rev": "1-" + "a" * 32, "v": number}
            answer = client.post("/_bulk_docs", json={"docs": [doc], "new_edits": False})
            assert (answer.status_code, answer.json()) == (201, [])


def followed(client: httpx.Client, are_done: Callable[[], bool]) -> list[str]:
    """Read page after page, each from where the last one ended, until the writers are done and nothing is left."""
    seen: list[str] = []
    since = "0"
    while True:
        is_last = are_done()
        page = client.get("/_changes", params={"since": since, "limit": PAGE}).json()
        seen += [row["id"] for row in page["results"]]
        since = page["last_seq"]
        if is_last and not page["results"]:
            assert page["pending"] == 0
            return seen


def test_a_reader_that_follows_misses_no_document(server: Server, cell: str) -> None:
    """Every document of eight writers at once is seen, in pages that begin where the last one ended."""
    with client_of(server, cell) as client, ThreadPoolExecutor(WRITERS) as pool:
        writers = [pool.submit(write, server, cell, number) for number in range(WRITERS)]
        seen = followed(client, lambda: all(writer.done() for writer in writers))
        assert [writer.result() for writer in writers] == [None] * WRITERS
    assert set(seen) == {f"{writer}-{number}" for writer in range(WRITERS) for number in range(DOCUMENTS)}

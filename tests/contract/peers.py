"""Servers that speak CouchDB's protocol, for the contract to be checked on the CouchDB store.

A CouchDB named by FIELDSYNC_TEST_COUCHDB (`couchdb://user:password@host:5984`), and the npm package `pouchdb-server`,
started once, in memory. Every test has a prefix of its own there, and drops what it made.
"""

from __future__ import annotations

import os
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import urllib3

from fieldsync.stores.couchdb.address import read_address
from tests.e2e.processes import ServerProcess, wait_for
from tests.e2e.tablets import NODE

COUCHDB = "FIELDSYNC_TEST_COUCHDB"


@contextmanager
def on_a_prefix(url: str) -> Iterator[str]:
    """Lend a prefix of a CouchDB that nobody else has, and drop what was made under it."""
    lent = f"{url.rstrip('/')}/t{secrets.token_hex(6)}"
    yield lent
    address = read_address(lent)
    headers = urllib3.make_headers(basic_auth=f"{address.user}:{address.password}") if address.user else {}
    with urllib3.PoolManager(headers=headers) as pool:
        root = f"{address.scheme}://{address.place}"
        for name in pool.request("GET", f"{root}/_all_dbs").json():
            if name.startswith(f"{address.prefix}-"):
                pool.request("DELETE", f"{root}/{name.replace('/', '%2F').replace('+', '%2B')}")


def real_couchdb() -> str:
    """Return the URL of a CouchDB, or skip."""
    url = os.environ.get(COUCHDB, "")
    if not url:
        pytest.skip(f"no CouchDB: set {COUCHDB}, for example couchdb://admin:password@127.0.0.1:5984")
    scheme = {"http": "couchdb", "https": "couchdbs"}.get(urlsplit(url).scheme)
    return url if scheme is None else url.replace(urlsplit(url).scheme, scheme, 1)


@contextmanager
def pouchdb_server(folder: Path) -> Iterator[str]:
    """Run pouchdb-server in memory and return its URL."""
    if not (NODE / "node_modules" / "pouchdb-server").is_dir():
        pytest.skip("pouchdb-server is not installed: run `make setup`")
    program = NODE / "node_modules" / "pouchdb-server" / "bin" / "pouchdb-server"

    def command(port: int) -> list[str | Path]:
        return ["node", program, "--in-memory", "--no-stdout-logs", "--port", str(port), "--config", folder / "config"]

    port = ServerProcess(command).port
    process = subprocess.Popen(command(port), cwd=folder, stdout=subprocess.DEVNULL)
    try:
        wait_for(lambda: _answers(port))
        yield f"couchdb://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def _answers(port: int) -> bool:
    with suppress(urllib3.exceptions.HTTPError), urllib3.PoolManager(retries=False) as pool:
        return bool(pool.request("GET", f"http://127.0.0.1:{port}/").status == 200)
    return False

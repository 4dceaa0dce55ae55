"""Servers that speak CouchDB's protocol, for the contract to be checked on the CouchDB store.

A CouchDB named by FIELDSYNC_TEST_COUCHDB (`couchdb://user:password@host:5984`), our own `fieldsync couch`, and the
npm package `pouchdb-server`, in memory; each is started once. Every test has a prefix of its own there, and drops what
it made.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import urllib3

from fieldsync.stores.couchdb.address import read_address
from tests.e2e.processes import PATIENCE_S, ROOT, free_port, wait_for
from tests.e2e.tablets import NODE

COUCHDB = "FIELDSYNC_TEST_COUCHDB"
_POUCHDB_SERVER = NODE / "node_modules" / "pouchdb-server" / "bin" / "pouchdb-server"
_STACK_KB = 3900
"""It calls itself for each revision of a batch: at Node's own 984 KB, a thousand of one document make it crash."""

PECULIARITIES = {
    "test_changes.py::test_pages_of_any_size_give_each_document_once": "`pending` is no count",
    "test_changes.py::test_pending_is_right_over_many_sequences": "`pending` is no count",
    "test_changes.py::test_a_limit_of_nothing_tells_what_is_pending": "`pending` is no count",
    "test_changes.py::test_a_malformed_position_rewinds[pouchdb-server-1-zz]": "`1-zz` is taken for 1",
    "test_changes.py::test_a_malformed_position_rewinds[pouchdb-server-1-00000000x]": "`1-00000000x` is taken for 1",
    "test_changes.py::test_a_position_of_another_database_rewinds": "positions are plain numbers",
    "test_changes.py::test_a_filter_by_identifiers_moves_past_what_it_skips": "`last_seq` stays at the last row given",
    "test_databases.py::test_names_are_sorted_and_what_they_were": "a database with a slash is not listed",
    "test_databases.py::test_a_dropped_database_is_gone_with_all_it_held": "DELETE of what is not there answers 200",
    "test_databases.py::test_the_figures_follow_the_writes": "there is no `doc_del_count`",
    "test_grafting.py::test_a_deleted_document_is_counted_and_shown_as_deleted": "there is no `doc_del_count`",
    "test_grafting.py::test_an_ancestor_that_came_without_its_body_gets_none_later": "`_revs_diff` calls it missing",
    "test_grafting.py::test_an_edit_that_tells_more_of_the_past_adds_it": "`_revs_diff` calls it missing",
    "test_passing_through.py::test_results_come_in_order": "`_bulk_get` has one result for a document",
    "test_passing_through.py::test_a_request_without_a_revision": "`_bulk_get` does not know deleted documents",
    "test_passing_through.py::test_results_for_what_is_not_known": "`_bulk_get` has one result for a document",
    "test_passing_through.py::test_latest_results": "`_bulk_get` gives one of the leaves that descend",
    "test_passing_through.py::test_all_that_matches_is_found": "`_find` has no bookmarks",
    "test_reading.py::test_what_is_unknown_is_none": "`_bulk_get` has one result for all requests of a document",
    "test_reading.py::test_latest_answers_with_the_leaves_that_descend": "`_bulk_get` of an unknown revision ends it",
    "test_reading.py::test_not_latest_answers_with_the_very_revision": "`_bulk_get` has one result for a document",
    "test_reading.py::test_requests_are_answered_in_order_and_repeated": "`_bulk_get` has one result for a document",
    "test_reading.py::test_missing_names_only_gaps": "`_revs_diff` calls inner revisions missing",
    "test_reading.py::test_documents_come_in_code_point_order": "identifiers are in the order of UTF-16",
    "test_reading.py::test_find_pages_by_a_cursor_that_stays_good_while_others_write": "`_find` has no bookmarks",
    "test_writing.py::test_a_deleted_document_can_be_written_again": "`_bulk_get` does not know deleted documents",
    "test_writing.py::test_add_writes_what_is_not_there": "`_bulk_get` does not know deleted documents",
}
"""What pouchdb-server does otherwise than CouchDB, by the tests that show it; a store cannot make up for these."""
BEYOND_POUCHDB = {
    "test_http_answers.py": "it words, sorts and stems otherwise than CouchDB, so nearly every script differs",
    "test_tree_laws.py": "it keeps another tree where histories arrive in parts",
    "test_any_order_of_arrival_ends_in_the_same_tree": "`_revs_diff` calls inner revisions missing",
}
"""Tests that say nothing about pouchdb-server; they run on CouchDB and on `fieldsync couch`."""


@contextmanager
def on_a_prefix(url: str) -> Iterator[str]:
    """Lend a prefix of a CouchDB that nobody else has, and drop what was made under it."""
    lent = f"{url.rstrip('/')}/t{secrets.token_hex(6)}"
    yield lent
    address = read_address(lent)
    headers = urllib3.make_headers(basic_auth=f"{address.user}:{address.password}") if address.user else {}
    with urllib3.PoolManager(headers=headers) as pool, suppress(urllib3.exceptions.HTTPError):
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


class PouchdbServer:
    """A pouchdb-server in memory, started when it is needed, and again where it has crashed."""

    def __init__(self, folder: Path) -> None:
        if not _POUCHDB_SERVER.is_file():
            pytest.skip("pouchdb-server is not installed: run `make setup`")
        self._folder = folder
        self._errors = folder / "errors.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0

    def url(self) -> str:
        """Return the URL of a server that answers."""
        if self._process is None or self._process.poll() is not None:
            self._start()
        return f"couchdb://127.0.0.1:{self._port}"

    def _start(self) -> None:
        self._port = free_port()
        options = [
            "--in-memory",
            "--no-stdout-logs",
            "--port",
            str(self._port),
            "--config",
            str(self._folder / "config"),
        ]
        command = ["node", f"--stack-size={_STACK_KB}", str(_POUCHDB_SERVER), *options]
        with self._errors.open("wb") as errors:
            self._process = subprocess.Popen(command, cwd=self._folder, stdout=subprocess.DEVNULL, stderr=errors)
        wait_for(lambda: _answers(self._port))

    def last_words(self) -> str | None:
        """Return what the server said when it crashed, or None: it has not."""
        if self._process is None or self._process.poll() is None:
            return None
        return f"exit status {self._process.returncode}\n{self._errors.read_text(errors='replace')[-4000:]}"

    def stop(self) -> None:
        """End the server."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(PATIENCE_S)


class BareServer:
    """`fieldsync couch` on an embedded store of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0

    def url(self) -> str:
        """Return the URL of a server that answers."""
        if self._process is None:
            self._start()
        return f"couchdb://tester:secret@127.0.0.1:{self._port}"

    def _start(self) -> None:
        self._port = free_port()
        options = ["--store", f"sqlite:///{self._folder}/served", "--port", str(self._port), "--user", "tester:secret"]
        command = [sys.executable, "-m", "fieldsync", "couch", *options]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        self._process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: _answers(self._port))

    def stop(self) -> None:
        """End the server."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(PATIENCE_S)


def _answers(port: int) -> bool:
    with suppress(urllib3.exceptions.HTTPError), urllib3.PoolManager(retries=False) as pool:
        return bool(pool.request("GET", f"http://127.0.0.1:{port}/").status in (200, 401))
    return False

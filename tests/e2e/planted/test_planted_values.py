"""Planted values: a server lives through all that people and programs do, and no file of it tells what it was told.

The store is encrypted. Searched are its files as they lie on the disk, backup, archive, log and temporary files; then
copies of the store's files without that encryption: there, only cells and what names are found by may be read. At the
end everybody is erased, and neither the files nor whoever has all keys tells anything.
"""

from __future__ import annotations

import base64
import gzip
import json
import secrets
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from fieldsync.cli import main
from fieldsync.keys import load_keys
from fieldsync.sample import district
from fieldsync.stores.base import StoreOptions
from fieldsync.stores.sqlite import SqliteStore
from fieldsync.vault import SealedDatabase, Vault
from tests.e2e.field.town import write_plan
from tests.e2e.planted.office import CELL, PASSWORD
from tests.e2e.planted.planting import NUMBERS, WORDS, found_in, planted_in
from tests.e2e.planted.story import (
    COVERED,
    FANG,
    HOME,
    NEW_HOME,
    NEWCOMER,
    TWIN,
    Town,
    collect,
    decide,
    engage,
    hand_over,
    look,
    provoke,
    welcome,
    write_on,
)
from tests.e2e.processes import ServerProcess

KINDS = ("building", "dwelling", "household", "person", "stay")
READABLE = ("cell-", "filing", "moves")
"""What of a store can be read without keys of persons: replicas, what names are found by (docs/privacy.md)."""


@dataclass(frozen=True)
class Place:
    """A folder with all that an installation leaves on the disk."""

    folder: Path
    server: ServerProcess

    def decrypted(self, name: str) -> Path:
        """Return a folder with copies of the store's files, without the encryption of the whole store."""
        copies = self.folder.parent / name
        copies.mkdir()
        store = SqliteStore(self.folder / "store", StoreOptions(key=(self.folder / "store.key").read_text()))
        for copy in store.snapshot(store.names(), copies):
            store.reencrypt(copy, "")
        store.close()
        return copies


def command(*words: str) -> None:
    """Run a command in this process, on the store that the environment names."""
    with pytest.raises(SystemExit) as end:
        main(words)
    assert not end.value.code


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """An installation with forms and a cell, encrypted, whose server logs all it can and has temporary files here."""
    folder = tmp_path / "installation"
    (folder / "temporary").mkdir(parents=True)
    (folder / "store.key").touch(0o600)
    (folder / "store.key").write_text(secrets.token_hex(32))
    url, log = f"sqlite:///{folder}/store", folder / "log"
    for name, value in (("TMPDIR", "temporary"), ("FIELDSYNC_STORE_KEY_FILE", "store.key")):
        monkeypatch.setenv(name, str(folder / value))
    monkeypatch.setenv("FIELDSYNC_STORE", url)
    write_plan(tmp_path / "cells.geojson", [CELL])
    command("init", "--name", "admin", "--password", PASSWORD)
    command("grid", "import", str(tmp_path / "cells.geojson"), "--name", "Town", "--date", "2026-11-01")
    command("form", "publish", *(str(district.path(f"forms/{kind}.xlsx")) for kind in KINDS))
    program = Path(__file__).with_name("logged_server.py")
    server = ServerProcess(lambda port: [sys.executable, program, url, str(port), log])
    server.start()
    yield Place(folder, server)
    server.kill()


def test_no_file_tells_what_was_told_and_after_an_erasure_nobody_does(place: Place) -> None:
    """Not the store, a backup, the archive, the log, temporary files, what is shown covered; then not with all keys."""
    town = engage(place.server.address)
    for part in (hand_over, collect, decide, welcome, provoke, write_on, look):
        part(town)
    assert [*town.numbers, *town.phones, *town.covered, *town.open] == []
    assert planted_in(town.auditor.read) & set(COVERED) == set()
    assert len(planted_in(town.admin.read)) > 30
    keep(place)
    assert found_in(place.folder) == set()
    readable = place.decrypted("readable")
    assert found_in(readable, besides=READABLE) == set()
    assert len({value for _, value in found_in(readable)}) > 20
    everybody_goes(place, town)


def keep(place: Place) -> None:
    """Make a backup and an archive, and have the books checked."""
    command("backup", str(place.folder / "backup"))
    command("ledger", "archive", f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%d}", "--plain")
    command("audit")
    assert list(place.folder.rglob("*.gz"))


def everybody_goes(place: Place, town: Town) -> None:
    """Look at the files without the store's encryption, then after everybody was erased."""
    for record in (FANG, TWIN, HOME, NEWCOMER, NEW_HOME):
        town.admin.post(f"registry/{record}/erasure", reason="they asked for it", confirm=record)
    town.settle()
    assert place.server.stop() == 0
    command("audit")
    command("trail", "verify")
    assert found_in(place.folder) == set()
    ended = place.decrypted("ended")
    assert found_in(ended) == set()
    assert planted_in(opened_rows(ended, place.folder / "store" / "keys.json")) == set()


def opened_rows(folder: Path, keys: Path) -> bytes:
    """Return all that whoever has the keys reads in ledger, registry and cases."""
    store = SqliteStore(folder)
    vault = Vault(store, load_keys(keys).data_keys)
    databases = [SealedDatabase(store, name, vault) for name in ("ledger", "registry", "cases")]
    rows = b"".join(row.body for database in databases for row in database.documents())
    store.close()
    return rows


def test_the_search_would_find_them(tmp_path: Path) -> None:
    """In every spelling that it claims to know, in packed files, too."""
    spelt: dict[str, bytes] = {}
    for value in (WORDS[7], NUMBERS[1]):
        spelt |= {
            f"{value} plain": value.encode(),
            f"{value} wide": value.encode("utf-16-le"),
            f"{value} escaped": json.dumps({"a": value}).encode(),
            f"{value} in an address": f"?name={quote(value)}&x".encode(),
            f"{value} gzip": b"head" + gzip.compress(f'{{"a":"{value}"}}'.encode()),
            **{f"{value} base64-{n}": base64.b64encode(b"x" * n + value.encode() + b"yyyy") for n in range(3)},
        }
    for name, content in spelt.items():
        (tmp_path / name).write_bytes(b"..." + content + b"...")
    with zipfile.ZipFile(tmp_path / f"{WORDS[7]} zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a", WORDS[7])
    found = found_in(tmp_path)
    assert {name for name, _ in found} == {*spelt, f"{WORDS[7]} zip"}
    assert all(name.startswith(value) for name, value in found)

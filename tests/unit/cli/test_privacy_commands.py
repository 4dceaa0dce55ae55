"""`fieldsync registry file` and `erase`, `trail` and `keys`, as typed, on a store with one person in it."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from fieldsync.documents import DocId
from fieldsync.leases import Lease
from fieldsync.registry import Item, Record
from fieldsync.stores.base import Put
from fieldsync.stores.factory import open_store
from fieldsync.vault.person_keys import key_id

from .conftest import Run

PERSON, CELL = f"person:{uuid.UUID(int=7)}", "510107001004001"
PHONE = "12812345678"


@pytest.fixture
def begun(run: Run, tmp_path: Path) -> Run:
    """An installation with a person in its registry, whose row was written before persons had keys."""
    assert run("init", "--name", "admin", "--password", "a long enough one").status == 0
    item = Item(value={"value": PHONE}, source="import", at="2026-11-01T00:00:00.000Z")
    record = Record(id=PERSON, kind="person", cell=CELL, items={"phone": item})
    store = open_store(f"sqlite:///{tmp_path}/store")

    store.create(f"cell-{CELL}")
    store.create("registry").add([(DocId(PERSON), msgspec.json.encode(record))])
    store.close()
    return run


def content(tmp_path: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted((tmp_path / "store").rglob("*")) if path.is_file())


def test_what_is_plain_is_sealed_and_keys_are_rotated(begun: Run, tmp_path: Path) -> None:
    """Nothing is left in the files; with the new key all is read, with the old one nothing."""
    assert PHONE.encode() in content(tmp_path)
    assert begun("keys", "seal", "--json").json == {"cases": 0, "ledger": 0, "registry": 1}
    assert PHONE.encode() not in content(tmp_path)
    assert begun("keys", "seal", "--json").json["registry"] == 0
    keys = tmp_path / "store" / "keys.json"
    before = json.loads(keys.read_text())
    assert begun("keys", "rotate", "--signing", "--json").json["wrapped"] == 1
    after = json.loads(keys.read_text())
    assert not before["data"].keys() & after["data"].keys()
    assert (len(after["data"]), len(after["signing"]), after["seal"]) == (1, 2, before["seal"])
    assert PHONE in begun("registry", "file", PERSON, "--reason", "request 7").out
    keys.write_text(json.dumps(after | {"data": before["data"], "data_current": before["data_current"]}))
    refused = begun("registry", "file", PERSON, "--reason", "request 7")
    assert (refused.status, "put the keys.json back" in refused.err, "Traceback" in refused.err) == (1, True, False)


def test_a_file_needs_a_reason_and_is_told_in_both_languages(begun: Run, tmp_path: Path) -> None:
    """With who saw it, which the reading before is among."""
    assert begun("registry", "file", PERSON).status == 2
    assert begun("registry", "file", PERSON, "--reason", "x", "--language", "fr").status == 2
    told = begun("registry", "file", PERSON, "--reason", "request 7")
    assert all(word in told.out for word in ("登记库", "查阅记录", PHONE))
    english = begun("registry", "file", PERSON, "--reason", "again", "--language", "en")
    assert "Who saw it" in english.out
    assert "request 7" in english.out
    page = tmp_path / "file.html"
    assert begun("registry", "file", PERSON, "--reason", "again", "--out", str(page)).status == 0
    assert (page.stat().st_mode & 0o777, PHONE in page.read_text()) == (0o600, True)
    refused = begun("registry", "file", PERSON, "--reason", "again", "--out", "file.docx")
    assert (refused.status, ".html" in refused.err, refused.err.count("\n")) == (2, True, 1)
    assert begun("registry", "file", PERSON, "--reason", "again", "--json").json["made"]["reason"] == "again"


def test_erasing_tells_first_and_asks_for_yes(begun: Run, tmp_path: Path) -> None:
    """Then it is gone from every file, and a restore of a backup of before does not bring it back."""
    begun("backup", str(tmp_path / "backup"))
    first = begun("registry", "erase", PERSON, "--reason", "request 7")
    assert (first.status, "add --yes" in first.out) == (0, True)
    assert PHONE in begun("registry", "file", PERSON, "--reason", "r").out
    assert begun("registry", "erase", PERSON, "--yes").status == 2
    unsealed = begun("registry", "erase", PERSON, "--reason", "request 7", "--yes")
    assert (unsealed.status, "keys seal first" in unsealed.err) == (2, True)
    begun("keys", "seal")
    assert begun("registry", "erase", PERSON, "--reason", "request 7", "--yes").status == 0
    assert PHONE.encode() not in content(tmp_path)
    restored = begun("restore", str(tmp_path / "backup"), "--replace", "--json")
    assert restored.json["erased"] == 1
    after = begun("registry", "file", PERSON, "--reason", "r", "--json")
    assert after.json["erased"]["reason"] == "request 7"
    assert PHONE not in after.out
    assert PHONE.encode() not in content(tmp_path)


@pytest.mark.parametrize("arguments", [("dwelling:1",), ("person:nobody",)])
def test_what_cannot_be_erased_is_said_in_one_line(begun: Run, arguments: tuple[str, ...]) -> None:
    """A kind that is not erased, and somebody about whom nothing is held."""
    refused = begun("registry", "erase", *arguments, "--reason", "r", "--yes")
    assert refused.status in (1, 2)
    assert refused.err.count("\n") == 1


def test_a_trail_that_was_touched_is_found_out(begun: Run, tmp_path: Path) -> None:
    """The first entry that is not as it was written is named; before that the last hash is told."""
    for reason in ("one", "two", "three"):
        begun("registry", "file", PERSON, "--reason", reason)
    whole = begun("trail", "verify", "--json").json
    assert (whole["entries"], len(whole["hash"])) == (3, 64)
    assert [one["reason"] for one in begun("trail", "list", "--subject", PERSON, "--json").json["entries"]][1] == "two"
    store = open_store(f"sqlite:///{tmp_path}/store")
    row = store.database("audit").get(DocId(f"{2:012d}"))
    assert row
    store.database("audit").put(Put(row.id, row.body.replace(b'"two"', b'"too"'), row.rev))
    store.close()
    broken = begun("trail", "verify")
    assert (broken.status, "broken at entry 2" in broken.err) == (1, True)


def test_keys_are_not_rotated_while_a_server_runs(begun: Run, tmp_path: Path) -> None:
    """It would wrap keys under one that is dropped; once it has stopped, or was killed long ago, they are."""
    begun("keys", "seal")
    store = open_store(f"sqlite:///{tmp_path}/store")
    lease = Lease(store, lambda: datetime.now(UTC))
    lease.take()
    refused = begun("keys", "rotate")
    assert (refused.status, "is using this store: stop it" in refused.err) == (1, True)
    lease.release()
    assert begun("keys", "rotate").status == 0
    killed = Lease(store, lambda: datetime.now(UTC) - timedelta(seconds=61))
    killed.take()
    assert begun("keys", "rotate", "--json").json["wrapped"] == 1
    killed.release()
    store.close()


def test_a_backup_is_scrubbed_of_who_was_erased(begun: Run, tmp_path: Path) -> None:
    """The key as it was kept is in none of its files; it can be verified and restored; a repeat changes nothing."""
    begun("keys", "seal")
    backup = tmp_path / "backup"
    assert begun("backup", str(backup)).status == 0
    store = open_store(f"sqlite:///{backup}/store")
    kept = store.database("person_keys").get(key_id(PERSON))
    assert kept
    key = msgspec.json.decode(kept.body)["key"].encode()
    store.close()
    assert begun("scrub", str(backup), "--json").json["erased"] == 0
    assert begun("registry", "erase", PERSON, "--reason", "request 7", "--yes").status == 0
    assert key in b"".join(path.read_bytes() for path in backup.rglob("*.sqlite"))
    assert begun("scrub", str(backup), "--json").json["erased"] == 1
    assert key not in b"".join(path.read_bytes() for path in backup.rglob("*") if path.is_file())
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".backup")) == []
    before = {path: path.stat().st_mtime_ns for path in backup.rglob("*")}
    assert begun("scrub", str(backup), "--json").json["erased"] == 0
    assert {path: path.stat().st_mtime_ns for path in backup.rglob("*")} == before
    restored = begun("restore", str(backup), "--store", f"sqlite:///{tmp_path}/again")
    assert restored.status == 0, restored.err
    assert PHONE not in begun("registry", "file", PERSON, "--reason", "x", "--store", f"sqlite:///{tmp_path}/again").out


def test_what_is_no_backup_is_not_scrubbed(begun: Run, tmp_path: Path) -> None:
    """One line, and a file that was changed is named."""
    refused = begun("scrub", str(tmp_path / "nowhere"))
    assert (refused.status, "is not a whole backup" in refused.err) == (2, True)
    backup = tmp_path / "backup"
    begun("backup", str(backup))
    with (backup / "store" / "registry.sqlite").open("ab") as file:
        file.write(b"x")
    assert "is not what was written" in begun("scrub", str(backup)).err

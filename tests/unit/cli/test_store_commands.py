"""`fieldsync backup`, `restore` and `store`, as typed."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from .conftest import Run


@pytest.fixture
def begun(run: Run) -> Run:
    """An installation with an administrator."""
    assert run("init", "--name", "admin", "--password", "a long enough one").status == 0
    return run


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """Write a key to a file of its own."""
    path = tmp_path / "store.key"
    path.touch(mode=0o600)
    path.write_text(secrets.token_hex(32))
    return path


def names(run: Run) -> list[str]:
    """Return who can log in, which the store must be readable for."""
    return [user["name"] for user in run("staff", "list", "--json").json["staff"]]


def test_a_store_that_was_lost_comes_back(begun: Run, tmp_path: Path) -> None:
    """With its accounts and keys, for its owner alone; the installation has a new identifier."""
    keys = (tmp_path / "store" / "keys.json").read_bytes()
    made = begun("backup", str(tmp_path / "backup"), "--json")
    assert made.status == 0
    (tmp_path / "store").rename(tmp_path / "lost")
    done = begun("restore", str(tmp_path / "backup"), "--json")
    assert (done.status, done.json["aside"]) == (0, None)
    assert (tmp_path / "store" / "keys.json").read_bytes() == keys
    assert (tmp_path / "store" / "installation").read_text() != made.json["uuid"]
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "store").iterdir()} == {0}
    assert names(begun) == ["admin"]
    assert begun("store", "check").status == 0


def test_a_store_that_is_there_is_moved_aside_and_never_deleted(begun: Run, tmp_path: Path) -> None:
    """And that only where it is asked for."""
    begun("backup", str(tmp_path / "backup"))
    refused = begun("restore", str(tmp_path / "backup"))
    assert (refused.status, "--replace" in refused.err) == (2, True)
    done = begun("restore", str(tmp_path / "backup"), "--replace", "--json")
    aside = Path(done.json["aside"])
    assert (aside / "accounts.sqlite").exists()
    assert names(begun) == ["admin"]


def test_without_keys_a_backup_needs_them_from_elsewhere(begun: Run, tmp_path: Path, monkeypatch) -> None:
    """A store of its own without any is refused: it would not know its own revisions."""
    begun("backup", str(tmp_path / "backup"), "--without-keys")
    assert not (tmp_path / "backup" / "keys.json").exists()
    (tmp_path / "store").rename(tmp_path / "lost")
    refused = begun("restore", str(tmp_path / "backup"))
    assert (refused.status, "FIELDSYNC_KEY_FILE" in refused.err) == (2, True)
    assert not (tmp_path / "store").exists()
    monkeypatch.setenv("FIELDSYNC_KEY_FILE", str(tmp_path / "lost" / "keys.json"))
    assert begun("restore", str(tmp_path / "backup")).status == 0


def test_a_store_is_encrypted_and_its_backups_are(begun: Run, tmp_path: Path, key: Path, monkeypatch) -> None:
    """From then on the key is needed, also to restore; the plain files are kept aside for the operator to destroy."""
    done = begun("store", "encrypt", str(key), "--json")
    assert done.status == 0
    assert (Path(done.json["aside"]) / "accounts.sqlite").read_bytes().startswith(b"SQLite format 3")
    refused = begun("staff", "list")
    assert (refused.status, "FIELDSYNC_STORE_KEY_FILE" in refused.err) == (1, True)
    monkeypatch.setenv("FIELDSYNC_STORE_KEY_FILE", str(key))
    assert names(begun) == ["admin"]
    assert begun("backup", str(tmp_path / "backup"), "--json").json["encrypted"]
    held = [path.read_bytes() for path in (tmp_path / "backup" / "store").glob("*.sqlite")]
    assert held
    assert not any(b"SQLite format" in each or b"admin" in each for each in held)
    assert begun("restore", str(tmp_path / "backup"), "--replace").status == 0
    assert names(begun) == ["admin"]
    monkeypatch.delenv("FIELDSYNC_STORE_KEY_FILE")
    refused = begun("restore", str(tmp_path / "backup"), "--replace")
    assert (refused.status, "encrypted" in refused.err) == (2, True)


def test_the_key_of_a_store_is_changed(begun: Run, tmp_path: Path, key: Path, monkeypatch) -> None:
    """With the present key in the setting and the new one in a file; the former key then opens nothing."""
    begun("store", "encrypt", str(key))
    monkeypatch.setenv("FIELDSYNC_STORE_KEY_FILE", str(key))
    other = tmp_path / "other.key"
    other.touch(mode=0o600)
    other.write_text("a passphrase that is long")
    assert begun("store", "encrypt", str(other)).status == 0
    refused = begun("staff", "list")
    assert (refused.status, "another key" in refused.err) == (1, True)
    monkeypatch.setenv("FIELDSYNC_STORE_KEY_FILE", str(other))
    assert names(begun) == ["admin"]


def test_a_store_is_copied_into_an_empty_one_only(begun: Run, tmp_path: Path) -> None:
    """The copy has what the store has."""
    target = f"sqlite:///{tmp_path}/copy"
    assert begun("store", "copy", target).status == 0
    (tmp_path / "copy" / "keys.json").write_bytes((tmp_path / "store" / "keys.json").read_bytes())
    (tmp_path / "copy" / "keys.json").chmod(0o600)
    assert begun("staff", "list", "--store", target, "--json").json == begun("staff", "list", "--json").json
    assert begun("store", "copy", target).status == 2


def test_a_check_says_what_is_wrong_and_how_to_mend_it(begun: Run, tmp_path: Path) -> None:
    """One line for each damage, and exit status 1."""
    assert begun("store", "check", "--json").json["damages"] == []
    path = tmp_path / "store" / "grid.sqlite"
    path.write_bytes(path.read_bytes()[:4096] + b"\xff" * 4096 + path.read_bytes()[8192:])
    done = begun("store", "check", "--quick")
    assert done.status == 1
    assert any(line.startswith("grid: ") and "backup" in line for line in done.out.splitlines())


@pytest.mark.parametrize("command", [["backup", "{}/new"], ["store", "encrypt", "{}/store.key"]])
def test_without_a_store_nothing_is_made(run: Run, tmp_path: Path, key: Path, command: list[str]) -> None:
    """A wrong place is said so, not made a new store."""
    refused = run(*(word.format(tmp_path) for word in command))
    assert (refused.status, "--store" in refused.err) == (2, True)
    assert not (tmp_path / "store").exists()

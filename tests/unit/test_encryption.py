"""An encrypted store: nothing to read in its files, and one clear error for a key that does not fit."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from fieldsync.documents import DocId
from fieldsync.errors import BadInput, StoreUnavailable
from fieldsync.settings import Settings
from fieldsync.stores.base import Put, StoreOptions
from fieldsync.stores.sqlite import SqliteStore

ID = DocId("person:quite-telling-identifier")
BODY = b'{"data":{"name":"Somebody Remarkable"}}'
TELLING = (
    b"quite-telling-identifier",
    b"Somebody Remarkable",
    b"SQLite format",
    b"CREATE TABLE",
    b"content of a picture",
)
KEYS = {"key": StoreOptions(key=secrets.token_hex(32)), "passphrase": StoreOptions(key="it's a longer phrase; really")}


def filled(folder: Path, options: StoreOptions) -> SqliteStore:
    """Return an open store with a document and an attachment."""
    store = SqliteStore(folder, options)
    store.create("cell-1").put(Put(ID, BODY))
    store.blobs().put({"md5-x": b"content of a picture"})
    return store


def contents(folder: Path) -> dict[str, bytes]:
    """Read the files of a store, which must not be open in this process where it is used again."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("options", KEYS.values(), ids=KEYS)
def test_the_files_tell_nothing(tmp_path: Path, options: StoreOptions) -> None:
    """Neither the databases nor their logs hold a body, an identifier or a table in plain text."""
    store = filled(tmp_path / "store", options)
    files = contents(tmp_path / "store")
    assert {"cell-1.sqlite", "cell-1.sqlite-wal", "blobs.sqlite", "blobs.sqlite-wal"} <= files.keys()
    assert [(name, word) for name, held in files.items() for word in TELLING if word in held] == []
    store.close()
    assert [name for name, held in contents(tmp_path / "store").items() if any(word in held for word in TELLING)] == []


def test_a_plain_store_does(tmp_path: Path) -> None:
    """So the test above would see it."""
    store = filled(tmp_path / "store", StoreOptions())
    store.close()
    held = b"".join(contents(tmp_path / "store").values())
    assert all(word in held for word in TELLING)


@pytest.mark.parametrize("options", KEYS.values(), ids=KEYS)
def test_it_opens_again_with_its_key(tmp_path: Path, options: StoreOptions) -> None:
    """Another process with the same key finds everything."""
    filled(tmp_path / "store", options).close()
    again = SqliteStore(tmp_path / "store", options)
    assert again.database("cell-1").get(ID).body == BODY
    assert again.blobs().get("md5-x") == b"content of a picture"
    again.close()


@pytest.mark.parametrize(
    ("made", "opened", "means"),
    [
        (KEYS["key"], StoreOptions(key="0" * 64), "another key"),
        (KEYS["key"], KEYS["passphrase"], "another key"),
        (KEYS["key"], StoreOptions(), "set FIELDSYNC_STORE_KEY_FILE"),
        (StoreOptions(), KEYS["key"], "not encrypted"),
    ],
)
def test_a_key_that_does_not_fit_is_one_clear_error(
    tmp_path: Path, made: StoreOptions, opened: StoreOptions, means: str
) -> None:
    """The store does not open, so nothing of another kind is made beside what is there."""
    filled(tmp_path / "store", made).close()
    with pytest.raises(StoreUnavailable, match=means):
        SqliteStore(tmp_path / "store", opened)
    again = SqliteStore(tmp_path / "store", made)
    assert again.database("cell-1").get(ID) is not None
    again.close()


def test_the_key_comes_from_a_file_for_its_owner_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that others may read, that is not there, or that holds next to nothing is refused, with the remedy."""
    path = tmp_path / "key"
    monkeypatch.setenv("FIELDSYNC_STORE_KEY_FILE", str(path))
    with pytest.raises(BadInput, match="cannot be read"):
        Settings().store_options()
    path.write_text("ab" * 32 + "\n")
    path.chmod(0o640)
    with pytest.raises(BadInput, match="chmod 600"):
        Settings().store_options()
    path.chmod(0o600)
    assert Settings().store_options().key == "ab" * 32
    path.write_text("short\n")
    with pytest.raises(BadInput, match="openssl rand -hex 32"):
        Settings().store_options()

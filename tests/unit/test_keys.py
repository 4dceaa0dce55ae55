"""The installation's keys: made once, private, and never replaced unasked."""

from __future__ import annotations

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fieldsync.documents import DocId
from fieldsync.errors import BadInput
from fieldsync.keys import installation_keys, key_file, load_keys
from fieldsync.settings import Settings
from fieldsync.stores.base import Put
from fieldsync.stores.factory import open_store


def test_keys_are_made_once(tmp_path: Path) -> None:
    """The second opening reads what the first one made, in a file for its owner only."""
    path = tmp_path / "new" / "keys.json"
    made = load_keys(path)
    assert load_keys(path) == made
    assert len(made.seal) == 32
    assert made.current in made.signing
    assert path.stat().st_mode & 0o777 == 0o600
    assert [found.name for found in path.parent.iterdir()] == ["keys.json"]


def test_two_that_make_keys_at_once_agree(tmp_path: Path) -> None:
    """Of many openings at the same time one prevails, and all have its keys."""
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(load_keys, [tmp_path / "keys.json"] * 16))
    assert all(keys == found[0] for keys in found)


def test_another_installation_has_other_keys(tmp_path: Path) -> None:
    """Nothing in a key is predictable."""
    one, other = load_keys(tmp_path / "a.json"), load_keys(tmp_path / "b.json")
    assert one.seal != other.seal
    assert one.current != other.current


def test_an_older_signing_key_stays_good(tmp_path: Path) -> None:
    """A file may have several signing keys, of which one signs."""
    one, other = load_keys(tmp_path / "a.json"), load_keys(tmp_path / "b.json")
    kept = json.loads((tmp_path / "a.json").read_text())
    kept["signing"] |= other.signing
    (tmp_path / "a.json").write_text(json.dumps(kept))
    assert set(load_keys(tmp_path / "a.json").signing) == {one.current, other.current}


@pytest.mark.parametrize(
    "damage",
    [
        {"current": "absent"},
        {"seal": "c2hvcnQ="},
        {"seal": "not base64"},
        {"signing": {}},
        {"signing": {"a": "no key"}, "current": "a"},
        {"more": 1},
    ],
)
def test_a_damaged_file_is_refused_and_kept(tmp_path: Path, damage: dict[str, object]) -> None:
    """A clear error, and no new keys in place of the damaged ones."""
    path = tmp_path / "keys.json"
    load_keys(path)
    path.write_text(json.dumps(json.loads(path.read_text()) | damage))
    before = path.read_bytes()
    with pytest.raises(BadInput, match="damaged"):
        load_keys(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[]"])
def test_a_file_that_is_no_json_is_refused(tmp_path: Path, content: bytes) -> None:
    """The same for what cannot be read at all."""
    path = tmp_path / "keys.json"
    path.touch(0o600)
    path.write_bytes(content)
    with pytest.raises(BadInput, match="damaged"):
        load_keys(path)


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    """The error names the command that mends it."""
    path = tmp_path / "keys.json"
    load_keys(path)
    path.chmod(0o640)
    with pytest.raises(BadInput, match="chmod 600"):
        load_keys(path)


def test_a_place_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    """A folder where the file should be is one clear error."""
    with pytest.raises(BadInput, match="cannot be used"):
        load_keys(tmp_path)


def test_the_file_lies_in_the_stores_folder_or_where_it_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store without a folder needs the setting."""
    assert key_file(Settings(store="sqlite:////srv/store")) == Path("/srv/store/keys.json")
    assert key_file(Settings(store="sqlite:///store")) == Path("store/keys.json")
    with pytest.raises(BadInput, match="FIELDSYNC_KEY_FILE"):
        key_file(Settings(store="couchdb://localhost"))
    monkeypatch.setenv("FIELDSYNC_KEY_FILE", "/etc/fieldsync/keys.json")
    assert key_file(Settings(store="couchdb://localhost")) == Path("/etc/fieldsync/keys.json")


def test_the_key_of_indexes_is_the_same_each_time_and_says_nothing_of_the_seal(tmp_path: Path) -> None:
    """Two openings of one file index alike; another installation does not."""
    keys, again, other = (load_keys(tmp_path / name) for name in ("keys.json", "keys.json", "other.json"))
    assert keys.index == again.index
    assert len({keys.index, keys.seal, other.index}) == 3


def test_a_store_in_use_gets_no_other_keys_by_itself(tmp_path: Path) -> None:
    """An empty store gets its keys; once it has accounts, missing keys are an error that says how to mend it."""
    settings = Settings(store=f"sqlite:///{tmp_path}/store")
    store = open_store(settings.store)
    made = installation_keys(settings, store)
    store.create("accounts").put(Put(DocId("user:admin"), b"{}"))
    key_file(settings).unlink()
    with pytest.raises(BadInput, match=r"keys\.json back from a backup.*--new-keys"):
        installation_keys(settings, store)
    assert not key_file(settings).exists()
    assert load_keys(key_file(settings)) != made
    store.close()


def test_a_file_from_before_gets_a_data_key_once(tmp_path: Path) -> None:
    """Whoever opens it first adds one, of many at once one prevails; all else in the file stays."""
    path = tmp_path / "keys.json"
    made = load_keys(path)
    kept = {k: v for k, v in json.loads(path.read_text()).items() if not k.startswith("data")}
    path.write_text(json.dumps(kept))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(load_keys, [path] * 8))
    assert len({tuple(keys.data.items()) for keys in found}) == 1
    assert (found[0].signing, found[0].seal) == (made.signing, made.seal)
    assert found[0].data != made.data
    assert stat.S_IMODE(path.stat().st_mode) == 0o600

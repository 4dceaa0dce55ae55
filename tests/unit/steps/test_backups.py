"""Backup and restore of an installation with people in it: nothing acknowledged is lost, nothing counts twice."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from fieldsync.attachments import digest_of
from fieldsync.backups import MANIFEST, Wish, back_up, database_files, fill, read_manifest, restore_cell, verify
from fieldsync.copying import copy_store
from fieldsync.documents import DocId, Rev, cell_database, decode_body
from fieldsync.errors import BadInput
from fieldsync.keys import key_file, load_keys
from fieldsync.pipeline import Pipeline
from fieldsync.restoring import replay
from fieldsync.revisions import revisions_of
from fieldsync.runner import CHECKPOINT
from fieldsync.services import Services
from fieldsync.store_check import damages
from fieldsync.stores.base import ChangesQuery, FileStore, Graft, Revision, Store
from fieldsync.stores.factory import open_store
from fieldsync.vault import Vault

from .conftest import CELL, PERSON, Field, Tablet

NAME = cell_database(CELL)


def opened(folder: Path) -> Store:
    return open_store(f"sqlite:///{folder}")


class Bare:
    """A store that offers what every store does and nothing more: as one whose databases are not files."""

    def __init__(self, store: Store) -> None:
        offered = ("uuid", "rotate_uuid", "blobs", "database", "create", "delete", "names", "watch", "close")
        for name in offered:
            setattr(self, name, getattr(store, name))


def wish(field: Field, folder: Path) -> Wish:
    return Wish(folder, "0", field.moment, key_file(field.services.settings), encrypted=False)


def content(store: Store) -> dict[str, object]:
    """Return all that a store holds, but for sequences, checkpoints and its identifier."""
    found: dict[str, object] = {"blobs": {digest: store.blobs().get(digest) for digest in store.blobs().digests()}}
    for name in store.names():
        database = store.database(name)
        rows = database.changes(ChangesQuery()).rows
        found[name] = {
            row.id: (row.leaves, database.revisions([(row.id, each.rev) for each in row.leaves])) for row in rows
        }
    return found


@pytest.fixture
def busy(field_: Field) -> Field:
    """An installation with a merge, an open contest, a submission, an attachment and a tablet's checkpoint."""
    first, second = field_.tablet("li.na"), field_.tablet("zhang.wei")
    first.edit(PERSON, phone="12800000001", name="王芬")
    second.edit(PERSON, education="20", name="汪芳")
    field_.submit(first)
    field_.run()
    field_.services.store.blobs().put({digest_of(b"picture"): b"picture"})
    field_.cell.put_local("tablet", b"{}")
    return field_


def installation(field: Field, store: Store) -> Field:
    """Return the installation of a restored store, with the same keys and clock, its steps caught up."""
    settings = field.services.settings
    services = Services.of(store, load_keys(key_file(settings)), settings, lambda: field.moment)
    restored = Field(services, Pipeline.of(services), field.moment)
    restored.run()
    return restored


def restored(backup: Path, folder: Path) -> Store:
    """Return a new store with what a backup holds."""
    manifest = read_manifest(backup)
    verify(backup, manifest)
    store = opened(folder)
    fill(store, load_keys(backup / "keys.json").data_keys, database_files(backup, manifest), opened)
    return store


@pytest.mark.parametrize("kind", ["files", "bare"])
def test_a_backup_restored_is_the_same_installation(busy: Field, tmp_path: Path, kind: str) -> None:
    """Every leaf, path, body, outcome, case and attachment is there, however the backup was made."""
    store = busy.services.store
    source = store if kind == "files" else Bare(store)
    manifest = back_up(source, wish(busy, tmp_path / "backup"), opened)
    again = restored(tmp_path / "backup", tmp_path / "again")
    assert content(again) == content(store)
    assert manifest.uuid == store.uuid() != again.uuid()
    assert list(damages(again)) == []
    again.close()


def test_clients_begin_anew(busy: Field, tmp_path: Path) -> None:
    """No checkpoint is left, of tablets or of the runner, and an older sequence rewinds to the beginning."""
    seq = busy.cell.info().update_seq
    assert busy.cell.local(CHECKPOINT) is not None
    back_up(busy.services.store, wish(busy, tmp_path / "backup"), opened)
    again = restored(tmp_path / "backup", tmp_path / "again")
    cell = again.database(NAME)
    assert (cell.local(CHECKPOINT), cell.local("tablet")) == (None, None)
    assert len(cell.changes(ChangesQuery(since=seq)).rows) == len(busy.cell.changes(ChangesQuery()).rows)
    again.close()


def test_a_restore_into_a_store_without_files(busy: Field, tmp_path: Path) -> None:
    """It goes through what every store offers, and leaves nothing beside the backup."""
    back_up(busy.services.store, wish(busy, tmp_path / "b" / "backup"), opened)
    target = opened(tmp_path / "again")
    files = database_files(tmp_path / "b" / "backup", read_manifest(tmp_path / "b" / "backup"))
    fill(Bare(target), busy.services.keys.data_keys, files, opened)
    assert content(target) == content(busy.services.store)
    assert [path.name for path in (tmp_path / "b").iterdir()] == ["backup"]
    target.close()


def test_what_was_pushed_during_the_backup_is_whole_or_absent(busy: Field, tmp_path: Path) -> None:
    """Edits go on while the backup is made; restored, the books balance and no revision lacks its story."""
    begun, end = threading.Event(), threading.Event()

    def push() -> None:
        tablet = busy.tablet("li.na")
        for number in range(200):
            tablet.edit(PERSON, phone=f"128{number:08}")
            busy.submit(tablet, name=f"submission {number}")
            busy.run()
            begun.set()
            if end.is_set():
                return

    with ThreadPoolExecutor(1) as pool:
        pushing = pool.submit(push)
        begun.wait()
        back_up(busy.services.store, wish(busy, tmp_path / "backup"), opened)
        end.set()
        pushing.result()
    again = restored(tmp_path / "backup", tmp_path / "again")
    books = installation(busy, again).books()
    assert (books["unaccounted"], books["adds_up"], books["faults"]) == (0, True, [])
    assert list(damages(again)) == []
    again.close()


def test_the_ledger_brings_back_what_an_older_cell_lacks(busy: Field, tmp_path: Path) -> None:
    """Cells are copied first: a cell of an hour ago and the ledger of now make the cell of now."""
    store = busy.services.store
    assert isinstance(store, FileStore)
    (tmp_path / "early").mkdir()
    (cell,) = store.snapshot([NAME], tmp_path / "early")
    busy.later()
    busy.tablet("zhang.wei").edit(PERSON, phone="12800000009")
    (tmp_path / "late").mkdir()
    late = store.snapshot([name for name in store.names() if name != NAME], tmp_path / "late")
    again = opened(tmp_path / "again")
    assert fill(again, busy.services.keys.data_keys, [cell, *late], opened) >= 1
    assert again.database(NAME).leaves(DocId(PERSON)) == busy.cell.leaves(DocId(PERSON))
    assert replay(again, Vault(again, busy.services.keys.data_keys)) == 0
    books = installation(busy, again).books()
    assert (books["unaccounted"], books["adds_up"], books["faults"]) == (0, True, [])
    again.close()


def test_what_tablets_hand_back_is_no_edit(busy: Field, tmp_path: Path) -> None:
    """Everything a tablet had of the server, and its newer edit: that one alone is new in the books."""
    back_up(busy.services.store, wish(busy, tmp_path / "backup"), opened)
    tablet = busy.tablet("li.na")
    edits = busy.books()["edits"]
    newer = tablet.edit(PERSON, phone="12800000077")
    lost = {row.id: busy.cell.get(row.id) for row in busy.cell.changes(ChangesQuery()).rows}
    again = restored(tmp_path / "backup", tmp_path / "again")
    there = installation(busy, again)
    handing = Tablet(there, "li.na")
    handing.push(*(handed_back(one) for one in lost.values() if one is not None and not one.deleted))
    assert there.books()["edits"] == edits + 1
    assert there.cell.get(DocId(PERSON), Rev(newer)) is not None
    assert there.books()["faults"] == []
    assert len(there.open_cases("quarantine")) == len(busy.open_cases("quarantine"))
    again.close()


def handed_back(one: Revision) -> dict[str, Any]:
    """Return a revision as a tablet pushes it."""
    return {**decode_body(one.body), "_id": one.id, "_rev": one.rev, "_revisions": revisions_of(one.path)}


def test_one_cell_is_put_back_with_all_that_the_ledger_knows(busy: Field, tmp_path: Path) -> None:
    """What was there is kept aside; the cell is whole, up to its latest edit, and its checkpoints are gone."""
    store, backup = busy.services.store, tmp_path / "backup"
    back_up(store, wish(busy, backup), opened)
    busy.later()
    busy.tablet("zhang.wei").edit(PERSON, phone="12800000009")
    leaves, uuid = busy.cell.leaves(DocId(PERSON)), store.uuid()
    (file,) = (path for path in database_files(backup, read_manifest(backup)) if path.stem == NAME)
    assert restore_cell(store, busy.services.keys.data_keys, file, CELL, tmp_path / "aside") >= 1
    assert (busy.cell.leaves(DocId(PERSON)), store.uuid()) == (leaves, uuid)
    assert busy.cell.local("tablet") is None
    assert [path.name for path in (tmp_path / "aside").iterdir()] == [f"{NAME}.sqlite"]
    busy.run()
    assert busy.books()["faults"] == []


def test_a_backup_is_never_half(busy: Field, tmp_path: Path) -> None:
    """One that fails leaves nothing; one that is there is not written over; a draft is no backup."""
    folder = tmp_path / "b" / "backup"

    def fail(name: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        back_up(busy.services.store, wish(busy, folder), opened, fail)
    assert list((tmp_path / "b").iterdir()) == []
    back_up(busy.services.store, wish(busy, folder), opened)
    with pytest.raises(BadInput, match="there already"):
        back_up(busy.services.store, wish(busy, folder), opened)
    (folder / MANIFEST).unlink()
    with pytest.raises(BadInput, match="not a whole backup"):
        read_manifest(folder)


@pytest.mark.parametrize("harm", ["cut", "changed", "gone"])
def test_a_backup_that_was_harmed_is_refused(busy: Field, tmp_path: Path, harm: str) -> None:
    """The first file that is not what was written is named."""
    back_up(busy.services.store, wish(busy, tmp_path / "backup"), opened)
    ledger = tmp_path / "backup" / "store" / "ledger.sqlite"
    held = ledger.read_bytes()
    if harm == "gone":
        ledger.unlink()
    else:
        ledger.write_bytes(held[:-1] if harm == "cut" else held[:-1] + b"!")
    with pytest.raises(BadInput, match=r"ledger\.sqlite"):
        verify(tmp_path / "backup", read_manifest(tmp_path / "backup"))


def test_a_copy_holds_inner_bodies_and_conflicts(tmp_path: Path) -> None:
    """Branches, tombstones, ancestors without bodies and attachments are as at the source."""
    source, target = opened(tmp_path / "a"), opened(tmp_path / "b")
    cell, doc = source.create(NAME), DocId("x")
    one, two, three, other = (Rev(f"{n}-{letter * 32}") for n, letter in ((1, "a"), (2, "b"), (3, "c"), (3, "d")))
    digest = digest_of(b"picture")
    stub = f'{{"_attachments":{{"p":{{"content_type":"x/y","revpos":3,"digest":"{digest}","length":7,"stub":true}}}}}}'
    source.blobs().put({digest: b"picture", digest_of(b"unnamed"): b"unnamed"})
    cell.graft([Graft(doc, (two, one), b'{"n":2}'), Graft(doc, (three, two, one), stub.encode())])
    cell.graft([Graft(doc, (other, two), b"{}", True)])
    copy_store(source, target)
    assert content(target) == content(source)
    wanted: list[tuple[DocId, Rev | None]] = [(doc, rev) for rev in (one, two, three, other)]
    copied = target.database(NAME).revisions(wanted, latest=False)
    assert copied == cell.revisions(wanted, latest=False)
    assert [bool(found) for found in copied] == [False, True, True, True]
    for store in (source, target):
        store.close()

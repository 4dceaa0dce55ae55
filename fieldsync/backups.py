"""Backups of a whole store as one folder, and what a restore makes of them.

A backup holds `store/`, which is an embedded store of its own, the installation's `keys.json` if wanted, and
`manifest.json`, which names every file with its size and SHA-256. It is written to a draft beside its place and renamed
at the very end: a folder that has the name is whole.

**What is copied when.** A step writes in this order: attachment, ledger (the revision), cell; and for a decision: case,
registry, ledger (the outcome), cell. The copy must never hold a thing without those written before it. So the cells
come first, one by one, and then all other databases **as of one moment**, later than any cell: every revision of a cell
is then in the ledger, every attachment that cells or ledger name is in the blobs, and ledger, registry and cases fit
each other as after a crash at that moment, which the runner finishes. What the ledger has and an earlier copied cell
lacks, the restore enters again (`fieldsync.restoring`). A store whose databases are not files is copied through what
every store offers; see `fieldsync.copying` for its order.

A restored store is a new one for clients: its identifier, every sequence and every checkpoint (`_local` documents,
those of tablets and of the runner) are new, so tablets compare everything and send again what the backup lacks, and the
steps, which are idempotent, look at everything once.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import file_digest
from pathlib import Path

import msgspec

from fieldsync.clock import write_time
from fieldsync.copying import copy_store
from fieldsync.documents import cell_database
from fieldsync.errors import BadInput, NotFound
from fieldsync.restoring import replay
from fieldsync.stores.base import FileStore, Store
from fieldsync.vault import Vault
from fieldsync.vault.person_keys import DataKeys

FORMAT = 1
MANIFEST, STORE, KEYS = "manifest.json", "store", "keys.json"
_TOGETHER = 500
"""How many cells are named between two looks at which there are."""
OpenFolder = Callable[[Path], Store]
Advance = Callable[[str], None]


class Held(msgspec.Struct, frozen=True):
    """A file of a backup."""

    name: str
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a backup says of itself."""

    format: int
    version: str
    time: str
    uuid: str
    encrypted: bool
    files: list[Held]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a backup is to be: where, of which version of the program, when, with which keys (None: without)."""

    folder: Path
    version: str
    time: datetime
    keys: Path | None
    encrypted: bool


def back_up(store: Store, wish: Wish, open_folder: OpenFolder, advance: Advance = lambda _: None) -> Manifest:
    """Write a backup; others may write to the store meanwhile. `advance` is told of each database.

    Raises BadInput where something is in its place already.
    """
    if wish.folder.exists():
        raise BadInput(f"{wish.folder} is there already: a backup is written to a new folder, name another.")
    with drafted(wish.folder) as draft:
        kept = draft / STORE
        if isinstance(store, FileStore):
            kept.mkdir(mode=0o700)
            _copy_files(store, store, kept, advance)
        else:
            _copy_documents(store, open_folder(kept), advance)
        write_file(kept / "installation", store.uuid().encode())
        if wish.keys:
            write_file(draft / KEYS, _read(wish.keys))
        manifest = _manifest(draft, store, wish)
        write_file(draft / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=1))
    return manifest


def _copy_files(store: Store, files: FileStore, folder: Path, advance: Advance) -> None:
    """Copy the cells one by one, those made meanwhile too, and then all the rest as of one moment."""
    done: set[str] = set()
    while cells := [name for name in store.names() if name.startswith("cell-") and name not in done]:
        for name in cells[:_TOGETHER]:
            with suppress(NotFound):  # dropped meanwhile
                files.snapshot([name], folder)
            done.add(name)
            advance(name)
    rest = [name for name in store.names() if not name.startswith("cell-")]
    if rest:
        files.snapshot(rest, folder)
    for name in rest:
        advance(name)


def _copy_documents(source: Store, target: Store, advance: Advance) -> None:
    try:
        copy_store(source, target, advance)
    finally:
        target.close()


def _manifest(draft: Path, store: Store, wish: Wish) -> Manifest:
    return Manifest(FORMAT, wish.version, write_time(wish.time), store.uuid(), wish.encrypted, held_files(draft))


def held_files(folder: Path) -> list[Held]:
    """Return the files of a backup in the making, with their sizes and digests."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "lock"]
    return [Held(str(path.relative_to(folder)), path.stat().st_size, _sha256(path)) for path in paths]


def read_manifest(folder: Path) -> Manifest:
    """Return what a backup says of itself. Raises BadInput where there is no backup."""
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except FileNotFoundError as error:
        raise BadInput(f"{folder} is not a whole backup: it has no {MANIFEST}; name another.") from error
    except (OSError, msgspec.DecodeError) as error:
        raise BadInput(f"The {MANIFEST} of {folder} cannot be read ({error}): use another backup.") from error
    if manifest.format != FORMAT:
        raise BadInput(f"{folder} has format {manifest.format}: restore it with fieldsync {manifest.version}.")
    return manifest


def verify(folder: Path, manifest: Manifest, advance: Advance = lambda _: None) -> None:
    """Check that every file is what the manifest says. Raises BadInput, naming the first that is not."""
    for held in manifest.files:
        path = folder / held.name
        if not path.resolve().is_relative_to(folder.resolve()) or not path.is_file():
            raise BadInput(f"The backup {folder} lacks {held.name}: use another.")
        if path.stat().st_size != held.size or _sha256(path) != held.sha256:
            raise BadInput(f"{held.name} of the backup {folder} is not what was written: use another.")
        advance(held.name)


def database_files(folder: Path, manifest: Manifest) -> list[Path]:
    """Return the databases of a backup, as files."""
    return [folder / held.name for held in manifest.files if held.name.endswith(".sqlite")]


def fill(
    store: Store, keys: DataKeys, files: Sequence[Path], open_folder: OpenFolder, advance: Advance = lambda _: None
) -> int:
    """Fill an empty store from a backup's databases and enter what its cells lack of the ledger.

    Returns how many revisions those were. The store's identifier is a new one then.
    """
    if isinstance(store, FileStore):
        _adopt(store, files, advance)
    elif files:
        _fill_through(store, files, open_folder, advance)
    entered = replay(store, Vault(store, keys))
    store.rotate_uuid()
    return entered


def _adopt(store: FileStore, files: Sequence[Path], advance: Advance) -> None:
    for file in files:
        advance(store.adopt(file))


def _fill_through(store: Store, files: Sequence[Path], open_folder: OpenFolder, advance: Advance) -> None:
    """Copy a backup into a store whose databases are not files, by way of an embedded one beside the backup."""
    between = _draft_of(files[0].parent.parent)
    kept = open_folder(between)
    try:
        if isinstance(kept, FileStore):
            _adopt(kept, files, lambda _: None)
        copy_store(kept, store, advance)
    finally:
        kept.close()
        shutil.rmtree(between)


def restore_cell(store: Store, keys: DataKeys, file: Path, cell: str, aside: Path) -> int:
    """Put back one cell of an embedded store; what was there is copied to a folder aside first.

    The ledger is ahead of the backup: all that it has of the cell is entered again. Returns how many revisions that
    were. The store's identifier stays. The cell's sequences and checkpoints are new, so its tablets compare everything.
    """
    if not isinstance(store, FileStore):
        raise BadInput("One cell alone can be put back only into an embedded store (sqlite:///folder).")
    name = cell_database(cell)
    if name in store.names():
        aside.mkdir(mode=0o700)
        store.snapshot([name], aside)
        store.delete(name)
    store.adopt(file)
    return replay(store, Vault(store, keys), cell)


@contextmanager
def drafted(folder: Path) -> Iterator[Path]:
    """Lend a new folder beside a place, which has the place's name only if nothing fails."""
    folder.absolute().parent.mkdir(parents=True, exist_ok=True)
    draft = _draft_of(folder.absolute())
    draft.mkdir(mode=0o700)
    try:
        yield draft
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    sync_folders(draft)
    draft.rename(folder)
    sync_folders(folder.absolute().parent, deep=False)


def _draft_of(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.draft-{secrets.token_hex(4)}")


def sync_folders(folder: Path, *, deep: bool = True) -> None:
    """Bring the names in a folder, and in those within it, to the disk."""
    for path in (folder, *(p for p in folder.rglob("*") if deep and p.is_dir())):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(
            f"The keys {path} cannot be read ({error.strerror}): use --without-keys, or mend that."
        ) from error


def write_file(path: Path, content: bytes) -> None:
    """Write a small file for its owner alone, durably."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())

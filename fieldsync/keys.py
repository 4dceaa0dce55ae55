"""The installation's keys: what signs access tokens, what seals the server's revisions, what wraps the keys of persons.

They live in one file that only its owner may read, beside the store or where `FIELDSYNC_KEY_FILE` says; see
docs/decisions/0003-keys-in-a-file.md.
"""

from __future__ import annotations

import base64
import fcntl
import hmac
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from fieldsync.errors import BadInput
from fieldsync.settings import Settings
from fieldsync.stores.base import Store
from fieldsync.vault.person_keys import DataKeys
from fieldsync.vault.sealing import DATA_KEY_BYTES

_SQLITE = "sqlite:///"
_SEAL_BYTES = 32


@dataclass(frozen=True, slots=True)
class Keys:
    """Private signing keys (ES256, PEM) by key id, the id of the one that signs now, and 32 bytes for seals.

    `data` are the keys that wrap those of persons, by their ids, `data_current` the id of the one that wraps now.
    """

    signing: dict[str, str]
    current: str
    seal: bytes
    data: dict[str, bytes] = field(default_factory=dict)
    data_current: str = ""

    @property
    def data_keys(self) -> DataKeys:
        """Return what wraps the keys of persons."""
        return DataKeys(self.data, self.data_current)

    @property
    def index(self) -> bytes:
        """Return the 32 bytes that key the indexes of sensitive values: equal values are found, none can be read."""
        return hmac.digest(self.seal, b"fieldsync index of sensitive values", "sha256")


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    current: str
    signing: dict[str, str]
    seal: str
    data: dict[str, str] = {}
    data_current: str = ""


def key_file(settings: Settings) -> Path:
    """Return where the keys are. Raises BadInput for a store without a folder and no `FIELDSYNC_KEY_FILE`."""
    if settings.key_file:
        return Path(settings.key_file)
    if settings.store.startswith(_SQLITE):
        return Path(settings.store.removeprefix(_SQLITE)) / "keys.json"
    raise BadInput("Set FIELDSYNC_KEY_FILE: this store has no folder to keep the installation's keys in.")


def installation_keys(settings: Settings, store: Store) -> Keys:
    """Return the keys of the installation whose databases are in a store; made first where nothing is there yet.

    Raises BadInput as `load_keys` does, and where the store is in use and its keys are missing: others in their place
    would log everybody out, and what the server wrote could no longer be told from what tablets did.
    """
    path = key_file(settings)
    if not path.exists() and is_in_use(store):
        raise BadInput(
            f"The keys of this installation are missing: there is no {path}, and its store is in use. Put keys.json"
            " back from a backup, or name it with FIELDSYNC_KEY_FILE; lost for good: fieldsync init --new-keys."
        )
    return load_keys(path)


def is_in_use(store: Store) -> bool:
    """Tell whether a store has accounts, or revisions of its own."""
    names = [name for name in ("accounts", "ledger") if name in store.names()]
    return any(next(iter(store.database(name).documents(limit=1)), None) is not None for name in names)


def load_keys(path: Path) -> Keys:
    """Return the keys of a file, made first if it is not there; of two that make them at once, one prevails.

    Raises BadInput when the file is not readable, not private, or damaged.
    """
    try:
        if not path.exists():
            _create(path)
        keys = _read(path)
        return keys if keys.data else change_keys(path, _with_data_key)
    except OSError as error:
        raise BadInput(f"The key file {path} cannot be used: {error.strerror}.") from error


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(_text(_fresh()))
            file.flush()
            os.fsync(file.fileno())
        _publish(draft, path)
    finally:
        draft.unlink()


def _publish(draft: Path, path: Path) -> None:
    """Give the draft its name, durably, unless another process did so first."""
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return
    _sync(path.parent)


def _sync(place: Path) -> None:
    folder = os.open(place, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def change_keys(path: Path, edit: Callable[[Keys], Keys]) -> Keys:
    """Write the keys as `edit` makes them of what they are now, durably, one process after the other.

    The former file is replaced as a whole. Raises BadInput and OSError as reading does.
    """
    with _alone(path):
        keys = edit(_read(path))
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(_text(_as_file(keys)))
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
            _sync(path.parent)
        finally:
            draft.unlink(missing_ok=True)
    return keys


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep other processes that would change the file waiting: the folder is locked, since the file is replaced."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def with_new_data_key(keys: Keys) -> Keys:
    """Return the keys with a new one that wraps from now on; the former ones still unwrap."""
    key_id = secrets.token_hex(8)
    return replace(keys, data={**keys.data, key_id: secrets.token_bytes(DATA_KEY_BYTES)}, data_current=key_id)


def with_new_signing_key(keys: Keys) -> Keys:
    """Return the keys with a new one that signs from now on; the former ones still verify."""
    kid, pem = _signing_key()
    return replace(keys, signing={**keys.signing, kid: pem}, current=kid)


def _with_data_key(keys: Keys) -> Keys:
    return keys if keys.data else with_new_data_key(keys)


def _text(kept: _File) -> bytes:
    return msgspec.json.format(msgspec.json.encode(kept), indent=2)


def _as_file(keys: Keys) -> _File:
    data = {key_id: base64.b64encode(key).decode("ascii") for key_id, key in keys.data.items()}
    return _File(keys.current, keys.signing, base64.b64encode(keys.seal).decode("ascii"), data, keys.data_current)


def _fresh() -> _File:
    kid, pem = _signing_key()
    return _as_file(with_new_data_key(Keys({kid: pem}, kid, secrets.token_bytes(_SEAL_BYTES))))


def _signing_key() -> tuple[str, str]:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return sha256(public).hexdigest()[:16], pem


def _read(path: Path) -> Keys:
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise BadInput(f"The key file {path} is open to other users: run chmod 600 {path}.")
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=_File)
        seal = base64.b64decode(kept.seal, validate=True)
        data = {key_id: base64.b64decode(key, validate=True) for key_id, key in kept.data.items()}
        sound = len(seal) == _SEAL_BYTES and kept.current in kept.signing and all(map(_is_p256, kept.signing.values()))
        sound = sound and all(len(key) == DATA_KEY_BYTES for key in data.values())
        sound = sound and (kept.data_current in data if data else not kept.data_current)
    except (msgspec.DecodeError, ValueError, TypeError) as error:
        raise BadInput(f"The key file {path} is damaged: put it back from a backup.") from error
    if not sound:
        raise BadInput(f"The key file {path} is damaged: put it back from a backup.")
    return Keys(dict(kept.signing), kept.current, seal, data, kept.data_current)


def _is_p256(pem: str) -> bool:
    key = load_pem_private_key(pem.encode("ascii"), None)
    return isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1)

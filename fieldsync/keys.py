"""The installation's keys: what signs access tokens and what seals the server's revisions.

They live in one file that only its owner may read, beside the store or where `FIELDSYNC_KEY_FILE` says; see
docs/decisions/0003-keys-in-a-file.md.
"""

from __future__ import annotations

import base64
import hmac
import os
import secrets
import stat
from dataclasses import dataclass
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

_SQLITE = "sqlite:///"
_SEAL_BYTES = 32


@dataclass(frozen=True, slots=True)
class Keys:
    """Private signing keys (ES256, PEM) by key id, the id of the one that signs now, and 32 bytes for seals."""

    signing: dict[str, str]
    current: str
    seal: bytes

    @property
    def index(self) -> bytes:
        """Return the 32 bytes that key the indexes of sensitive values: equal values are found, none can be read."""
        return hmac.digest(self.seal, b"fieldsync index of sensitive values", "sha256")


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    current: str
    signing: dict[str, str]
    seal: str


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
        return _read(path)
    except OSError as error:
        raise BadInput(f"The key file {path} cannot be used: {error.strerror}.") from error


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(_fresh()), indent=2))
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
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _fresh() -> _File:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    kid = sha256(public).hexdigest()[:16]
    return _File(kid, {kid: pem}, base64.b64encode(secrets.token_bytes(_SEAL_BYTES)).decode("ascii"))


def _read(path: Path) -> Keys:
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise BadInput(f"The key file {path} is open to other users: run chmod 600 {path}.")
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=_File)
        seal = base64.b64decode(kept.seal, validate=True)
        sound = len(seal) == _SEAL_BYTES and kept.current in kept.signing and all(map(_is_p256, kept.signing.values()))
    except (msgspec.DecodeError, ValueError, TypeError) as error:
        raise BadInput(f"The key file {path} is damaged: put it back from a backup.") from error
    if not sound:
        raise BadInput(f"The key file {path} is damaged: put it back from a backup.")
    return Keys(dict(kept.signing), kept.current, seal)


def _is_p256(pem: str) -> bool:
    key = load_pem_private_key(pem.encode("ascii"), None)
    return isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1)

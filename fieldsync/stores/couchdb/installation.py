"""The installation's identifier: one document in a database of its own, written by whoever is first."""

from __future__ import annotations

import uuid

import msgspec
from ibmcloudant.cloudant_v1 import Document

from fieldsync.stores.couchdb.client import read
from fieldsync.stores.couchdb.remote import Remote

NAME = "installation"
"""The database's name; no other database may have it."""


class _Kept(msgspec.Struct):
    uuid: str
    rev: str = msgspec.field(name="_rev")


def read_uuid(remote: Remote) -> str:
    """Return the identifier, made if there is none yet. Raises DatabaseMissing."""
    while (kept := _find(remote)) is None:
        _write(remote, None)
    return kept.uuid


def rotate_uuid(remote: Remote) -> str:
    """Write another identifier, whatever the present one is, and return it. Raises DatabaseMissing."""
    while True:
        kept = _find(remote)
        _write(remote, kept.rev if kept else None)
        present = _find(remote)
        if present is not None and (kept is None or present.uuid != kept.uuid):
            return present.uuid


def _find(remote: Remote) -> _Kept | None:
    answer = remote.send("GET", f"/{NAME}")
    return None if answer.status == 404 else read(answer, _Kept, remote.client)


def _write(remote: Remote, rev: str | None) -> None:
    """Write a new identifier on a revision; where another was first, theirs stays."""
    document = Document(_id=NAME, _rev=rev, uuid=uuid.uuid4().hex)
    answer = remote.ask(lambda service, db: service.post_document(db=db, document=document))
    if answer.status != 409:
        read(answer, object, remote.client)

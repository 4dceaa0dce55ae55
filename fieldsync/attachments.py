"""Attachments as a body names them: stubs, whose contents are kept elsewhere by digest.

Pure. A body that has attachments begins with `_attachments`, an object from name to stub, so its bytes tell at once
whether there are any. A digest is `md5-` and the base64 of the MD5 of the content, as on the wire.

Source: CouchDB documentation, "Attachments"; PouchDB's stubs.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from conflict.attachments import merge_attachments
from fieldsync.documents import ATTACHMENTS, Body

_OPENING = b'{"_attachments":'
DEFAULT_TYPE = "application/octet-stream"


class Stub(msgspec.Struct, frozen=True):
    """An attachment without its content; `revpos` is the generation of the revision that brought it."""

    content_type: str
    revpos: int
    digest: str
    length: int
    stub: bool = True


class _Head(msgspec.Struct):
    attachments: dict[str, Stub] = msgspec.field(name=ATTACHMENTS, default_factory=dict)


def digest_of(content: bytes) -> str:
    """Return the digest that names a content."""
    return "md5-" + b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()


def has_attachments(body: bytes) -> bool:
    """Tell whether a stored body names attachments."""
    return body.startswith(_OPENING)


def stubs_in(body: bytes) -> dict[str, Stub]:
    """Return the stubs that a stored body names, by attachment name."""
    return msgspec.json.decode(body, type=_Head).attachments if has_attachments(body) else {}


def stubs_of(body: Mapping[str, Any]) -> dict[str, Stub]:
    """Return the stubs of a body that was read, by attachment name."""
    held = body.get(ATTACHMENTS)
    return {name: msgspec.convert(stub, Stub) for name, stub in held.items()} if held else {}


def with_stubs(body: Mapping[str, Any], stubs: Mapping[str, Stub]) -> Body:
    """Return a body with exactly these attachments, named first and in order."""
    rest = {name: value for name, value in body.items() if name != ATTACHMENTS}
    if not stubs:
        return rest
    return {ATTACHMENTS: {name: msgspec.to_builtins(stubs[name]) for name in sorted(stubs)}, **rest}


def parted(body: Mapping[str, Any]) -> tuple[Mapping[str, Any], list[list[str]]]:
    """Return a body without its attachments, and the name, content type and digest of each, in order."""
    if ATTACHMENTS not in body:
        return body, []
    contents = [[name, stub.content_type, stub.digest] for name, stub in sorted(stubs_of(body).items())]
    return {name: value for name, value in body.items() if name != ATTACHMENTS}, contents


Stubs = Mapping[str, Stub]
ITEM = "@"
"""How the item of an attachment begins: `photo.jpg` is the item `@photo.jpg`. No field's name begins so."""


def is_file(item: str) -> bool:
    """Tell whether an item is an attachment."""
    return item.startswith(ITEM)


def changed_files(base: Stubs, now: Stubs) -> tuple[str, ...]:
    """Return the attachments that were added, removed, or have another content, as items, in order."""
    digests = ({name: stub.digest for name, stub in stubs.items()} for stubs in (base, now))
    before, after = digests
    return tuple(ITEM + name for name in sorted(before.keys() | after.keys()) if before.get(name) != after.get(name))


def told_file(stubs: Stubs, item: str) -> str | None:
    """Return what an attachment's item holds, in one text: content type and digest; None where there is none."""
    stub = stubs.get(item.removeprefix(ITEM))
    return f"{stub.content_type} {stub.digest}" if stub else None


def stands(held: Stubs, item: str, brought: Stubs) -> bool:
    """Tell whether what a side did to an attachment holds: its content is there, under this name or beside it; or, of a
    removal, nothing has the name."""
    stub = brought.get(item.removeprefix(ITEM))
    if stub is None:
        return item.removeprefix(ITEM) not in held
    return any(stub.digest == kept.digest for kept in held.values())


def merged_stubs(base: Stubs | None, sides: Sequence[Stubs]) -> dict[str, Stub]:
    """Merge attachments by name, newer being what a later revision brought; see conflict/attachments.py."""
    return merge_attachments(base, sides, _newness).names


def _newness(stub: Stub) -> tuple[int, str, str, int]:
    return stub.revpos, stub.digest, stub.content_type, stub.length

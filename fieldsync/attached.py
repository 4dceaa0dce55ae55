"""Attachments as clients send them: inline in base64, or as stubs of what the server has.

Pure. What is read here becomes stubs in the body, and contents for the blobs.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from fieldsync.attachments import DEFAULT_TYPE, Stub, Stubs, digest_of
from fieldsync.errors import BadInput, MissingStub


class _SentAttachment(msgspec.Struct):
    content_type: str = DEFAULT_TYPE
    data: str | None = None
    stub: bool = False
    digest: str | None = None
    revpos: int | None = None


@dataclass(frozen=True, slots=True)
class Attached:
    """What came with a document: attachments by name, the digest of each, and the contents that came, by digest."""

    sent: Mapping[str, _SentAttachment] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    contents: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def claims(self) -> bool:
        """Tell whether anything was sent as a stub."""
        return any(one.data is None for one in self.sent.values())

    def brought(self, generation: int) -> dict[str, Stub]:
        """Return by digest the attachments whose contents came with a revision of this generation."""
        whole = [name for name, one in self.sent.items() if one.data is not None]
        return {self.digests[name]: self._stub(name, generation, {}) for name in whole}

    def renewed(self) -> Attached:
        """Return this as CouchDB takes it with a new edit: what is sent whole is brought by that very revision."""
        sent = {name: _brought_now(one) for name, one in self.sent.items()}
        return replace(self, sent=sent)

    def stubs(self, generation: int, known: Mapping[str, Stub]) -> dict[str, Stub]:
        """Return the stubs for the body of a revision of this generation. Raises MissingStub.

        `known` are the attachments that the document had before, by digest; a stub without one is not known here.
        """
        return {name: self._stub(name, generation, known) for name in self.sent}

    def _stub(self, name: str, generation: int, known: Mapping[str, Stub]) -> Stub:
        sent, digest = self.sent[name], self.digests[name]
        if sent.data is not None:
            revpos = _revpos(sent, generation, generation)
            return Stub(sent.content_type, revpos, digest, len(self.contents[digest]))
        before = known.get(digest)
        if before is None:
            raise MissingStub(f"The attachment {name!r:.200} was sent as a stub, but its content is not known here.")
        return Stub(before.content_type, _revpos(sent, before.revpos, generation), digest, before.length)


def _brought_now(one: _SentAttachment) -> _SentAttachment:
    return one if one.data is None else msgspec.structs.replace(one, revpos=None)


def _revpos(sent: _SentAttachment, absent: int, newest: int) -> int:
    """Return the generation that brought an attachment: from 1, with which it is sent to all, to `newest`."""
    said = sent.revpos or 0
    return min(said if said > 0 else absent, newest)


NOTHING = Attached()


def read_attached(held: object) -> Attached:
    """Read a document's `_attachments`. Raises BadInput."""
    if not held:
        return NOTHING
    try:
        sent = msgspec.convert(held, dict[str, _SentAttachment])
    except msgspec.ValidationError as error:
        raise BadInput(f"_attachments cannot be read: {error!s:.200}.") from error
    decoded = {name: _content(name, one.data) for name, one in sent.items() if one.data is not None}
    digests = {name: digest_of(content) for name, content in decoded.items()}
    contents = {digests[name]: content for name, content in decoded.items()}
    return Attached(sent, digests | _claimed(sent), contents)


def _content(name: str, data: str) -> bytes:
    if not name or name.startswith("_"):
        raise BadInput(f"The attachment name {name!r:.80} is empty or begins with '_'.")
    try:
        return b64decode(data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadInput(f"The attachment {name!r:.80} is not base64: {error}.") from error


def _claimed(sent: Mapping[str, _SentAttachment]) -> dict[str, str]:
    return {name: one.digest or "" for name, one in sent.items() if one.data is None}


def known_in(revisions: list[Stubs]) -> dict[str, Stub]:
    """Return by digest what the revisions of a document have attached."""
    return {stub.digest: stub for stubs in revisions for stub in stubs.values()}


def inlined(stubs: Stubs, contents: Mapping[str, bytes]) -> dict[str, dict[str, Any]]:
    """Write attachments as clients see them: with their data where `contents` has it by digest, else as stubs."""
    return {name: _shown(stub, contents.get(stub.digest)) for name, stub in stubs.items()}


def _shown(stub: Stub, content: bytes | None) -> dict[str, Any]:
    if content is None:
        shown: dict[str, Any] = msgspec.to_builtins(stub)
        return shown
    data = b64encode(content).decode()
    return {"content_type": stub.content_type, "revpos": stub.revpos, "digest": stub.digest, "data": data}

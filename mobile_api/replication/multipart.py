"""Documents with their attachments as `multipart/related`, and several of them as `multipart/mixed`. Pure.

CouchDB's own replicator sends and asks for these. Source: CouchDB documentation, "Efficient multiple attachments
uploading"; RFC 2046, RFC 2387.
"""

from __future__ import annotations

import secrets
import zlib
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import Message
from typing import Any

import msgspec
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser

from fieldsync.attachments import Stub, Stubs
from fieldsync.documents import ATTACHMENTS
from fieldsync.errors import BadInput, TooLarge
from mobile_api.replication.parameters import decoded

Members = dict[str, msgspec.Raw]
GZIP_WINDOW = 16 + zlib.MAX_WBITS


@dataclass(slots=True)
class Part:
    """One part of a multipart body; header names in lower case."""

    headers: dict[str, str] = field(default_factory=dict)
    content: bytearray = field(default_factory=bytearray)

    @property
    def filename(self) -> str | None:
        """Return the name in the content disposition, if there is one."""
        return _parameters("content-disposition", self.headers).get("filename")


def is_multipart(headers: Mapping[str, str]) -> bool:
    """Tell whether a request's body is `multipart/related`."""
    return headers.get("content-type", "").lower().startswith("multipart/related")


def wants_multipart(headers: Mapping[str, str], kind: str) -> bool:
    """Tell whether a client asks for this kind of multipart, and does not take JSON as well."""
    accepted = headers.get("accept", "").lower()
    return (kind in accepted or "multipart/*" in accepted) and "application/json" not in accepted


def read_related(headers: Mapping[str, str], body: bytes, limit: int) -> Members:
    """Read a document and the attachments that follow it; they are put inline. Raises BadInput, TooLarge.

    `limit` bounds what the parts come to once they are decompressed.
    """
    parts = _parts(_parameters("content-type", headers).get("boundary", ""), body)
    if not parts:
        raise BadInput("The multipart body has no parts: the first must be the document.")
    members: Members = decoded(_plain(parts[0].content, parts[0].headers.get("content-encoding"), limit), Members, "It")
    if ATTACHMENTS not in members:
        return members
    held: dict[str, dict[str, Any]] = decoded(bytes(members[ATTACHMENTS]), dict[str, dict[str, Any]], ATTACHMENTS)
    following = [name for name, one in held.items() if one.get("follows")]
    for name, part in zip(following, _matched(following, parts[1:]), strict=True):
        content = _plain(part.content, held[name].get("encoding") or part.headers.get("content-encoding"), limit)
        limit -= len(content)
        _check_length(name, held[name], content)
        held[name] = _inline(held[name], content)
    return {**members, ATTACHMENTS: msgspec.Raw(msgspec.json.encode(held))}


def _check_length(name: str, sent: Mapping[str, Any], content: bytes) -> None:
    length = sent.get("length")
    if isinstance(length, int) and length != len(content):
        raise BadInput(f"The attachment {name!r:.80} should have {length} bytes, but {len(content)} came.")


def _inline(sent: Mapping[str, Any], content: bytes) -> dict[str, Any]:
    kept = {name: sent[name] for name in ("content_type", "revpos") if name in sent}
    return {**kept, "data": b64encode(content).decode()}


def _matched(names: Sequence[str], parts: Sequence[Part]) -> list[Part]:
    """Return the part of each attachment: the one with its name, or, where parts have no names, the next in order."""
    if len(parts) < len(names):
        raise BadInput(f"{len(names)} attachments are to follow the document, but only {len(parts)} came.")
    by_name = {part.filename: part for part in parts}
    if by_name.keys() >= set(names):
        return [by_name[name] for name in names]
    return list(parts[: len(names)])


def _plain(content: bytearray, encoding: str | None, limit: int) -> bytes:
    if encoding in {None, "", "identity"}:
        return bytes(content)
    if encoding != "gzip":
        raise BadInput(f"A part is encoded as {encoding!r:.40}: only gzip is read.")
    return decompressed(bytes(content), limit)


def decompressed(packed: bytes, limit: int) -> bytes:
    """Return what was compressed with gzip, of at most `limit` bytes. Raises BadInput, TooLarge."""
    reader = zlib.decompressobj(GZIP_WINDOW)
    try:
        plain = reader.decompress(packed, limit + 1)
    except zlib.error as error:
        raise BadInput(f"What says it is gzip cannot be decompressed: {error}.") from error
    if len(plain) > limit:
        del plain  # An error keeps what its frame holds, until the collector of garbage comes by.
        raise TooLarge(f"Decompressed it has more than {limit} bytes: send fewer documents at once.")
    if not reader.eof:
        raise BadInput("What says it is gzip ends too early.")
    return plain


def _parts(boundary: str, body: bytes) -> list[Part]:
    if not boundary:
        raise BadInput("The content type of a multipart body must name its boundary.")
    reader = _Reader()
    parser = MultipartParser(boundary, reader.callbacks)  # type: ignore[arg-type]
    try:
        parser.write(body)
        parser.finalize()
    except (FormParserError, UnicodeDecodeError) as error:
        raise BadInput(f"The multipart body cannot be read: {error!s:.200}.") from error
    if not reader.is_ended:
        raise BadInput("The multipart body ends before its last boundary.")
    return reader.parts


class _Reader:
    """Gathers what the parser finds."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.is_ended = False
        self._name = self._value = b""

    @property
    def callbacks(self) -> dict[str, Any]:
        """Return what the parser is to call."""
        return {
            "on_part_begin": lambda: self.parts.append(Part()),
            "on_part_data": lambda data, start, end: self.parts[-1].content.extend(memoryview(data)[start:end]),
            "on_header_field": self._field,
            "on_header_value": self._text,
            "on_header_end": self._header,
            "on_end": self._end,
        }

    def _field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _text(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header(self) -> None:
        self.parts[-1].headers[self._name.decode().lower()] = self._value.decode().strip()
        self._name = self._value = b""

    def _end(self) -> None:
        self.is_ended = True


def _parameters(name: str, headers: Mapping[str, str]) -> dict[str, str]:
    message = Message()
    message[name] = headers.get(name, "").replace("\n", " ").replace("\r", " ")
    return {str(key): _text_of(value) for key, value in message.get_params([], header=name)}


def _text_of(value: str | tuple[str | None, str | None, str]) -> str:
    return value if isinstance(value, str) else value[2]


@dataclass(frozen=True, slots=True)
class Related:
    """A document to be written with some of its attachments after it."""

    document: bytes
    stubs: Stubs
    contents: Mapping[str, bytes]

    @property
    def follows(self) -> dict[str, Stub]:
        """Return the attachments whose contents follow, in order."""
        return {name: stub for name, stub in self.stubs.items() if stub.digest in self.contents}


def write_related(related: Related) -> tuple[str, Iterator[bytes]]:
    """Return a content type, and the parts of a body: the document, then its attachments."""
    boundary = secrets.token_hex(16)
    return f'multipart/related; boundary="{boundary}"', _related(boundary, related)


def _related(boundary: str, related: Related) -> Iterator[bytes]:
    yield b"--%b\r\ncontent-type: application/json\r\n\r\n%b" % (boundary.encode(), _document(related))
    for name, stub in related.follows.items():
        content = related.contents[stub.digest]
        head = (
            f'\r\n--{boundary}\r\ncontent-disposition: attachment; filename="{_quoted(name)}"\r\n'
            f"content-type: {_one_line(stub.content_type)}\r\ncontent-length: {len(content)}\r\n\r\n"
        )
        yield head.encode() + content
    yield b"\r\n--%b--" % boundary.encode()


def _document(related: Related) -> bytes:
    members: Members = msgspec.json.decode(related.document, type=Members)
    shown = {name: _followed(stub) if name in related.follows else stub for name, stub in related.stubs.items()}
    return msgspec.json.encode({**members, ATTACHMENTS: shown})


def _followed(stub: Stub) -> dict[str, Any]:
    return {
        "content_type": stub.content_type,
        "revpos": stub.revpos,
        "digest": stub.digest,
        "length": stub.length,
        "follows": True,
    }


def write_mixed(parts: Iterator[Related | bytes]) -> tuple[str, Iterator[bytes]]:
    """Return a content type, and a body of several documents; bytes are the JSON of an error."""
    boundary = secrets.token_hex(16)
    return f'multipart/mixed; boundary="{boundary}"', _mixed(boundary.encode(), parts)


def _mixed(boundary: bytes, parts: Iterator[Related | bytes]) -> Iterator[bytes]:
    for part in parts:
        if isinstance(part, bytes):
            yield b'--%b\r\ncontent-type: application/json; error="true"\r\n\r\n%b\r\n' % (boundary, part)
        elif not part.follows:
            yield b"--%b\r\ncontent-type: application/json\r\n\r\n%b\r\n" % (boundary, part.document)
        else:
            kind, chunks = write_related(part)
            yield b"--%b\r\ncontent-type: %b\r\n\r\n" % (boundary, kind.encode())
            yield from chunks
            yield b"\r\n"
    yield b"--%b--" % boundary


def _quoted(name: str) -> str:
    return _one_line(name).replace("\\", "\\\\").replace('"', '\\"')


def _one_line(text: str) -> str:
    return text.replace("\r", " ").replace("\n", " ")

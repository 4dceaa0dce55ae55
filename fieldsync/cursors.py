"""Cursors: where a page ended, as a text that says nothing to whoever carries it. Pure.

A cursor names the last thing seen, not a number of things, so it stays good while others write. It belongs to the
question it came from: with another one it is refused.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence

import msgspec

from fieldsync.errors import BadInput

LONGEST = 600
_MARK_BYTES = 6


class _Cursor(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    mark: str
    position: tuple[str, ...]


def write_cursor(question: object, position: Sequence[str]) -> str:
    """Return the cursor of a position among the answers to a question (anything that JSON can say)."""
    packed = msgspec.msgpack.encode(_Cursor(_mark(question), tuple(position)))
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def read_cursor(question: object, cursor: str | None, parts: int | None = None) -> tuple[str, ...] | None:
    """Return the position of a cursor; None without one. Raises BadInput for what is none, or another question's."""
    if cursor is None:
        return None
    try:
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        found = msgspec.msgpack.decode(packed, type=_Cursor)
    except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
        raise _no_cursor("it is not one of this server's") from error
    if found.mark != _mark(question) or (parts is not None and len(found.position) != parts):
        raise _no_cursor("it belongs to another question")
    return found.position


def _mark(question: object) -> str:
    return hashlib.sha256(msgspec.json.encode(question, order="sorted")).hexdigest()[: 2 * _MARK_BYTES]


def _no_cursor(why: str) -> BadInput:
    return BadInput(
        f"The cursor cannot be used: {why}. Send `next` of the page before, with the same filters."
        " / 游标无效；请使用上一页的 next 和相同的条件。",
        field="cursor",
    )

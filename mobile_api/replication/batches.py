"""Splitting the body of `_bulk_docs` into the bytes of its documents. Pure.

A tablet whose batch is refused sends the same batch for ever. So one document that the fast parser cannot read (nested
a thousand levels, half of a surrogate pair) must not take the others down: a second, slow reading finds where each
document begins and ends by its quotes and brackets, and leaves it to the intake to judge it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from fieldsync.errors import BadInput
from mobile_api.replication.parameters import check_text, decoded

DEEPEST = 10_000
"""Levels beyond which nothing is read: no client can write that deep."""
_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{},:"]', re.DOTALL)
_CLOSES = {b"}": b"{", b"]": b"["}
_BLANK = b" \t\n\r"
_ENDS = frozenset({b",", b"]", b"}"})


class Batch(msgspec.Struct):
    """The body of `_bulk_docs`, its documents unparsed."""

    docs: list[msgspec.Raw]
    new_edits: bool = True


@dataclass(frozen=True, slots=True)
class _Token:
    text: bytes
    start: int
    end: int


def read_batch(body: bytes) -> tuple[list[bytes], bool]:
    """Return the bytes of each document, and whether new revisions are to be made. Raises BadInput."""
    check_text(body)
    try:
        batch = msgspec.json.decode(body, type=Batch)
    except msgspec.ValidationError as error:
        raise BadInput(f"The body is not of the right form: {error}.") from error
    except (msgspec.DecodeError, RecursionError):
        return _read_slowly(body)
    return [bytes(raw) for raw in batch.docs], batch.new_edits


def _read_slowly(body: bytes) -> tuple[list[bytes], bool]:
    members = dict(_members(body))
    for name in members.keys() - {"docs"}:
        _check_readable(members[name])
    if "docs" not in members:
        raise BadInput("The body must be an object with a list 'docs'.")
    return list(_elements(members["docs"])), decoded(members.get("new_edits", b"true"), bool, "new_edits")


def _tokens(body: bytes) -> Iterator[_Token]:
    """Yield the outermost brackets, and the strings and marks directly inside them. Raises BadInput."""
    opened: list[bytes] = []
    for match in _TOKEN.finditer(body):
        text = match.group()
        if text == b'"':
            raise BadInput(f"The body is not valid JSON: the string at byte {match.start()} does not end.")
        if text in b"[{":
            opened.append(text)
        if len(opened) < 2:
            yield _Token(text, match.start(), match.end())
        if text in _CLOSES and (not opened or opened.pop() != _CLOSES[text]):
            raise BadInput(f"The body is not valid JSON: the bracket at byte {match.start()} closes nothing.")
        if len(opened) > DEEPEST:
            raise BadInput(f"The body is nested deeper than {DEEPEST} levels.")


def _parts(body: bytes, opening: bytes) -> Iterator[tuple[int, int, list[_Token]]]:
    """Yield where each member of an object, or element of a list, begins and ends, and the marks directly in it."""
    tokens = _tokens(body)
    first = next(tokens, None)
    if first is None or first.text != opening or body[: first.start].strip(_BLANK):
        raise BadInput(f"The body is not valid JSON: {opening.decode()} is expected.")
    start: int = first.end
    is_first, marks = True, list[_Token]()
    for token in tokens:
        if token.text not in _ENDS:
            marks.append(token)
            continue
        is_last = token.text != b","
        if body[start : token.start].strip(_BLANK):
            yield start, token.start, marks
        elif not (is_first and is_last):
            raise BadInput(f"The body is not valid JSON: something is missing before byte {token.start}.")
        start, is_first, marks = token.end, False, []
        if is_last:
            break
    else:
        raise BadInput("The body is not valid JSON: it ends before its last bracket is closed.")
    if body[start:].strip(_BLANK):
        raise BadInput(f"The body is not valid JSON: something follows its end at byte {start}.")


def _members(body: bytes) -> Iterator[tuple[str, bytes]]:
    for start, end, marks in _parts(body, b"{"):
        named = [mark.text[:1] for mark in marks[:2]] == [b'"', b":"]
        if not named or body[start : marks[0].start].strip(_BLANK) or body[marks[0].end : marks[1].start].strip(_BLANK):
            raise BadInput(f"The body is not valid JSON: at byte {start} a name and a colon are expected.")
        yield decoded(marks[0].text, str, "A member's name"), body[marks[1].end : end].strip(_BLANK)


def _elements(value: bytes) -> Iterator[bytes]:
    for start, end, _ in _parts(value, b"["):
        element = value[start:end].strip(_BLANK)
        _check_readable(element)
        yield element


def _check_readable(value: bytes) -> None:
    """Make sure that a value is JSON as far as a parser of limited depth can tell. Raises BadInput."""
    try:
        json.loads(value, parse_constant=_refuse_constant)
    except RecursionError:
        return
    except ValueError as error:
        raise BadInput(f"The body is not valid JSON: {error}.") from error


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON value")

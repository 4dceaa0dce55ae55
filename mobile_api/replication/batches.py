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
    if "docs" not in members:
        raise BadInput("The body must be an object with a list 'docs'.")
    new_edits = decoded(members.get("new_edits", b"true"), bool, "new_edits")
    return list(_elements(members["docs"])), new_edits


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
    """Yield where each member of an object, or element of a list, begins and ends, and the marks in it."""
    tokens = _tokens(body)
    first = next(tokens, None)
    if first is None or first.text != opening or body[: first.start].strip():
        raise BadInput(f"The body is not valid JSON: {opening.decode()} is expected.")
    start: int = first.end
    marks: list[_Token] = []
    for token in tokens:
        if token.text not in _ENDS:
            marks.append(token)
            continue
        if body[start : token.start].strip():
            yield start, token.start, marks
        start, marks = token.end, []
        if token.text != b",":
            break
    else:
        raise BadInput("The body is not valid JSON: it ends before its last bracket is closed.")
    if body[start:].strip():
        raise BadInput(f"The body is not valid JSON: something follows its end at byte {start}.")


def _members(body: bytes) -> Iterator[tuple[str, bytes]]:
    for _, end, marks in _parts(body, b"{"):
        if len(marks) < 2 or marks[1].text != b":":
            raise BadInput("The body is not valid JSON: a member has no name.")
        yield decoded(marks[0].text, str, "A member's name"), body[marks[1].end : end].strip()


def _elements(value: bytes) -> Iterator[bytes]:
    for start, end, _ in _parts(value, b"["):
        element = value[start:end].strip()
        _check_readable(element)
        yield element


def _check_readable(element: bytes) -> None:
    """Make sure that an element is JSON as far as a parser of limited depth can tell. Raises BadInput."""
    try:
        json.loads(element, parse_constant=_refuse_constant)
    except RecursionError:
        return
    except ValueError as error:
        raise BadInput(f"The body is not valid JSON: {error}.") from error


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON value")

"""Under whose key what is told of a document is sealed. Pure.

What is told of a stay or an event is about its person, of a visit, a submission or an answer about its household: it
goes with their key. What runs out by itself (events, visits, submissions, answers) needs a key of its own beside: both
open it together, so it is closed for good when either is destroyed. Every other document has a key of its own. What was
quarantined is sealed apart, revision by revision, since it may say anything.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from fieldsync.documents import RECORDS, kind_of

ABOUT = {"stay": "person", "event": "person", "visit": "household", "submission": "household", "answer": "household"}
"""Kinds that are about another document, and the field that names it; an event of nobody is about its household."""
QUARANTINED = "quarantined:"
_NAME = r"(?:person|household):[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_ID, _IN_TEXT = re.compile(f"^{_NAME}$"), re.compile(_NAME.encode())
_MOST_NAMED = 8
"""Persons and households named in an answer whose keys it needs; an answer is about one of each."""


class _Names(msgspec.Struct):
    person: Any = None
    household: Any = None


class _Body(msgspec.Struct):
    data: _Names | None = None


class _Value(msgspec.Struct):
    value: Any = None


class _Item(msgspec.Struct):
    value: _Value | None = None


class _Items(msgspec.Struct):
    person: _Item | None = None
    household: _Item | None = None


_BODIES, _ITEMS = msgspec.json.Decoder(_Body), msgspec.json.Decoder(_Items)


def names_owner(document: str, field: str, has_person: bool) -> bool:
    """Tell whether a field of a document names whom it is about."""
    kind = kind_of(document)
    return field == ("household" if kind == "event" and not has_person else ABOUT.get(kind))


def owners_of_body(document: str, body: bytes | Mapping[str, Any]) -> tuple[str, ...]:
    """Return under whose keys a body of a document, read or as bytes, is sealed."""
    if kind_of(document) not in ABOUT:
        return (document,)
    try:
        read = _BODIES.decode(body) if isinstance(body, bytes) else msgspec.convert(body, _Body)
    except msgspec.MsgspecError:
        return (document,)
    return _with(document, _named(document, read.data.person, read.data.household) if read.data else None)


def concerned(document: str, body: Mapping[str, Any]) -> frozenset[str]:
    """Return whose keys must not be destroyed for a body to be taken in; of an answer, those of all it is about."""
    owners = owners_of_body(document, body)
    if kind_of(document) != "answer":
        return frozenset(owners)
    data = body.get("data")
    person = data.get("person") if isinstance(data, dict) else None
    return frozenset((*owners, *([person] if isinstance(person, str) and _ID.match(person) else [])))


def owners_of_record(record: str, items: bytes) -> tuple[str, ...]:
    """Return under whose keys a record of the registry is sealed."""
    if kind_of(record) not in ABOUT:
        return (record,)
    try:
        read = _ITEMS.decode(items)
    except msgspec.MsgspecError:
        return (record,)
    return _with(
        record,
        _named(record, *(one.value.value if one and one.value else None for one in (read.person, read.household))),
    )


def owner_of_quarantined(row: str) -> str:
    """Return under whose key a quarantined revision is sealed, by its row in the ledger."""
    return QUARANTINED + row


def _named(document: str, person: Any, household: Any) -> Any:
    return person if names_owner(document, "person", bool(person)) else household


def named_in(content: bytes) -> tuple[str, ...]:
    """Return the persons and households that a text names, each once, in the order in which they come."""
    found = dict.fromkeys(name.decode() for name in _IN_TEXT.findall(content))
    return tuple(found)[:_MOST_NAMED]


def _with(document: str, reference: Any) -> tuple[str, ...]:
    if not isinstance(reference, str) or not _ID.match(reference):
        return (document,)
    return (reference, document) if kind_of(document) in RECORDS else (reference,)

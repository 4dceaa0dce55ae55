"""What a cell holds that can run out, as far as retention asks: who and what each document is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from fieldsync.documents import DocId, kind_of
from fieldsync.shelf import LAST
from fieldsync.stores.base import Database, Query, Revision

_WITH = {"person": ("stay", "event"), "household": ("stay", "visit", "submission", "answer")}
"""Kinds that are read along with a kind, since what they say counts for it."""
_MOST = 10_000


class _Data(msgspec.Struct):
    person: Any = None
    household: Any = None
    until: Any = None


class _Body(msgspec.Struct):
    data: Any = None
    form: Any = None


@dataclass(frozen=True, slots=True)
class Held:
    """A live document: its winner, what it refers to, and the last day of a stay."""

    id: str
    rev: str
    person: str | None = None
    household: str | None = None
    until: object = None
    form: str | None = None

    @property
    def kind(self) -> str:
        """Return the document's kind."""
        return kind_of(self.id)


def held_in(database: Database, kinds: Iterable[str]) -> list[Held]:
    """Return the live documents of some kinds, with those that count for them."""
    wanted = {one for kind in kinds for one in (kind, *_WITH.get(kind, ()))}
    return [_held(row) for kind in sorted(wanted) for row in database.documents(f"{kind}:", f"{kind}:{LAST}")]


def held_about(database: Database, names: Sequence[str]) -> Iterator[Held]:
    """Yield some persons, as far as they live in a cell, and their stays and events there."""
    found = database.revisions([(DocId(name), None) for name in names], latest=False)
    yield from (_held(one[0]) for one in found if one and not one[0].deleted)
    for name in names:
        rows = database.find(Query({"data.person": name}, limit=_MOST))
        yield from (_held(row) for row in rows if kind_of(row.id) in _WITH["person"])


def _held(row: Revision) -> Held:
    body = msgspec.json.decode(row.body, type=_Body)
    data = body.data
    read = msgspec.convert(data, _Data) if isinstance(data, dict) else _Data()
    return Held(row.id, row.rev, _name(read.person), _name(read.household), read.until, _name(body.form))


def _name(value: object) -> str | None:
    return value if isinstance(value, str) else None

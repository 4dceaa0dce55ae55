"""Filing: by which keys records are looked up, kept up with the registry; derived from it alone.

A record is filed under `{key}|{identifier}`, an empty document for each key, so that what begins alike stands together
in any store; `filed:{identifier}` says which they are, to take away what is no longer so. A page of the registry's
sequence is filed whole before the place moves on: a crash, or a second server, files some of it again, to no effect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

import msgspec

from fieldsync.documents import DocId
from fieldsync.errors import Conflict
from fieldsync.filing_keys import KINDS, filing_keys
from fieldsync.matching.keys import wanted_prefixes
from fieldsync.matching.profile import Profile
from fieldsync.registry import Record, Registry
from fieldsync.shelf import LAST
from fieldsync.stores.base import Database, Put, Store, Wiping

NAME = "filing"
PAGE = 500
_PLACE = "place of 2"
"""How far the registry is filed, under the keys as they are made since this number."""
_ROW = b"{}"


class _Filed(msgspec.Struct, frozen=True):
    """Under which keys a record is filed."""

    keys: list[str]


class Filing:
    """Files the registry's records, and finds them again."""

    def __init__(
        self, store: Store, registry: Registry, answers: Callable[[Record], Mapping[str, Any]], secret: bytes
    ) -> None:
        self._db: Database = store.create(NAME)
        self._registry, self._answers, self._secret = registry, answers, secret
        self._mark = sha256(secret).hexdigest()[:16]

    def pages(self, most: int) -> Iterator[list[Record]]:
        """File what the registry has gained, so many pages at most; yields the records of each page once it is filed.

        The place moves on when the next page is asked for: whoever breaks off gets the page again.
        """
        for _ in range(most):
            page = self._registry.changes(self._since(), PAGE)
            if not page.rows:
                return
            wanted = [row.id for row in page.rows if row.id.partition(":")[0] in KINDS and not row.deleted]
            records = list(self._registry.read(wanted, Record).values())
            self._file(records)
            yield records
            self._db.put_local(_PLACE, msgspec.json.encode({"since": page.last_seq, "secret": self._mark}))

    def found(self, prefixes: Iterable[str]) -> set[str]:
        """Return the records that are filed under keys which begin with one of some texts."""
        return {row.id.rpartition("|")[2] for row in self._db.below(sorted(prefixes))}

    def alike(self, profile: Profile) -> set[str]:
        """Return the persons who share a key with one: those worth comparing."""
        found = self.found(wanted_prefixes(profile, self._secret))
        return {name for name in found if name.startswith("person:")}

    def stays_of(self, person: str) -> set[str]:
        """Return the stays of a person."""
        return self.found([f"of:{person}|"])

    def referring(self, to: Iterable[str]) -> dict[str, list[str]]:
        """Return for each of some records those that refer to it, in order of identifier."""
        held: dict[str, list[str]] = {one: [] for one in to}
        for row in self._db.below([f"of:{one}|" for one in held]) if held else ():
            outer, _, inner = row.id.removeprefix("of:").rpartition("|")
            held[outer].append(inner)
        return held

    def from_(self, prefix: str, after: str = "") -> Iterator[str]:
        """Yield the rows `{key}|{identifier}` that begin with a text, in order, those after a row alone."""
        start = f"{after}\0" if after else prefix
        for row in self._db.documents(start, prefix + LAST):
            yield row.id

    def forget(self, names: Iterable[str]) -> None:
        """Take away all that records are found by, for good; to be repeated where it was interrupted."""
        asked = sorted(names)
        held = self._held(asked)
        rows = [DocId(f"{key}|{name}") for name, keys in held.items() for key in sorted(keys)]
        rows += [DocId(f"filed:{name}") for name in asked]
        if isinstance(self._db, Wiping):
            self._db.forget(rows)
            self._db.wipe()
        else:
            for row in rows:
                self._write(row, _ROW, is_wanted=False)

    def _since(self) -> str:
        """Return how far the registry is filed; from the start where it was filed with other keys."""
        kept = self._db.local(_PLACE)
        place = msgspec.json.decode(kept) if kept else {}
        return str(place["since"]) if place.get("secret") == self._mark else "0"

    def _keys(self, record: Record) -> frozenset[str]:
        return frozenset() if record.erased else filing_keys(record, self._answers(record), self._secret)

    def _file(self, records: Sequence[Record]) -> None:
        held = self._held([record.id for record in records])
        wanted = {record.id: self._keys(record) for record in records}
        news = [f"{key}|{name}" for name, keys in wanted.items() for key in sorted(keys - held.get(name, frozenset()))]
        gone = [f"{key}|{name}" for name, keys in wanted.items() for key in sorted(held.get(name, frozenset()) - keys)]
        self._enter(dict.fromkeys(news, _ROW))
        for row in gone:
            self._write(row, _ROW, is_wanted=False)
        filed = {name: keys for name, keys in wanted.items() if keys != held.get(name)}
        self._enter({f"filed:{name}": msgspec.json.encode(_Filed(sorted(keys))) for name, keys in filed.items()})

    def _enter(self, rows: Mapping[str, bytes]) -> None:
        """Put rows there, in one write where they were never there."""
        added = self._db.add([(DocId(row), body) for row, body in rows.items()]) if rows else []
        for row, is_new in zip(rows, added, strict=True):
            if not is_new:
                self._write(row, rows[row], is_wanted=True)

    def _held(self, names: Sequence[str]) -> dict[str, frozenset[str]]:
        asked = [(DocId(f"filed:{name}"), None) for name in names]
        found = self._db.revisions(asked, latest=False) if asked else []
        filed = {r[0].id.partition(":")[2]: msgspec.json.decode(r[0].body, type=_Filed) for r in found if r}
        return {name: frozenset(one.keys) for name, one in filed.items()}

    def _write(self, row: str, body: bytes, *, is_wanted: bool) -> None:
        """Put a row there, or take it away; another server that does the same at this moment comes to the same."""
        found = self._db.get(DocId(row))
        is_there = found is not None and not found.deleted
        if (is_there and found and found.body == body) if is_wanted else not is_there:
            return
        try:
            self._db.put(Put(DocId(row), body, found.rev if found and is_there else None, deleted=not is_wanted))
        except Conflict:
            return

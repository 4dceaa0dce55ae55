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

from fieldsync.documents import DocId, decode_body
from fieldsync.errors import Conflict
from fieldsync.filing_keys import KINDS, filing_keys
from fieldsync.filing_status import about_of, possible_rows, status_rows
from fieldsync.matching.keys import wanted_prefixes
from fieldsync.matching.profile import Profile
from fieldsync.registry import Record, Registry
from fieldsync.revisions import server_rev
from fieldsync.shelf import LAST
from fieldsync.stores.base import Database, Graft, Put, Revision, Store, Wiping

NAME = "filing"
PAGE = 2_000
_PLACE = "place of 3"
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

    def sharing(self, names: Iterable[str]) -> set[str]:
        """Return the records that are filed under an identity number or a phone of some records, without these."""
        asked = set(names)
        held = self._held(sorted(asked))
        shared = {f"{key}|" for keys in held.values() for key in keys if key.startswith(("identity:", "phone:"))}
        return (self.found(shared) if shared else set()) - asked

    def stays_of(self, person: str) -> set[str]:
        """Return the stays of a person."""
        return self.found([f"of:{person}:"])

    def events_of(self, records: Iterable[str]) -> list[str]:
        """Return the events that befell persons or households, in order of identifier."""
        return sorted(self.found([f"befell:{record}|" for record in records]))

    def referring(self, to: Iterable[str]) -> dict[str, list[str]]:
        """Return for each of some records those that refer to it, in order of identifier."""
        held: dict[str, list[str]] = {one: [] for one in to}
        for outer, _, inner in self._references(held):
            held[outer].append(inner)
        return {one: sorted(inner) for one, inner in held.items()}

    def _references(self, to: Iterable[str]) -> Iterator[tuple[str, str, str]]:
        """Yield what is referred to, how, and the record that does."""
        prefixes = [f"of:{one}:" for one in to]
        for row in self._db.below(prefixes) if prefixes else ():
            key, _, inner = row.id.rpartition("|")
            outer, _, standing = key.removeprefix("of:").rpartition(":")
            yield outer, standing, inner

    def first_of(self, prefix: str, names: Iterable[str]) -> dict[str, str]:
        """Return of each of some records the first row under which it is filed that begins with a text."""
        held = self._held(sorted(names))
        rows = {name: [f"{key}|{name}" for key in keys if key.startswith(prefix)] for name, keys in held.items()}
        return {name: min(own) for name, own in rows.items() if own}

    def beginning(self, prefixes: Sequence[str]) -> Iterator[str]:
        """Yield the rows that begin with one of some texts, a text after the other; all of them are read at once."""
        return (row.id for row in self._db.below(prefixes))

    def from_(self, prefix: str, after: str = "") -> Iterator[str]:
        """Yield the rows `{key}|{identifier}` that begin with a text, in order, those after a row alone."""
        start = f"{after}\0" if after else prefix
        for row in self._db.documents(start, prefix + LAST):
            yield row.id

    def forget(self, names: Iterable[str]) -> None:
        """Take away all that records are found by; to be repeated where it was interrupted. `wipe` ends it.

        Who else was in a stay among them has another status from then on: a home where nobody lives any more is empty.
        """
        asked = sorted(names)
        self._refile(self._held(asked), dict.fromkeys(asked, frozenset[str]()))
        self._remove([f"filed:{name}" for name in asked])

    def wipe(self) -> None:
        """Write the filing anew, where the store can, so that nothing forgotten is left in a file."""
        if isinstance(self._db, Wiping):
            self._db.wipe()

    def _remove(self, rows: Sequence[str]) -> None:
        """Take rows away; where the store can, as if they had never been."""
        if not rows:
            return
        if isinstance(self._db, Wiping):
            self._db.forget([DocId(row) for row in rows])
            return
        for row in rows:
            self._take_away(row)

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
        self._refile(held, wanted)
        filed = {name: keys for name, keys in wanted.items() if keys != held.get(name)}
        self._enter({f"filed:{name}": msgspec.json.encode(_Filed(sorted(keys))) for name, keys in filed.items()})

    def _refile(self, held: Mapping[str, frozenset[str]], wanted: Mapping[str, frozenset[str]]) -> None:
        """File records under other keys than before, and under the statuses that follow."""
        news = [f"{key}|{name}" for name, keys in wanted.items() for key in sorted(keys - held.get(name, frozenset()))]
        gone = [f"{key}|{name}" for name, keys in wanted.items() for key in sorted(held.get(name, frozenset()) - keys)]
        self._enter(dict.fromkeys(news, _ROW))
        self._remove(gone)
        self._file_statuses(held, wanted)

    def _file_statuses(self, held: Mapping[str, frozenset[str]], wanted: Mapping[str, frozenset[str]]) -> None:
        """File under their status the persons and households of a page, and those whose stays are in it."""
        about = about_of(held, wanted)
        known = {**self._held(sorted(about - wanted.keys())), **{n: k for n, k in wanted.items() if n in about}}
        standings: dict[str, list[str]] = {one: [] for one in known}
        for outer, standing, _ in self._references(known):
            standings[outer].append(standing)
        right = {row for one, keys in known.items() for row in status_rows(one, keys, standings[one])}
        possible = sorted({r for n, keys in known.items() for r in possible_rows(n, keys | held.get(n, frozenset()))})
        found = self._db.revisions([(DocId(row), None) for row in possible], latest=False) if possible else []
        there = {one[0].id for one in found if one and not one[0].deleted}
        self._enter(dict.fromkeys(sorted(right - there), _ROW))
        self._remove(sorted(there - right))

    def _enter(self, rows: Mapping[str, bytes]) -> None:
        """Put rows there, in one write; what is there already is written on in another."""
        added = self._db.add([(DocId(row), body) for row, body in rows.items()]) if rows else []
        old = [DocId(row) for row, is_new in zip(rows, added, strict=True) if not is_new]
        found = self._db.revisions([(row, None) for row in old], latest=False) if old else []
        others = [one[0] for one in found if one and (one[0].deleted or one[0].body != rows[one[0].id])]
        if others:
            self._db.graft([_on(one, rows[one.id]) for one in others])
            if isinstance(self._db, Wiping):  # what was filed before may have a former name
                self._db.blank([one.id for one in others])

    def _held(self, names: Sequence[str]) -> dict[str, frozenset[str]]:
        asked = [(DocId(f"filed:{name}"), None) for name in names]
        found = self._db.revisions(asked, latest=False) if asked else []
        filed = {
            r[0].id.partition(":")[2]: msgspec.json.decode(r[0].body, type=_Filed)
            for r in found
            if r and not r[0].deleted
        }
        return {name: frozenset(one.keys) for name, one in filed.items()}

    def _take_away(self, row: str) -> None:
        """Delete a row; another server that does the same at this moment comes to the same."""
        found = self._db.get(DocId(row))
        if found is None or found.deleted:
            return
        try:
            self._db.put(Put(DocId(row), _ROW, found.rev, deleted=True))
        except Conflict:
            return


def _on(found: Revision, body: bytes) -> Graft:
    """Return a row's next revision; two servers that write the same write one."""
    return Graft(found.id, (server_rev(found.rev, False, decode_body(body)), *found.path), body)

"""What every store offers: databases of documents with revision trees, as CouchDB has them.

Two hops: a use case calls these methods and nothing else of a store. Bodies are the JSON bytes of an object without
members that begin with an underscore; the store never parses them on the way out. All methods block; they may be called
from any thread. Everything that returns after writing is durable (fsync) by then.

Source of the terms: CouchDB documentation, "CouchDB Replication Protocol".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from fieldsync.documents import DocId, Rev


@dataclass(frozen=True, slots=True)
class Leaf:
    """An end of a revision tree."""

    rev: Rev
    deleted: bool


@dataclass(frozen=True, slots=True)
class Revision:
    """A stored revision with its body; `path` is the revision itself and its known ancestors, newest first."""

    id: DocId
    rev: Rev
    path: tuple[Rev, ...]
    deleted: bool
    body: bytes


@dataclass(frozen=True, slots=True)
class Graft:
    """A revision made elsewhere (or hashed by us), with the path it hangs on, newest first, itself included."""

    id: DocId
    path: tuple[Rev, ...]
    body: bytes
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Put:
    """A write of the ordinary kind: on `parent`, the present winner (None: a new or a deleted document)."""

    id: DocId
    body: bytes
    parent: Rev | None = None
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One row of `_changes`: a document at its latest sequence, its leaves with the winner first."""

    seq: str
    id: DocId
    leaves: tuple[Leaf, ...]
    deleted: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Rows strictly after a sequence. `last_seq` is the sequence of the last row read, never beyond it."""

    rows: tuple[Change, ...]
    last_seq: str
    pending: int


@dataclass(frozen=True, slots=True)
class Missing:
    """What `_revs_diff` answers for one document."""

    missing: tuple[Rev, ...]
    possible_ancestors: tuple[Rev, ...]


@dataclass(frozen=True, slots=True)
class Info:
    """The figures of a database; reading them costs the same whatever its size."""

    name: str
    update_seq: str
    doc_count: int
    doc_del_count: int


@dataclass(frozen=True, slots=True)
class Query:
    """Winners that are not deleted and whose top-level-path values equal `where`, ordered by identifier.

    Keys of `where` are dotted paths into the body (`data.household`); at least one of them must be indexed for this
    database (see `fieldsync.stores.indexes`). `after` is an identifier: a cursor that stays good while others write.
    """

    where: Mapping[str, str | int | bool]
    after: str = ""
    limit: int = 1000


@dataclass(frozen=True, slots=True)
class ChangesQuery:
    """What to read of `_changes`; an unknown, malformed or foreign `since` rewinds to the beginning."""

    since: str = "0"
    limit: int | None = None
    descending: bool = False
    ids: frozenset[str] | None = field(default=None)


class Database(Protocol):
    """One database of a store."""

    name: str

    def info(self) -> Info:
        """Return the database's figures in constant time."""

    def changes(self, query: ChangesQuery) -> Page:
        """Read a page of changes, without holes: a row is never shown while a lower sequence can still be committed.

        With `ids`, rows of other documents are skipped and `last_seq` still advances over them. `since="now"` reads
        nothing and answers the present sequence.
        """

    def get(self, doc_id: DocId, rev: Rev | None = None) -> Revision | None:
        """Return a revision (default: the winner, also when that is deleted), or None."""

    def leaves(self, doc_id: DocId) -> tuple[Leaf, ...]:
        """Return all leaves, winner first; empty for an unknown document."""

    def revisions(self, wanted: Sequence[tuple[DocId, Rev | None]], *, latest: bool = True) -> list[list[Revision]]:
        """Return for each request, in order, its revision; with `latest` the leaves that descend from it.

        Without a revision: the winner. An empty list where nothing is known. One read transaction for all.
        """

    def missing(self, revs: Mapping[DocId, Sequence[Rev]]) -> dict[DocId, Missing]:
        """Compare with all known revisions (inner and bodiless ones too); only documents with gaps are answered."""

    def graft(self, grafts: Sequence[Graft]) -> list[bool]:
        """Write revisions with their paths in one durable transaction; True for each that was new.

        Missing ancestors enter the tree without a body, new roots are allowed, a known revision changes nothing and
        makes no new sequence; a revision known without a body (an inner stub) gets none later either.
        """

    def put(self, put: Put) -> Rev:
        """Write on the present winner. Raises Conflict when `parent` is not it."""

    def add(self, documents: Sequence[tuple[DocId, bytes]]) -> list[bool]:
        """Put each if absent, in one durable transaction; False for those that exist (whatever their body)."""

    def documents(
        self, start: str = "", end: str = "\U0010ffff", *, limit: int | None = None, descending: bool = False
    ) -> Iterator[Revision]:
        """Yield the winners that are not deleted with start <= id < end (code point order), in order of id.

        Reads in bounded batches, so a writer is never held up and memory stays flat.
        """

    def find(self, query: Query) -> list[Revision]:
        """Return the winners that match."""

    def local(self, local_id: str) -> bytes | None:
        """Return a `_local` document as it was stored."""

    def put_local(self, local_id: str, body: bytes) -> None:
        """Keep a `_local` document, durably; it never shows in the changes."""

    def delete_local(self, local_id: str) -> bool:
        """Drop a `_local` document; False if there was none."""


class Store(Protocol):
    """All databases of an installation."""

    def uuid(self) -> str:
        """Return the installation's identifier: stable across restarts and processes, rotated by a restore."""

    def database(self, name: str) -> Database:
        """Return a database. Raises DatabaseMissing."""

    def create(self, name: str) -> Database:
        """Return a database, made if it is not there."""

    def delete(self, name: str) -> bool:
        """Drop a database with all it holds; False if there was none."""

    def names(self) -> list[str]:
        """Return the names of all databases, sorted."""

    def watch(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """Call `listener` with a database's name soon after it changed; returns the function that ends this.

        Hints only: another process's writes are noticed late or never. The listener must not block.
        """

    def close(self) -> None:
        """Release every file and thread."""


Json = dict[str, Any]

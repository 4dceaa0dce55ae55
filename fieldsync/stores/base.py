"""What every store offers: databases of documents with revision trees, as CouchDB has them.

Two hops: a use case calls these methods and nothing else of a store. A body is the JSON bytes of an object whose only
member that begins with an underscore may be `_attachments`: it then comes first, as stubs alone (see
`fieldsync.attachments`); what they name is in the store's blobs. All methods block; they may be called from any thread.
Everything that returns after writing is durable (fsync, or a quorum) by then; else it raises StoreUnavailable. What is
refused (BadInput) leaves nothing of its batch behind. A batch that is interrupted may be half written where the store
says so (CouchDB); each of its documents is whole or not there, and writing the batch again ends it. Identifiers that
begin with an underscore are reserved, but for `_design/`: such a document is kept like others, and nothing in it is
run. JSON is kept as JSON: a store may spell a body anew (CouchDB does), and integers beyond 2^53 and the order of
repeated names are nobody's promise.

Source of the terms: CouchDB documentation, "CouchDB Replication Protocol".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import msgspec

from fieldsync.documents import DocId, Rev


class Leaf(msgspec.Struct, frozen=True, gc=False):
    """An end of a revision tree."""

    rev: Rev
    deleted: bool


class Revision(msgspec.Struct, frozen=True, gc=False):
    """A stored revision with its body; `path` is the revision itself and its known ancestors, newest first."""

    id: DocId
    rev: Rev
    path: tuple[Rev, ...]
    deleted: bool
    body: bytes


class Graft(msgspec.Struct, frozen=True, gc=False):
    """A revision made elsewhere (or hashed by us), with the path it hangs on, newest first, itself included."""

    id: DocId
    path: tuple[Rev, ...]
    body: bytes
    deleted: bool = False


class Put(msgspec.Struct, frozen=True, gc=False):
    """A write of the ordinary kind: on `parent`, the present winner (None: a new or a deleted document).

    The store names the revision, the same write on the same parent always alike.
    """

    id: DocId
    body: bytes
    parent: Rev | None = None
    deleted: bool = False


class Change(msgspec.Struct, frozen=True, gc=False):
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


class Missing(msgspec.Struct, frozen=True, gc=False):
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
    """Winners that are not deleted, whose values equal `where` and begin with `prefix`, ordered by identifier.

    Keys of `where` and `prefix` are dotted paths into the body (`data.household`); at least one of them must be indexed
    for this database (see `fieldsync.stores.indexes`). `after` is an identifier: a cursor that stays good while others
    write.
    """

    where: Mapping[str, str | int | bool]
    after: str = ""
    limit: int = 1000
    prefix: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChangesQuery:
    """What to read of `_changes`; an unknown, malformed or foreign `since` rewinds to the beginning."""

    since: str = "0"
    limit: int | None = None
    descending: bool = False
    ids: frozenset[str] | None = field(default=None)


@dataclass(frozen=True, slots=True)
class ChangesView:
    """How the rows of `_changes` look to a client."""

    all_leaves: bool = False
    include_docs: bool = False
    conflicts: bool = False


@dataclass(frozen=True, slots=True)
class Rows:
    """A page of changes as clients see it: each row the JSON bytes of an object, else as `Page`."""

    rows: Sequence[bytes]
    last_seq: str
    pending: int


@dataclass(frozen=True, slots=True)
class StoreOptions:
    """What an operator may choose of a store; each store reads what concerns it.

    `revs_limit`: how many revisions of a branch are remembered. `key`: what encrypts the files, empty for plain ones.
    `couchdb_q`, `couchdb_n`, `couchdb_placement`: how new databases are spread over a cluster; None leaves it to it. A
    cell has one shard, whatever `couchdb_q`. `idle`: how many connections to files stay open at most while nobody uses
    them, each with half a megabyte of what was read last: few for who goes through many databases once.
    """

    revs_limit: int = 1000
    key: str = ""
    couchdb_q: int | None = None
    couchdb_n: int | None = None
    couchdb_placement: str | None = None
    idle: int | None = None


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

    def rows(self, query: ChangesQuery, view: ChangesView) -> Rows:
        """Read a page of changes as `changes` does, as the rows that clients see, unparsed."""

    def bulk(self, wanted: Sequence[tuple[DocId, Rev | None]], *, latest: bool, history: bool) -> list[bytes]:
        """Return for each request, in order, the JSON of its result in `_bulk_get`: what `revisions` finds, unparsed.

        With `history` each document has `_revisions`. Attachments are stubs. What is not known is a `not_found` result.
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
        """Compare with all known revisions (inner and bodiless ones too); only documents with gaps are answered.

        What is no revision's name is missing like any that is not known, and has no possible ancestors.
        """

    def graft(self, grafts: Sequence[Graft]) -> list[bool]:
        """Write revisions with their paths, durably, each document whole or not at all; True for each that was new.

        Missing ancestors enter the tree without a body, new roots are allowed, a known revision changes nothing and
        makes no new sequence; a revision known without a body (an inner stub) gets none later either. What is new gets
        its sequences in order of identifier.
        """

    def put(self, put: Put) -> Rev:
        """Write on the present winner. Raises Conflict when `parent` is not it."""

    def add(self, documents: Sequence[tuple[DocId, bytes]]) -> list[bool]:
        """Put each if absent, durably; False for those that exist (whatever their body, deleted ones too)."""

    def documents(
        self, start: str = "", end: str = "\U0010ffff", *, limit: int | None = None, descending: bool = False
    ) -> Iterator[Revision]:
        """Yield the winners that are not deleted with start <= id < end (code point order), in order of id.

        Reads in bounded batches, so a writer is never held up and memory stays flat.
        """

    def below(self, prefixes: Sequence[str]) -> Iterator[Revision]:
        """Yield the live winners whose identifiers begin with one of some texts, a text after the other.

        For a few hundred texts with a few documents each: all of them are read at once.
        """

    def leaves_of(self, ids: Sequence[DocId]) -> dict[DocId, tuple[Leaf, ...]]:
        """Return all leaves of documents, winner first; without those that are not known."""

    def find(self, query: Query) -> list[Revision]:
        """Return the winners that match."""

    def local(self, local_id: str) -> bytes | None:
        """Return a `_local` document as it was stored."""

    def put_local(self, local_id: str, body: bytes) -> None:
        """Keep a `_local` document, durably; it never shows in the changes."""

    def delete_local(self, local_id: str) -> bool:
        """Drop a `_local` document; False if there was none."""

    def locals(self) -> Iterator[tuple[str, bytes]]:
        """Yield all `_local` documents with their names, in order, reading in bounded batches."""

    def drop_locals(self) -> int:
        """Drop all `_local` documents, as a restore must; returns how many there were."""


class Blobs(Protocol):
    """The contents of attachments, each kept once, by its digest (`md5-` and base64, as on the wire)."""

    def put(self, contents: Mapping[str, bytes]) -> None:
        """Keep contents by their digests, durably. Raises BadInput where other bytes have the same digest."""

    def get(self, digest: str) -> bytes | None:
        """Return the bytes of a digest, or None."""

    def lengths(self, digests: Iterable[str]) -> dict[str, int]:
        """Return the length in bytes of each digest that is kept."""

    def digests(self) -> Iterator[str]:
        """Yield all digests that are kept, in order."""

    def drop(self, digests: Iterable[str]) -> int:
        """Drop contents for good, so that no file still has them; returns how many there were.

        A store whose files are written by another program leaves the last to its compaction.
        """


class Store(Protocol):
    """All databases of an installation."""

    def uuid(self) -> str:
        """Return the installation's identifier: stable across restarts and processes, rotated by a restore."""

    def rotate_uuid(self) -> str:
        """Give the installation a new identifier, durably, and return it: clients' checkpoints then begin again."""

    def blobs(self) -> Blobs:
        """Return the contents of the attachments of all databases."""

    def database(self, name: str) -> Database:
        """Return a database. Raises DatabaseMissing, here or where it is first used."""

    def create(self, name: str) -> Database:
        """Return a database, made if it is not there."""

    def delete(self, name: str) -> bool:
        """Drop a database with all it holds; False if there was none."""

    def names(self) -> list[str]:
        """Return the names of all databases, sorted."""

    def sequences(self, names: Sequence[str]) -> dict[str, str]:
        """Return the present sequence of each of these databases that is there and can be read, as `info` has it.

        One that is the same as before says that nothing has changed.
        """

    def watch(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """Call `listener` with a database's name soon after it changed; returns the function that ends this.

        Hints only: another process's writes are noticed late or never. The listener must not block.
        """

    def close(self) -> None:
        """Release every file and thread."""


@dataclass(frozen=True, slots=True)
class Damage:
    """Something wrong with what is stored: where, what, and how to mend it."""

    database: str
    document: str
    fault: str
    remedy: str


@runtime_checkable
class FileStore(Protocol):
    """What a store offers beside, whose databases are files: copies of whole files, and a look into them."""

    def snapshot(self, names: Sequence[str], folder: Path) -> list[Path]:
        """Copy databases into files of a folder, all as they are at one moment; writers go on meanwhile.

        The copies are as encrypted as the store.
        """

    def adopt(self, file: Path) -> str:
        """Take in a copy of a database that is not there, without its `_local` documents; returns its name.

        Its sequences begin anew for clients. Raises Conflict where the database exists.
        """

    def reencrypt(self, file: Path, key: str) -> None:
        """Encrypt a copy of one of the store's databases with another key; empty for none."""

    def damages(self, name: str, *, quick: bool) -> Iterator[Damage]:
        """Look for what is wrong within a database's file; `quick` leaves out whether indexes agree with tables."""


@runtime_checkable
class Compacting(Protocol):
    """What a database offers beside that keeps the bodies of replaced revisions until it is asked to drop them."""

    def compact(self) -> int:
        """Drop the bodies of all revisions that are no leaves; returns how many there were. Leaves and paths stay."""


@runtime_checkable
class Wiping(Protocol):
    """What a database offers beside that can take documents out for good, so that no file still has them."""

    def forget(self, ids: Sequence[DocId]) -> int:
        """Take documents out with all their revisions, as if they had never been; returns how many there were."""

    def blank(self, ids: Sequence[DocId]) -> None:
        """Empty the bodies of all revisions of documents but their winners."""

    def wipe(self) -> None:
        """Write what is kept anew, so that nothing deleted is left. Raises StoreUnavailable while others read."""


Json = dict[str, Any]

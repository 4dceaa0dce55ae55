"""Whether what a store holds is whole: its files, its documents, its attachments.

Whether the ledger accounts for what is in the cells is another question: `fieldsync audit` answers it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import msgspec

from fieldsync.attachments import digest_of, stubs_in
from fieldsync.copying import BLOBS
from fieldsync.documents import DocId, Rev, decode_body
from fieldsync.errors import BadInput, FieldsyncError
from fieldsync.revisions import check_path, ranked
from fieldsync.stores.base import Blobs, Change, ChangesQuery, Damage, Database, FileStore, Revision, Store

PAGE = 500
_RESTORE = "restore this database from a backup"
_ATTACHMENT = "let the tablet that wrote it send it again, or restore the attachments from a backup"


def damages(store: Store, *, quick: bool = False, advance: Callable[[str], None] = lambda _: None) -> Iterator[Damage]:
    """Yield everything that is wrong with a store; `quick` leaves out what takes longest. Changes nothing."""
    for name in store.names():
        within = list(store.damages(name, quick=quick)) if isinstance(store, FileStore) else []
        yield from within
        if name != BLOBS and not within:
            yield from _guarded(name, _documents(store.database(name), store.blobs()))
        advance(name)
    if not quick:
        yield from _guarded(BLOBS, _contents(store.blobs()))


def _guarded(name: str, found: Iterator[Damage]) -> Iterator[Damage]:
    """Yield what is found; what keeps the search from going on is a damage, too."""
    try:
        yield from found
    except FieldsyncError as error:
        yield Damage(name, "", f"cannot be read on: {error.message}", _RESTORE)


def _documents(database: Database, blobs: Blobs) -> Iterator[Damage]:
    """Compare what the methods of a database say of the same documents."""
    before, since, live, deleted = database.info(), "0", 0, 0
    while rows := (page := database.changes(ChangesQuery(since=since, limit=PAGE))).rows:
        yield from _rows(database, blobs, rows)
        live += sum(not row.deleted for row in rows)
        deleted += sum(row.deleted for row in rows)
        since = page.last_seq
    after = database.info()
    if before == after and (after.doc_count, after.doc_del_count) != (live, deleted):
        said = f"counts {after.doc_count} documents and {after.doc_del_count} deleted ones; shows {live} and {deleted}"
        yield Damage(database.name, "", said, _RESTORE)


def _rows(database: Database, blobs: Blobs, rows: Sequence[Change]) -> Iterator[Damage]:
    asked: list[tuple[DocId, Rev | None]] = [(row.id, leaf.rev) for row in rows for leaf in row.leaves]
    found = database.revisions(asked, latest=False)
    for row in rows:
        if list(row.leaves) != ranked(row.leaves) or row.leaves[0].deleted != row.deleted:
            yield Damage(database.name, row.id, "its winner is not the first of its leaves", _RESTORE)
    for (doc_id, rev), revisions in zip(asked, found, strict=True):
        if not revisions and database.leaves(doc_id):
            yield Damage(database.name, doc_id, f"the body of {rev} is not there", _RESTORE)
        for one in revisions:
            yield from (Damage(database.name, doc_id, fault, _RESTORE) for fault in _faults(one))
    yield from _attachments(database.name, blobs, [one for revisions in found for one in revisions])


def _faults(one: Revision) -> Iterator[str]:
    try:
        check_path(one.path)
        decode_body(one.body)
    except BadInput as error:
        yield error.message
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        yield f"the body of {one.rev} is not a JSON object ({error})"


def _attachments(name: str, blobs: Blobs, revisions: Sequence[Revision]) -> Iterator[Damage]:
    try:
        named = {one.id: stubs_in(one.body) for one in revisions}
    except msgspec.MsgspecError as error:
        yield Damage(name, "", f"attachments cannot be read ({error})", _RESTORE)
        return
    kept = blobs.lengths({stub.digest for stubs in named.values() for stub in stubs.values()})
    for doc_id, stubs in named.items():
        for attached, stub in stubs.items():
            if stub.digest not in kept:
                yield Damage(name, doc_id, f"the attachment {attached!r} ({stub.digest}) is not there", _ATTACHMENT)
            elif kept[stub.digest] != stub.length:
                yield Damage(name, doc_id, f"the attachment {attached!r} has another length than it says", _ATTACHMENT)


def _contents(blobs: Blobs) -> Iterator[Damage]:
    for digest in blobs.digests():
        content = blobs.get(digest)
        if content is not None and digest_of(content) != digest:
            yield Damage(BLOBS, digest, "the content is not what its digest says", _ATTACHMENT)

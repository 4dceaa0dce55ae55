"""Copies from any store into any other, through what every store offers: all leaves with their paths and bodies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from fieldsync import ledger
from fieldsync.attachments import stubs_in
from fieldsync.documents import DocId, Rev
from fieldsync.stores.base import Blobs, Change, ChangesQuery, Database, Graft, Revision, Store
from fieldsync.vault.person_keys import NAME as PERSON_KEYS

BLOBS = "blobs"
"""The database that an embedded store keeps attachments in; they are copied as what they are."""
PAGE = 200
_BLOB_BATCH = 50
Wanted = Callable[[str], bool]


def copy_store(source: Store, target: Store, advance: Callable[[str], None] = lambda _: None) -> None:
    """Copy all databases and attachments, in an order that stays whole while others write to the source.

    What is written first is copied last, as after a crash: cells, then the ledger, then the rest. The ledger's
    revisions come before the registry's values, its outcomes after them; so at the end the revisions that came
    meanwhile are copied once more, without outcomes. Then the keys of persons, which are written before whatever is
    sealed with them. Attachments are the very last. `_local` documents stay behind.
    """
    names = [name for name in source.names() if name not in (BLOBS, PERSON_KEYS)]
    seen = "0"
    for name in in_order(names):
        last = copy_database(source.database(name), target.create(name), source.blobs(), target.blobs())
        seen = last if name == ledger.NAME else seen
        advance(name)
    if ledger.NAME in names:
        books = source.database(ledger.NAME), target.create(ledger.NAME)
        copy_database(*books, source.blobs(), target.blobs(), since=seen, wanted=lambda doc_id: "#" not in doc_id)
    if PERSON_KEYS in source.names():
        copy_database(source.database(PERSON_KEYS), target.create(PERSON_KEYS), source.blobs(), target.blobs())
        advance(PERSON_KEYS)
    copy_blobs(source.blobs(), target.blobs(), source.blobs().digests())
    advance(BLOBS)


def in_order(names: Iterable[str]) -> list[str]:
    """Return databases in the order in which they are copied: cells, the ledger, the rest."""
    return sorted(names, key=lambda name: (not name.startswith("cell-"), name != ledger.NAME, name))


def copy_database(
    source: Database,
    target: Database,
    source_blobs: Blobs,
    target_blobs: Blobs,
    *,
    since: str = "0",
    wanted: Wanted = lambda _: True,
) -> str:
    """Copy the documents that changed after a sequence, with what their bodies attach; returns the last sequence."""
    while (page := source.changes(ChangesQuery(since=since, limit=PAGE))).rows:
        revisions = list(_revisions(source, [row for row in page.rows if wanted(row.id)]))
        digests = {stub.digest for one in revisions for stub in stubs_in(one.body).values()}
        copy_blobs(source_blobs, target_blobs, digests)
        target.graft([Graft(one.id, one.path, one.body, one.deleted) for one in revisions])
        since = page.last_seq
    return since


def all_revisions(source: Database) -> Iterator[Revision]:
    """Yield all revisions of a database whose bodies are kept, ancestors before their descendants."""
    since = "0"
    while (page := source.changes(ChangesQuery(since=since, limit=PAGE))).rows:
        yield from _revisions(source, page.rows)
        since = page.last_seq


def _revisions(source: Database, rows: Sequence[Change]) -> Iterator[Revision]:
    """Yield the revisions of documents whose bodies are kept, ancestors before their descendants."""
    asked: list[tuple[DocId, Rev | None]] = [(row.id, leaf.rev) for row in rows for leaf in row.leaves]
    leaves = [one for found in source.revisions(asked, latest=False) for one in found]
    inner = dict.fromkeys((leaf.id, rev) for leaf in leaves for rev in reversed(leaf.path[1:]))
    for found in source.revisions(list(inner), latest=False):
        yield from found
    yield from leaves


def copy_blobs(source: Blobs, target: Blobs, digests: Iterable[str]) -> None:
    """Copy the contents of attachments that the target does not have."""
    for batch in _batches(digests):
        lacking = batch - target.lengths(batch).keys()
        found = {digest: content for digest in lacking if (content := source.get(digest)) is not None}
        if found:
            target.put(found)


def _batches(digests: Iterable[str]) -> Iterator[set[str]]:
    batch: set[str] = set()
    for digest in digests:
        batch.add(digest)
        if len(batch) == _BLOB_BATCH:
            yield batch
            batch = set()
    if batch:
        yield batch

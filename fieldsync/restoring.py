"""What the ledger has and a cell does not: entered again after a crash, and after a restore."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fieldsync.documents import DocId, Rev, cell_database, encode_body
from fieldsync.ledger import DocumentLog, Entry, Ledger
from fieldsync.revisions import generation
from fieldsync.stores.base import Database, Graft, Leaf, Store
from fieldsync.vault import OpenedStore, Vault


def enter_what_was_left_out(database: Database, doc_id: DocId, log: DocumentLog) -> int:
    """Graft the accepted revisions that the ledger has and the cell does not; returns how many were new.

    A revision is recorded before it enters its cell, so what a crash or an older copy leaves out is known here.
    """
    grafts = [
        Graft(doc_id, tuple(map(Rev, log.path(e.rev))), encode_body(e.body or {}), e.deleted)
        for e in sorted(left_out(log, database.leaves(doc_id)), key=lambda e: generation(e.rev))
    ]
    return sum(database.graft(grafts)) if grafts else 0


def left_out(log: DocumentLog, leaves: Sequence[Leaf]) -> list[Entry]:
    """Return the accepted revisions that a cell with these leaves of a document does not have."""
    ancestry = log.ancestry()
    entered = frozenset().union(*(ancestry.of(leaf.rev) for leaf in leaves))
    return [e for e in log.entries.values() if e.is_accepted and not e.is_short and e.rev not in entered]


def replay(store: Store, vault: Vault, area: str = "", advance: Callable[[int], None] = lambda _: None) -> int:
    """Enter into the cells of an area what the ledger has and they lack; returns how many revisions that were.

    A cell that is not there is made. Idempotent; `advance` is told of each document.
    """
    entered, opened = 0, OpenedStore(store, vault)
    for cell, document, log in Ledger(store, vault).documents(area):
        entered += enter_what_was_left_out(opened.create(cell_database(cell)), DocId(document), log)
        advance(1)
    return entered

"""What erasing a document does in the books and in its cell; may be repeated. Keys and records are not its own.

The books come first, for what has only tombstones left in a cell counts as buried.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fieldsync.admit import Books
from fieldsync.documents import DocId, Rev, cell_database
from fieldsync.ledger import Outcome
from fieldsync.server_writes import Draft, Pen
from fieldsync.stores.base import Database, Wiping
from fieldsync.vault import SealedCell


@dataclass(frozen=True, slots=True)
class Ground:
    """Why something is erased, when, and by whom: `cause` stands with each change, and in the tombstones."""

    cause: str
    at: str
    by: str


class Burying:
    """Ends documents whose content goes for good."""

    def __init__(self, books: Books, pen: Pen) -> None:
        self._books, self._pen = books, pen

    def bury(self, cell: str, document: str, ground: Ground) -> None:
        """Give a document's changes the outcome `erased`, and its live leaves tombstones."""
        log = self._books.ledger.document(cell, document)
        outcomes = [
            Outcome(
                cell=cell,
                document=document,
                rev=entry.rev,
                item=item,
                outcome="erased",
                cause=ground.cause,
                at=ground.at,
                by=ground.by,
            )
            for entry in log.entries.values()
            if entry.is_edit and not entry.quarantined
            for item in entry.changes
        ]
        self._books.ledger.conclude(outcomes, log)
        self.end(cell, document, ground.cause)

    def end(self, cell: str, document: str, cause: str) -> None:
        """Give the live leaves of a document tombstones."""
        drafts = [Draft(DocId(document), {}, (rev,), deleted=True, cause=cause) for rev in self.live(cell, document)]
        self._pen.write(cell, drafts)

    def live(self, cell: str, document: str) -> list[Rev]:
        """Return the leaves of a document that are not tombstones."""
        leaves = self._books.store.database(cell_database(cell)).leaves(DocId(document))
        return [leaf.rev for leaf in leaves if not leaf.deleted]

    def clean(self, cell: str, documents: Iterable[str]) -> None:
        """Empty what documents were before their tombstones, and write the cell's file anew."""
        opened = self._books.store.database(cell_database(cell))
        database = opened.kept if isinstance(opened, SealedCell) else opened
        if isinstance(database, Wiping):
            database.blank([DocId(one) for one in documents])
        wipe(database)


def wipe(database: Database) -> None:
    """Write a database's file anew, where the store can, so that nothing which was taken out is left in it."""
    if isinstance(database, Wiping):
        database.wipe()

"""Pushes that a crash cut short after the ledger had them, and that nobody repeats: their tablet is lost or cut off.

A tablet that was not answered sends again, as a rule, and the intake does then what was left undone. What is never sent
again would be in the ledger for good, and in no cell. So the ledger's own sequence is followed, page by page: where a
cell does not know a revision that the ledger has, the intake takes it up again. A push that is under way meanwhile only
does the same. How far that has come is a `_local` document: a restored store, which has none, looks at all of it.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from fieldsync.documents import DocId, Rev, cell_database
from fieldsync.intake import Intake
from fieldsync.ledger import Ledger
from fieldsync.stores.base import Store

PAGE = 1000
PAGES = 20
"""How many pages of the ledger one call looks at, at most."""
_PLACE = "entered"
Gaps = dict[str, set[DocId]]
"""Documents by cell."""


class Unfinished:
    """Follows the ledger, and has the intake take up what a cell does not know."""

    def __init__(self, store: Store, ledger: Ledger, intake: Intake) -> None:
        self._store, self._ledger, self._intake, self._db = store, ledger, intake, store.create("ledger")

    def finish(self) -> int:
        """Take up what the ledger has gained, so many pages at most; returns of how many documents that was needed."""
        found = 0
        for _ in range(PAGES):
            page = self._ledger.changes(self._place(), PAGE)
            if not page.rows:
                break
            for cell, documents in self._gaps([row.id for row in page.rows if not row.deleted]).items():
                self._intake.finish(cell, sorted(documents))
                found += len(documents)
            self._db.put_local(_PLACE, msgspec.json.encode({"seq": page.last_seq}))
        return found

    def _place(self) -> str:
        kept = self._db.local(_PLACE)
        return str(msgspec.json.decode(kept)["seq"]) if kept else "0"

    def _gaps(self, rows: Iterable[str]) -> Gaps:
        """Return the documents of rows that are revisions, not outcomes, where their cell does not know them."""
        named: dict[str, dict[DocId, list[Rev]]] = {}
        for row in rows:
            cell, _, rest = row.partition("/")
            document, _, rev = rest.rpartition("@")
            if document and "#" not in rev:
                named.setdefault(cell, {}).setdefault(DocId(document), []).append(Rev(rev))
        found = {cell: self._store.create(cell_database(cell)).missing(revs) for cell, revs in named.items()}
        return {cell: set(gaps) for cell, gaps in found.items() if gaps}

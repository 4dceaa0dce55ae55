"""The demographic balances of cells, read from what the cells hold now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from fieldsync.accounting.balance import Balance, Month, balance_of
from fieldsync.documents import cell_database, decode_body
from fieldsync.stores.base import Store

_PREFIX, _SEALED = "cell-", "-sealed"


class Balances:
    """Balances cells, one at a time: about 5 ms for a cell of 1,300 persons."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, month: Month, areas: Sequence[str], after: str = "") -> Iterator[Balance]:
        """Yield the balance of each cell of some areas that has a code greater than `after`, in order of code."""
        names = (name.removeprefix(_PREFIX) for name in self._store.names() if name.startswith(_PREFIX))
        cells = sorted(n for n in names if not n.endswith(_SEALED) and n.startswith(tuple(areas)) and n > after)
        for cell in cells:
            yield self.one(cell, month)

    def page(self, month: Month, areas: Sequence[str], after: str, limit: int) -> dict[str, Any]:
        """Return a page of balances as JSON, and where the next one begins."""
        found: list[Balance] = []
        for balance in self.of(month, areas, after):
            if len(found) == limit:
                return {"balances": [one.report() for one in found], "next": found[-1].cell}
            found.append(balance)
        return {"balances": [one.report() for one in found], "next": None}

    def one(self, cell: str, month: Month) -> Balance:
        """Return the balance of a cell. Raises DatabaseMissing."""
        database = self._store.database(cell_database(cell))
        rows = chain(database.documents("stay:", "stay;"), database.documents("event:", "event;"))
        return balance_of(cell, month, ((row.id, decode_body(row.body)) for row in rows))

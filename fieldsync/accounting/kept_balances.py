"""Balances of cells that are kept until the cell changes: a city is read at once, not cell by cell.

One local document a cell in the database `balances`: the figures of each month that was asked for, with the sequence of
the cell they were made at. Derived: they may be thrown away and made again.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from fieldsync.accounting.balance import Month
from fieldsync.accounting.balances import Balances
from fieldsync.documents import cell_database
from fieldsync.errors import DatabaseMissing
from fieldsync.stores.base import Database, Store

NAME = "balances"
BUDGET = 200
"""Cells that one call balances at most: about a second's work."""
FEW = 300
_MOST_MONTHS = 14


class MonthFigures(msgspec.Struct, array_like=True, frozen=True):
    """The persons of a cell over a month, and of how many stays and events do not say the same."""

    opening: int = 0
    births: int = 0
    arrivals: int = 0
    deaths: int = 0
    departures: int = 0
    closing: int = 0
    differences: int = 0


class _Month(msgspec.Struct, array_like=True, frozen=True):
    seq: str
    figures: MonthFigures


class _Kept(msgspec.Struct):
    """The months of a cell that were asked for, those of the latest request last."""

    months: dict[str, _Month] = {}


class KeptBalances:
    """Keeps balances up with the cells."""

    def __init__(self, store: Store, balances: Balances) -> None:
        self._store, self._balances = store, balances
        self._db: Database = store.create(NAME)

    def refresh(self, month: Month, cells: Sequence[str], budget: int = BUDGET) -> list[str]:
        """Balance cells that have changed, so many at most; returns those that are still behind, in order."""
        present = self._store.sequences([cell_database(cell) for cell in cells])
        kept = self._read(cells)
        behind = [c for c in cells if (seq := present.get(cell_database(c))) and _seq(kept.get(c), month) != seq]
        for cell in behind[:budget]:
            self._balance(cell, month, present[cell_database(cell)], kept.get(cell) or _Kept())
        return behind[budget:]

    def read(self, month: Month, cells: Sequence[str]) -> dict[str, MonthFigures]:
        """Return the figures of a month as they were last made, of the cells of which there are any."""
        name = str(month)
        return {cell: one.months[name].figures for cell, one in self._read(cells).items() if name in one.months}

    def _balance(self, cell: str, month: Month, seq: str, kept: _Kept) -> None:
        try:
            balance = self._balances.one(cell, month)
        except DatabaseMissing:
            return
        events = {name: balance.events[name] for name in ("births", "arrivals", "deaths", "departures")}
        figures = MonthFigures(
            opening=balance.opening, closing=balance.closing, differences=len(balance.differences), **events
        )
        others = [(name, one) for name, one in kept.months.items() if name != str(month)][1 - _MOST_MONTHS :]
        self._db.put_local(cell, msgspec.json.encode(_Kept({**dict(others), str(month): _Month(seq, figures)})))

    def _read(self, cells: Sequence[str]) -> dict[str, _Kept]:
        if len(cells) > FEW:
            wanted = set(cells)
            rows = ((cell, body) for cell, body in self._db.locals() if cell in wanted)
        else:
            rows = ((cell, body) for cell in cells if (body := self._db.local(cell)))
        return {cell: msgspec.json.decode(body, type=_Kept) for cell, body in rows}


def _seq(kept: _Kept | None, month: Month) -> str | None:
    held = kept.months.get(str(month)) if kept else None
    return held.seq if held else None

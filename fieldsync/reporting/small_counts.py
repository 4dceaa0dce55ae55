"""Small counts, suppressed for whoever may not see persons, and nothing shown that they could be worked out from. Pure.

Of every count of people, homes or their records: 1 up to a bound is suppressed, 0 is told, and all else is rounded to a
multiple of the bound, up or down at random but always alike for the same figure. Rows, totals and reports are rounded
each by itself, so they do not add up: whatever is taken from whatever, the suppressed count may still be at least two
numbers (the next figure but one is as likely), and asking again tells nothing new.

Source: random rounding as Statistics Canada and Stats NZ apply it to census tables; Hundepool et al., "Statistical
Disclosure Control" (2012), 5.4.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, replace
from typing import Any

from fieldsync.reporting.table import Line, Table, with_shares


@dataclass(frozen=True, slots=True)
class SmallCounts:
    """Suppresses counts from 1 to `below` - 1; `secret` decides which way the others are rounded."""

    below: int
    secret: bytes

    def shown(self, table: Table) -> Table:
        """Return a report as somebody may see it who may not see persons; a bound of 1 suppresses nothing."""
        if self.below <= 1:
            return table
        rows = [self._line(row, table) for row in table.rows]
        return replace(table, rows=rows, total=self._line(table.total, table), hidden_below=self.below)

    def figure(self, about: str, name: str, value: int) -> int | None:
        """Return a count as it is shown; None where it is suppressed. `about` and `name` say which figure it is."""
        size = abs(value)
        if 0 < size < self.below:
            return None
        over = size % self.below
        rounded = size - over + (self.below if self._chance(f"{about}|{name}|{value}") < over / self.below else 0)
        return rounded if value >= 0 else -rounded

    def _chance(self, figure: str) -> float:
        """Return a number from 0 up to 1 that is always the same for a figure, and nobody's to foresee."""
        digest = hmac.digest(self.secret, figure.encode(), hashlib.sha256)
        return int.from_bytes(digest[:7], "big") / 2**56

    def _line(self, line: Line, table: Table) -> Line:
        counted = {c.name for c in table.columns if c.measure == "count" and line.values[c.name] is not None}
        figures: dict[str, Any] = {name: self.figure(line.about, name, line.values[name]) for name in counted}
        hidden = frozenset(name for name, value in figures.items() if value is None)
        return with_shares(Line(line.about, {**line.values, **figures}, hidden), table.columns)

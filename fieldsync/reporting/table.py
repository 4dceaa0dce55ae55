"""The one shape of all reports: columns with their headings, rows, a total. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Measure = Literal["text", "plain", "count", "share"]
"""What stands in a column: a text; a number about no people; how many people, homes or records of them; a share."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column with its headings; a `share` is one count `of` another."""

    name: str
    zh: str
    en: str
    measure: Measure = "count"
    of: tuple[str, str] | None = None

    def heading(self, language: str) -> str:
        """Return the heading in a language, zh or en."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Line:
    """A row: `about` names what it counts the same way in every report; `hidden` the counts that are suppressed."""

    about: str
    values: Mapping[str, Any]
    hidden: frozenset[str] = frozenset()

    @property
    def key(self) -> str:
        """Return what the row is found by; pages are in this order."""
        return str(self.values["key"])

    def report(self) -> dict[str, Any]:
        """Return the row as JSON."""
        return {**self.values, **({"hidden": sorted(self.hidden)} if self.hidden else {})}


@dataclass(frozen=True, slots=True)
class Table:
    """A report: what it is about, its columns and rows, and `behind`, how many cells have changed since they were read.

    `hidden_below`: counts from 1 up to this are suppressed and others rounded to a multiple of it; None: all are exact.
    """

    report: str
    asked: Mapping[str, Any]
    columns: Sequence[Column]
    rows: Sequence[Line]
    total: Line
    behind: int = 0
    hidden_below: int | None = None

    def headed(self) -> dict[str, Any]:
        """Return all but the rows as JSON."""
        return {
            "report": self.report,
            "asked": dict(self.asked),
            "columns": [{"name": c.name, "zh": c.zh, "en": c.en, "measure": c.measure} for c in self.columns],
            "total": self.total.report(),
            "behind": self.behind,
            "hidden_below": self.hidden_below,
        }

    def whole(self) -> dict[str, Any]:
        """Return the report as JSON."""
        return {**self.headed(), "rows": [row.report() for row in self.rows]}


KEY = (Column("key", "编号", "key", "text"), Column("name", "名称", "name", "text"))


def summed(rows: Iterable[Line], columns: Sequence[Column], about: str) -> Line:
    """Return the total of rows that have nothing in common."""
    kept = list(rows)
    counted = [column.name for column in columns if column.measure in ("count", "plain")]
    texts = {column.name: "" for column in columns if column.measure == "text"}
    return Line(about, {**texts, **{name: sum(row.values[name] or 0 for row in kept) for name in counted}})


def with_shares(line: Line, columns: Sequence[Column]) -> Line:
    """Return a row with its shares; None where a count is suppressed or nothing is there to be a share of."""
    shares = {c.name: _share(line.values[c.of[0]], line.values[c.of[1]]) for c in columns if c.of is not None}
    values = {column.name: shares.get(column.name, line.values.get(column.name)) for column in columns}
    return Line(line.about, values, line.hidden)


def _share(part: int | None, whole: int | None) -> float | None:
    return round(min(part / whole, 1.0), 4) if part is not None and whole else None

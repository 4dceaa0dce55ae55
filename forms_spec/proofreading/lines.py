"""The rows of the survey sheet for proofreading: what of each counts, and how a mistake in it is said."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from pyxform.xls2json import RE_BEGIN_CONTROL, RE_END_CONTROL

from forms_spec.sheets import FIRST_ROW, Row, cell_of

_REPEATS = frozenset({"repeat", "lgroup", "looped group"})
_YES = frozenset({"yes", "true", "true()"})


class Line(NamedTuple):
    """A row that says something: its number, type and name, and its cells by header."""

    number: int
    type: str
    name: str
    cells: Row

    def say(self, message: str) -> str:
        """Return a mistake in this row in pyxform's manner, which names the row in front."""
        return f"[row : {self.number}] {message}"

    def begins(self) -> str:
        """Return what a row opens: `group`, `repeat` or `loop`; blank where it opens nothing."""
        return _kind(RE_BEGIN_CONTROL.search(self.type))

    def ends(self) -> str:
        """Return what a row closes, blank where it closes nothing."""
        return _kind(RE_END_CONTROL.search(self.type))


def _kind(match: Any) -> str:
    if match is None:
        return ""
    return "repeat" if match["type"] in _REPEATS else str(match["type"])


def lines_of(rows: list[Row]) -> Iterator[Line]:
    """Yield the rows that count: neither blank nor disabled."""
    for number, cells in enumerate(rows, FIRST_ROW):
        if any(cells.values()) and cell_of(cells, "disabled").lower() not in _YES:
            yield Line(number, " ".join(cell_of(cells, "type").split()), cell_of(cells, "name"), cells)

"""The cells that a report covers, put together by area, and what names a set of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from fieldsync.areas import CellPlace

AREAS = ("cell", "community", "street", "district")


@dataclass(frozen=True, slots=True)
class Ground:
    """The cells of a report, in order of code."""

    cells: Sequence[CellPlace]

    @property
    def codes(self) -> list[str]:
        """Return the codes of all cells."""
        return [cell.code for cell in self.cells]

    def key(self, cell: CellPlace, by: str) -> str:
        """Return the row of a cell."""
        return cell.code if by == "cell" else cell.areas.get(by, cell.code)

    def groups(self, by: str) -> dict[str, list[str]]:
        """Return the codes of each row, in order of key."""
        found: dict[str, list[str]] = {}
        for cell in self.cells:
            found.setdefault(self.key(cell, by), []).append(cell.code)
        return dict(sorted(found.items()))


def about(codes: Iterable[str], *more: str) -> str:
    """Return what names a set of cells, however it was asked for: a row and a total of the same cells are one."""
    digest = blake2b("\n".join(sorted(codes)).encode(), digest_size=16).hexdigest()
    return "|".join((digest, *more))

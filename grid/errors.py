"""The one error of this package: what is wrong, where, and how to mend it."""

from __future__ import annotations


class GridError(ValueError):
    """Cells, codes or points that cannot be used as they are."""

    def __init__(self, what: str, where: str, mend: str) -> None:
        super().__init__(f"{where}: {what}; {mend}")
        self.what = what
        self.where = where
        self.mend = mend

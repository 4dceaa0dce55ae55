"""The one error of this package: what is wrong, where, and how to mend it."""

from __future__ import annotations


class GridError(ValueError):
    """Cells, codes or points that cannot be used as they are; `zh` says what and how to mend it in Chinese."""

    def __init__(self, what: str, where: str, mend: str, zh: str = "") -> None:
        super().__init__(f"{where}: {what}; {mend}")
        self.what = what
        self.where = where
        self.mend = mend
        self.zh = zh

    def at(self, place: str) -> GridError:
        """Return the same error with the name of the file before its own place."""
        return GridError(self.what, place if self.where == "file" else f"{place}: {self.where}", self.mend, self.zh)

    @property
    def told(self) -> str:
        """Return the error in one line, in English and, where it is there, in Chinese."""
        return f"{self} / {self.zh}" if self.zh else str(self)

"""Sequences as clients see them: `{number}-{the database's own identifier}`."""

from __future__ import annotations

import re
from dataclasses import dataclass

import apsw

_SEQUENCE = re.compile(r"(\d{1,18})-([0-9a-f]{8})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Figures:
    """The one row of figures of a database."""

    own: str
    update_seq: int
    doc_count: int
    doc_del_count: int

    def seq(self, number: int) -> str:
        """Return a sequence as clients see it."""
        return f"{number}-{self.own}"

    def since(self, text: str) -> int:
        """Return the number of a sequence: zero for what is malformed, another database's, or beyond the present."""
        if text == "now":
            return self.update_seq
        match = _SEQUENCE.fullmatch(text)
        if match is None or match[2] != self.own:
            return 0
        number = int(match[1])
        return number if number <= self.update_seq else 0


def read_figures(connection: apsw.Connection) -> Figures:
    """Return the figures within the present transaction."""
    return Figures(*connection.execute("SELECT own, update_seq, doc_count, doc_del_count FROM figures").get)

"""Rows on a table of their own while they are checked: a temporary file, so that memory stays flat whatever comes.

Placing rows, and refusing what refers to what was refused, are statements over that table.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from fieldsync.importing.faults import NO_CELL, NO_ID, NO_PERSON, TWICE, RowFault, unknown_cell

OUTER = {"dwelling": "building", "household": "dwelling", "stay": "household", "event": "household"}
"""The reference by which a kind finds its cell."""
_SCHEMA = """
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
CREATE TABLE entered (number INTEGER PRIMARY KEY, id TEXT UNIQUE, kind TEXT, file TEXT, row INTEGER, outer TEXT,
    person TEXT, usual INTEGER, cell TEXT, data BLOB, bad INTEGER DEFAULT 0);
CREATE INDEX entered_kind ON entered (kind, bad, number);
CREATE INDEX entered_person ON entered (person) WHERE person IS NOT NULL;
CREATE TABLE places (id TEXT, cell TEXT, first INTEGER, PRIMARY KEY (id, cell)) WITHOUT ROWID;
CREATE INDEX places_cell ON places (cell);
CREATE TABLE rejects (file TEXT, row INTEGER, id TEXT, en TEXT, zh TEXT, content TEXT);
CREATE TABLE known (id TEXT PRIMARY KEY, cell TEXT);
"""
_INSERT = (
    "INSERT OR IGNORE INTO entered (number, id, kind, file, row, outer, person, usual, cell, data, bad) "
    "VALUES (?,?,?,?,?,?,?,?,?,?,?)"
)
_INHERITS = """
UPDATE entered SET cell = COALESCE(
    (SELECT o.cell FROM entered o WHERE o.id = entered.outer AND NOT o.bad),
    (SELECT k.cell FROM known k WHERE k.id = entered.outer))
WHERE kind = ? AND NOT bad
"""
_LONELY = """
UPDATE entered SET bad = 2 WHERE NOT bad AND (kind = 'stay' OR (kind = 'event' AND person IS NOT NULL)) AND NOT EXISTS
    (SELECT 1 FROM entered p WHERE p.id = entered.person AND NOT p.bad) AND NOT EXISTS
    (SELECT 1 FROM known k WHERE k.id = entered.person)
"""
_PLACED = """
INSERT OR IGNORE INTO places SELECT person, cell, MAX(usual) FROM entered
    WHERE kind = 'stay' AND NOT bad AND cell IS NOT NULL GROUP BY person, cell
"""
_PERSONS = """
UPDATE entered SET cell = COALESCE(
    (SELECT cell FROM places p WHERE p.id = entered.id ORDER BY first DESC, cell LIMIT 1), NULLIF(cell, ''))
WHERE kind = 'person' AND NOT bad
"""


@dataclass(frozen=True, slots=True)
class Staged:
    """A row that may enter: its document, and the cells it belongs to, its own first."""

    id: str
    kind: str
    data: dict[str, Any]
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that may not enter, with all its reasons."""

    file: str
    row: int
    id: str
    reason: RowFault
    content: str


class Staging:
    """The rows of one import."""

    def __init__(self, cells: frozenset[str]) -> None:
        # Without a name: SQLite removes its file while it uses it, so that no crash leaves one.
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.executescript(_SCHEMA)
        self._db.execute("BEGIN")
        self._cells, self._number = cells, 0

    def close(self) -> None:
        """Throw the rows away."""
        self._db.close()

    def enter(self, kind: str, file: str, row: int, converted: Any, content: Mapping[str, str]) -> None:
        """Take in a row; one with faults, or whose id was there, is rejected."""
        self._number += 1
        data, faults = converted.data, list(converted.faults)
        values = (
            self._number,
            converted.id or None,
            kind,
            file,
            row,
            data.get(OUTER.get(kind, "")),
            data.get("person") if kind in ("stay", "event") else None,
            int(data.get("kind") == "usual" and not data.get("until")),
            converted.cell,
            msgspec.msgpack.encode(data),
            int(bool(faults)),
        )
        if not self._db.execute(_INSERT, values).rowcount:
            faults.append(TWICE)
        if converted.cell and converted.cell not in self._cells:
            faults.append(unknown_cell(converted.cell))
            self._db.execute("UPDATE entered SET bad = 1 WHERE number = ?", (self._number,))
        if faults:
            self._reject(file, row, converted.id, faults, msgspec.json.encode(dict(content)).decode())

    def place(self, known: Callable[[Sequence[str]], Mapping[str, str]]) -> None:
        """Find the cell of each row by its references, and reject those without; `known` tells records' cells."""
        self._learn(known)
        for kind in ("dwelling", "household", "stay", "event"):
            self._db.execute(_INHERITS, (kind,))
            self._refuse(f"kind = '{kind}' AND cell IS NULL", NO_CELL)
        self._refuse("kind = 'building' AND cell = ''", NO_CELL)
        self._db.execute(_LONELY)
        self._refuse("bad = 2", NO_PERSON)
        self._db.execute(_PLACED)
        self._db.execute(_PERSONS)
        self._refuse("kind = 'person' AND cell IS NULL", NO_CELL)

    def rejects(self) -> Iterator[Reject]:
        """Yield what may not enter, in the order of files and rows."""
        for file, row, name, en, zh, content in self._db.execute("SELECT * FROM rejects ORDER BY file, row"):
            yield Reject(file, row, name or "", RowFault(en, zh), content)

    def rejected(self) -> int:
        """Return how many rows may not enter."""
        return int(self._db.execute("SELECT COUNT(*) FROM (SELECT DISTINCT file, row FROM rejects)").fetchone()[0])

    def counts(self) -> dict[str, int]:
        """Return how many rows may enter, by kind."""
        rows = self._db.execute("SELECT kind, COUNT(*) FROM entered WHERE NOT bad GROUP BY kind")
        return {kind: int(count) for kind, count in rows}

    def batches(self, cell: str, size: int) -> Iterator[list[Staged]]:
        """Yield what may enter a cell that `cells` returned, by identifier: what is referred to comes first."""
        sql = (
            "SELECT e.kind, e.id, e.data, e.cell, (SELECT group_concat(o.cell) FROM places o WHERE o.id = e.id) "
            "FROM places p JOIN entered e ON e.id = p.id AND NOT e.bad WHERE p.cell = ? ORDER BY p.id"
        )
        found = self._db.execute(sql, (cell,))
        while rows := found.fetchmany(size):
            yield [_staged(*row) for row in rows]

    def cells(self) -> list[str]:
        """Return the cells that gain something, in order."""
        self._db.execute(
            "INSERT OR IGNORE INTO places SELECT id, cell, 0 FROM entered WHERE NOT bad AND cell IS NOT NULL"
        )
        return [row[0] for row in self._db.execute("SELECT DISTINCT cell FROM places ORDER BY cell")]

    def known_in(self, cell: str, size: int) -> Iterator[list[str]]:
        """Yield the persons who are in no row, were known before, and have a stay in a cell now."""
        sql = (
            "SELECT p.id FROM places p WHERE p.cell = ? AND NOT EXISTS "
            "(SELECT 1 FROM entered e WHERE e.id = p.id AND NOT e.bad) ORDER BY p.id"
        )
        found = self._db.execute(sql, (cell,))
        while rows := found.fetchmany(size):
            yield [row[0] for row in rows]

    def _learn(self, known: Callable[[Sequence[str]], Mapping[str, str]]) -> None:
        """Look up what rows refer to that is in no row."""
        sql = (
            "SELECT DISTINCT r FROM (SELECT outer AS r FROM entered WHERE outer IS NOT NULL UNION SELECT person FROM "
            "entered WHERE person IS NOT NULL) WHERE r NOT IN (SELECT id FROM entered WHERE id IS NOT NULL)"
        )
        wanted = [row[0] for row in self._db.execute(sql)]
        for start in range(0, len(wanted), 500):
            found = known(wanted[start : start + 500])
            self._db.executemany("INSERT INTO known VALUES (?, ?)", found.items())

    def _refuse(self, where: str, fault: RowFault) -> None:
        rows = self._db.execute(
            f"SELECT number, file, row, id, data FROM entered WHERE bad != 1 AND {where}"
        ).fetchall()
        for number, file, row, name, data in rows:
            content = msgspec.json.encode(msgspec.msgpack.decode(data)).decode()
            self._reject(file, row, name, [fault], content)
            self._db.execute("UPDATE entered SET bad = 1 WHERE number = ?", (number,))

    def _reject(self, file: str, row: int, name: str, faults: Iterable[RowFault], content: str) -> None:
        told = list(faults)
        values = (file, row, name, " ".join(f.en for f in told), "".join(f.zh for f in told), content)
        self._db.execute("INSERT INTO rejects VALUES (?,?,?,?,?,?)", values)


def _staged(kind: str, name: str, data: bytes, cell: str, others: str | None) -> Staged:
    cells = [cell, *(one for one in (others or "").split(",") if one and one != cell)]
    return Staged(name, kind, msgspec.msgpack.decode(data), cells)


__all__ = ["NO_ID", "OUTER", "Reject", "Staged", "Staging"]

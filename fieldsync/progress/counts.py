"""Counts: the figures of every cell, kept up with its sequence; derived, so they may be thrown away and made again.

The marks of a cell are its `_local/progress`; its figures, which are much smaller, are a local document of the database
`progress`, where those of a city are read together; which items have answers is in `completeness`. They say at which
sequence they were made: a cell whose sequence is that of its figures needs no look, of others only the documents
changed since are read. Two servers at the same cell write what is true of the sequence they saw; whoever is behind is
put right by the next look. A restore drops local documents, so all is counted anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from fieldsync.documents import RECORDS, SUBJECTS, DocId, Rev, cell_database, decode_body, kind_of
from fieldsync.errors import DatabaseMissing
from fieldsync.ledger import Ledger
from fieldsync.progress.answered import Answered, answered_of, without_unused
from fieldsync.progress.figures import Figures, figures_of
from fieldsync.progress.marks import FORMAT, Marks, mark, sign
from fieldsync.revisions import generation
from fieldsync.stores.base import ChangesQuery, Database, Store

NAME, ANSWERED = "progress", "completeness"
BUDGET = 20_000
"""Documents that one call reads at most, but for the last cell it looks at: about a second's work."""
FEW = 300
"""So many cells are read one by one; for more, all of the city's are read together."""
_PAGE = 500


class Counts:
    """Reads and refreshes the figures of cells."""

    def __init__(self, store: Store, ledger: Ledger) -> None:
        self._store, self._ledger = store, ledger
        self._db: Database = store.create(NAME)
        self._answered: Database = store.create(ANSWERED)

    def refresh(self, cells: Sequence[str], budget: int = BUDGET) -> list[str]:
        """Count what cells have gained, as far as the budget goes; returns those that are still behind, in order."""
        present = self._store.sequences([cell_database(cell) for cell in cells])
        known = self.read(cells)
        behind = [c for c in cells if (seq := present.get(cell_database(c))) and not _is_of(known.get(c), seq)]
        for number, cell in enumerate(behind):
            if budget <= 0:
                return behind[number:]
            budget -= self._count(cell, present[cell_database(cell)])
        return []

    def read(self, cells: Sequence[str]) -> dict[str, Figures]:
        """Return the figures of cells, as they were last counted; without those that never were."""
        return {cell: msgspec.json.decode(body, type=Figures) for cell, body in _rows(self._db, cells)}

    def answered(self, cells: Sequence[str]) -> dict[str, Answered]:
        """Return which items of cells have answers, as they were last counted; without those that never were."""
        return {cell: msgspec.json.decode(body, type=Answered) for cell, body in _rows(self._answered, cells)}

    def _count(self, cell: str, seq: str) -> int:
        """Bring a cell's figures up to at least a sequence; returns how many documents were read."""
        database = self._store.database(cell_database(cell))
        try:
            kept = _kept(database.local(NAME))
            marks = kept or Marks()
            before = marks.seq
            read = self._follow(cell, database, marks) if kept else self._read_all(cell, database, marks)
        except DatabaseMissing:
            return 0
        if marks.seq != before:
            marks.patterns = without_unused(marks.patterns, marks.filled)
            database.put_local(NAME, msgspec.json.encode(marks))
        # The figures come last: they say that the cell is counted.
        self._answered.put_local(cell, msgspec.json.encode(answered_of(marks.patterns, marks.filled)))
        self._db.put_local(cell, msgspec.json.encode(figures_of(marks, seq)))
        return read + 1

    def _read_all(self, cell: str, database: Database, marks: Marks) -> int:
        # The sequence first: what changes meanwhile is read again.
        marks.seq = database.info().update_seq
        edited: list[tuple[DocId, Rev]] = []
        read = 0
        for found in database.documents():
            mark(marks, found.id, decode_body(found.body))
            read += 1
            if _may_be_sent(found.id, found.rev):
                edited.append((found.id, found.rev))
        self._note_arrivals(cell, marks, edited)
        return read

    def _follow(self, cell: str, database: Database, marks: Marks) -> int:
        read = 0
        while (page := database.changes(ChangesQuery(since=marks.seq, limit=_PAGE))).rows:
            found = database.revisions([(row.id, None) for row in page.rows], latest=False)
            for row, revisions in zip(page.rows, found, strict=True):
                gone = row.deleted or not revisions or revisions[0].deleted
                mark(marks, row.id, None if gone else decode_body(revisions[0].body))
            leaves = [(row.id, row.leaves[0].rev) for row in page.rows if not row.deleted]
            self._note_arrivals(cell, marks, [one for one in leaves if _may_be_sent(*one)])
            marks.seq = page.last_seq
            read += len(page.rows)
        marks.seq = page.last_seq
        return read

    def _note_arrivals(self, cell: str, marks: Marks, edited: Sequence[tuple[DocId, Rev]]) -> None:
        for chunk in _chunks(edited):
            for entry in self._ledger.entries(cell, chunk):
                if entry is not None and entry.is_edit and entry.author:
                    sign(marks, entry.document, entry.author, entry.arrived)


class _Format(msgspec.Struct):
    format: int = 0


def _kept(body: bytes | None) -> Marks | None:
    """Return the marks that were kept, None where there are none of this format."""
    if body is None or msgspec.json.decode(body, type=_Format).format != FORMAT:
        return None
    return msgspec.json.decode(body, type=Marks)


def _is_of(known: Figures | None, seq: str) -> bool:
    return known is not None and known.seq == seq and known.format == FORMAT


def _rows(database: Database, cells: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """Yield what is kept of each of some cells."""
    wanted = set(cells)
    found: Iterable[tuple[str, bytes | None]] = (
        database.locals() if len(cells) > FEW else ((cell, database.local(cell)) for cell in cells)
    )
    yield from ((cell, body) for cell, body in found if body and cell in wanted)


def _may_be_sent(doc_id: str, rev: Rev) -> bool:
    """Tell whether a revision may be a tablet's: a record, or a later one of a subject; preload writes the first ones.

    A subject that a tablet made new comes with records, or is changed soon.
    """
    kind = kind_of(doc_id)
    return kind in RECORDS or (kind in SUBJECTS and generation(rev) > 1)


def _chunks(edited: Sequence[tuple[DocId, Rev]]) -> Iterator[Sequence[tuple[DocId, Rev]]]:
    for start in range(0, len(edited), _PAGE):
        yield edited[start : start + _PAGE]

"""The audit of a store with many changes: one cell that the real steps worked, copied under other names.

The copies are written by a fast writer: the rows of the cell, of the ledger, of the registry and of the cases, with
other identifiers, revision for revision. So the audit meets what the steps write, as often as it takes.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

import msgspec

from fieldsync.bench.template import CELL, MARK, town, work_cell
from fieldsync.bench.work import UNIT, Work
from fieldsync.copying import all_revisions
from fieldsync.documents import DocId, Rev, cell_database
from fieldsync.errors import BadInput
from fieldsync.stores.base import Database, Graft, Revision, Store
from fieldsync.vault import SealedDatabase

_ROW, _PART = "\x1e", "\x1f"
_SHARED = ("ledger", "registry", "cases")
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The rows of one database as one text, so that names are replaced in all of them at once."""

    database: str
    text: str

    def grafts(self, names: dict[str, str]) -> Iterator[Graft]:
        """Yield the rows under other names."""
        text = self.text
        for old, new in names.items():
            text = text.replace(old, new)
        for row in text.split(_ROW):
            doc_id, path, deleted, body = row.split(_PART)
            yield Graft(DocId(doc_id), tuple(map(Rev, path.split(" "))), body.encode(), deleted == "1")


def fill(store: Store, folder: Path, changes: int, say: Say, households: int = 50) -> int:
    """Fill a store with at least so many changes, of so many households a cell; returns how many there are."""
    with town(store, folder) as at:
        work_cell(at, households)
        each = at.pipeline.auditor.run().changes
        books = {name: SealedDatabase(store, name, at.services.vault) for name in _SHARED}
        sheets = [_sheet(store.database(cell_database(CELL)))] + [_sheet(one.kept, one) for one in books.values()]
        cases = [case.id.partition(":")[2][:8] for case in at.pipeline.cases.all()]
        copies = -(-changes // each) - 1
        for number in range(1, copies + 1):
            _copy(store, books, sheets, cases, number)
            say(f"{number * each:,} of {changes:,} changes")
        return (copies + 1) * each


def measure_audit(store: str, processes: int) -> Work:
    """Measure the command `fieldsync audit` of a store, shared by so many processes, from its start to its end.

    The peak is that of the largest of them, as often as there are processes. Raises BadInput where it fails.
    """
    began = time.perf_counter()
    command = [sys.executable, "-m", "fieldsync", "audit", "--json", "--store", store, "--processes", str(processes)]
    with TemporaryFile() as answer, subprocess.Popen(command, stdout=answer) as audit:
        _, _, used = os.wait4(audit.pid, 0)
        audit.returncode = 0  # it was waited for
        answer.seek(0)
        told = answer.read()
    if not told:
        raise BadInput(f"The audit of {store} failed; what it said stands above. / 核对失败，原因见上。")
    books = msgspec.json.decode(told)
    return Work(
        name=f"audit, {processes} processes",
        count=books["changes"],
        unit="changes",
        elapsed_s=time.perf_counter() - began,
        cpu_s=used.ru_utime + used.ru_stime,
        peak_bytes=processes * used.ru_maxrss * UNIT,
        more={"edits": books["edits"], "revisions": books["revisions"], "faults": len(books["faults"])},
    )


def _copy(
    store: Store, books: Mapping[str, SealedDatabase], sheets: list[_Sheet], cases: list[str], number: int
) -> None:
    cell = f"{CELL[:6]}{int(CELL[6:]) + number:09}"
    names = {CELL: cell, MARK: f"{number:08x}", **{case: f"{int(case, 16) ^ number:08x}" for case in cases}}
    for sheet in sheets:
        into = books.get(sheet.database) or store.create(sheet.database.replace(CELL, cell))
        into.graft(list(sheet.grafts(names)))


def _sheet(database: Database, sealed: SealedDatabase | None = None) -> _Sheet:
    """Return all rows of a database; of one that is sealed as they were before, to be sealed under their new names."""
    rows = [
        _PART.join((one.id, " ".join(one.path), "1" if one.deleted else "0", _plain(one, sealed)))
        for one in all_revisions(database)
    ]
    return _Sheet(database.name, _ROW.join(rows))


def _plain(one: Revision, sealed: SealedDatabase | None) -> str:
    return (sealed.opened(one.id, one.body) if sealed else one.body).decode()

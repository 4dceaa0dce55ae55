"""Import: the files a city hands over, into the registry and from there into the cells.

One CSV file per kind (UTF-8, a header row): buildings, dwellings, households, persons, stays. Columns are the fields of
the kind's form, and `id` (a UUID); buildings name their `cell`, the others follow their references. Everything is read
and checked before anything is written.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from conflict import changed_items
from fieldsync.clock import write_time
from fieldsync.documents import is_tablet_id, kind_of
from fieldsync.errors import BadInput
from fieldsync.kinds import Kinds
from fieldsync.merging import value_in, value_to
from fieldsync.preload import Preload
from fieldsync.registry import Item, Record, Registry
from forms_spec import Field, FormSpec

FILES = {
    "building": "buildings.csv",
    "dwelling": "dwellings.csv",
    "household": "households.csv",
    "person": "persons.csv",
    "stay": "stays.csv",
}
OUTER = {"dwelling": "building", "household": "dwelling", "stay": "household"}
"""The reference by which a kind finds its cell."""
BATCH = 2000
SHOWN = 10


@dataclass(slots=True)
class Tally:
    """What an import did, by kind: read, new, known already."""

    read: dict[str, int] = field(default_factory=dict)
    new: dict[str, int] = field(default_factory=dict)
    preloaded: int = 0


@dataclass(slots=True)
class _Reading:
    """Rows as documents, with their cells, and what is wrong with them."""

    bodies: dict[str, dict[str, Any]] = field(default_factory=dict)
    cells: dict[str, list[str]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


class Importer:
    """Reads a folder of CSV files into the registry and preloads the cells."""

    def __init__(self, registry: Registry, preload: Preload, kinds: Kinds, cells: frozenset[str]) -> None:
        self._registry, self._preload, self._kinds, self._cells = registry, preload, kinds, cells

    def run(self, folder: Path, at: datetime, progress: Progress | None = None) -> Tally:
        """Import a folder. Raises BadInput naming the first faulty rows; then nothing was written.

        Idempotent: records the registry has already stay as they are.
        """
        files = {kind: _read_file(folder, name) for kind, name in FILES.items()}
        return self.take(files, at, progress or _silent)

    def take(self, files: Mapping[str, str], at: datetime, progress: Progress) -> Tally:
        """Import texts of CSV files by kind."""
        reading = _Reading()
        for kind, text in files.items():
            self._read_kind(kind, text, reading)
        self._place(reading)
        if reading.faults:
            more = f" (and {len(reading.faults) - SHOWN} more)" if len(reading.faults) > SHOWN else ""
            raise BadInput("Nothing was imported. " + " ".join(reading.faults[:SHOWN]) + more)
        return self._write(reading, at, progress)

    def _read_kind(self, kind: str, text: str, reading: _Reading) -> None:
        spec = self._kinds.spec(kind)
        if spec is None:
            raise BadInput(f"There is no published form {kind!r}; publish it first: fieldsync form publish {kind}.xlsx")
        rows = csv.DictReader(io.StringIO(text), strict=True)
        known = {"id", "cell", *(f.name for f in spec.fields)}
        strange = sorted(set(rows.fieldnames or ()) - known)
        if strange or "id" not in (rows.fieldnames or ()):
            reading.faults.append(f"{FILES[kind]}: {_header_fault(strange)}")
            return
        for number, row in enumerate(rows, start=2):
            self._read_row(spec, row, f"{FILES[kind]} row {number}", reading)

    def _read_row(self, spec: FormSpec, row: Mapping[str, str | None], where: str, reading: _Reading) -> None:
        doc_id = f"{spec.id}:{row['id']}"
        if not is_tablet_id(doc_id):
            reading.faults.append(f"{where}: id {row['id']!r} is not a UUID in lower case.")
        elif doc_id in reading.bodies:
            reading.faults.append(f"{where}: id {row['id']} stands twice.")
        else:
            data, faults = _row_data(spec, row)
            reading.bodies[doc_id] = {"kind": spec.id, "data": data}
            reading.faults += [f"{where}: {fault}" for fault in faults]
            if row.get("cell"):
                reading.cells[doc_id] = [str(row["cell"])]

    def _place(self, reading: _Reading) -> None:
        """Find each document's cell by its references; a person is in every cell where they have a stay."""
        for doc_id, body in reading.bodies.items():
            kind = kind_of(doc_id)
            if kind in OUTER:
                outer = body["data"].get(OUTER[kind])
                reading.cells[doc_id] = reading.cells.get(str(outer), [])
            if kind == "stay":
                _place_person(reading, body["data"], reading.cells[doc_id])
        for doc_id in reading.bodies:
            cells = reading.cells.get(doc_id, [])
            if not cells or not set(cells) <= self._cells:
                what = f"cell {cells[0]} is not in the plan" if cells else "no cell can be found by its references"
                reading.faults.append(f"{doc_id}: {what}; import the grid first, or mend the reference.")

    def _write(self, reading: _Reading, at: datetime, progress: Progress) -> Tally:
        tally = Tally()
        records = [self._record(i, body, reading.cells[i], at) for i, body in reading.bodies.items()]
        for batch in _batches(records):
            for record, new in zip(batch, self._registry.add(batch), strict=True):
                tally.read[record.kind] = tally.read.get(record.kind, 0) + 1
                tally.new[record.kind] = tally.new.get(record.kind, 0) + int(new)
            progress("registry", len(batch), len(records))
        by_cell: dict[str, list[Record]] = {}
        for record in records:
            for cell in record.reconciled:
                by_cell.setdefault(cell, []).append(record)
        for cell, held in sorted(by_cell.items()):
            tally.preloaded += self._preload.enter(cell, held, "import")
            progress("cells", 1, len(by_cell))
        return tally

    def _record(self, doc_id: str, body: dict[str, Any], cells: list[str], at: datetime) -> Record:
        rules = self._kinds.merge_rules(kind_of(doc_id))
        when = write_time(at)
        names = changed_items(None, (body["data"], {}), rules)
        values = {item: value_to(value_in(body, item, rules)) for item in names}
        items = {
            item: Item(value=value, source="import", at=when, admitted_by="import", admitted_at=when)
            for item, value in values.items()
        }
        told = dict.fromkeys(cells, values)
        return Record(id=doc_id, kind=kind_of(doc_id), cell=cells[0], version=1, items=items, reconciled=told)


class Progress:
    """Called with a stage (`registry`, `cells`), how many are done now, and how many there are."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Take note of progress; the base class keeps silent."""


_silent = Progress()


def _read_file(folder: Path, name: str) -> str:
    try:
        return (folder / name).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise BadInput(f"{folder / name} is not there; a folder to import has {', '.join(FILES.values())}.") from None
    except UnicodeDecodeError as error:
        raise BadInput(f"{folder / name} is not UTF-8 (byte {error.start}); save it as UTF-8.") from None


def _header_fault(strange: list[str]) -> str:
    if strange:
        return f"column {strange[0]!r} is not a field of the form; rename or remove it."
    return "there is no column 'id'."


def _row_data(spec: FormSpec, row: Mapping[str, str | None]) -> tuple[dict[str, Any], list[str]]:
    data: dict[str, Any] = {}
    faults = []
    for asked in spec.fields:
        text = (row.get(asked.name) or "").strip()
        if not text:
            continue
        try:
            data[asked.name] = _value(asked, text)
        except ValueError:
            faults.append(f"{asked.name} {text!r} is not of type {asked.type}.")
    return data, faults


def _value(asked: Field, text: str) -> Any:
    if asked.ref:
        return f"{asked.ref}:{text}"
    if asked.type == "integer":
        return int(text)
    return float(text) if asked.type == "decimal" else text


def _place_person(reading: _Reading, stay: Mapping[str, Any], cells: Iterable[str]) -> None:
    held = reading.cells.setdefault(str(stay.get("person")), [])
    first = stay.get("kind") == "usual" and not stay.get("until")
    for cell in cells:
        if cell not in held:
            held.insert(0 if first else len(held), cell)


def _batches(records: list[Record]) -> Iterator[list[Record]]:
    for start in range(0, len(records), BATCH):
        yield records[start : start + BATCH]

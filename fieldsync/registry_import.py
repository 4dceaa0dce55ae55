"""Import: the files a city hands over, into the registry and from there into the cells.

A table for each kind, as a mapping says: buildings, dwellings, households, persons, stays, events. Everything is read
and checked on a table of its own before anything is written. Writing is repeatable: until an import that was begun has
ended, no other one begins, and beginning the same one again ends it.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec

from conflict import Rules, changed_values
from fieldsync.clock import write_time
from fieldsync.documents import SUBJECTS, kind_of
from fieldsync.errors import BadInput, Conflict
from fieldsync.importing.convert import Converter
from fieldsync.importing.mapping import ImportMapping, TableMapping, plain_mapping
from fieldsync.importing.rejects import write_rejects
from fieldsync.importing.staging import Staged, Staging
from fieldsync.importing.tables import header_of, rows_of
from fieldsync.kinds import Kinds
from fieldsync.merging import value_to
from fieldsync.preload import Preload
from fieldsync.registry import Item, Record, Registry
from forms_spec import FormSpec

FILES = {
    "building": "buildings.csv",
    "dwelling": "dwellings.csv",
    "household": "households.csv",
    "person": "persons.csv",
    "stay": "stays.csv",
    "event": "events.csv",
}
OPTIONAL = frozenset({"event"})
"""Kinds of which a folder need have no file."""
BATCH = 2000
TOLD_EVERY = 500
SHOWN = 10


@dataclass(slots=True)
class Tally:
    """What an import did, by kind: read, new, known already; how many rows were rejected."""

    read: dict[str, int] = field(default_factory=dict)
    new: dict[str, int] = field(default_factory=dict)
    preloaded: int = 0
    rejected: int = 0
    is_dry: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be imported, and how: `rejects` is where rejected rows are written; with `skip` the others enter."""

    mapping: ImportMapping
    folder: Path
    rejects: Path | None = None
    skip: bool = False
    dry_run: bool = False


class Progress:
    """Called with a stage (`rows`, `registry`, `cells`), how many are done now, and how many there are (0: unknown)."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Take note of progress; the base class keeps silent."""


class _Begun(msgspec.Struct, frozen=True):
    """An import that was begun and has not ended: which, and the time that its records have."""

    fingerprint: str
    at: str


class Importer:
    """Reads tables into the registry and preloads the cells."""

    def __init__(self, registry: Registry, preload: Preload, kinds: Kinds, cells: frozenset[str]) -> None:
        self._registry, self._preload, self._kinds, self._cells = registry, preload, kinds, cells

    def take(self, files: Mapping[str, str], at: datetime, progress: Progress) -> Tally:
        """Import texts of CSV files by kind, whose columns are called as the fields."""
        with tempfile.TemporaryDirectory(prefix="fieldsync-import-") as made:
            for kind, text in files.items():
                (Path(made) / FILES[kind]).write_text(text, encoding="utf-8")
            return self.run(Order(plain_order(Path(made), files), Path(made)), at, progress)

    def run(self, order: Order, at: datetime, progress: Progress) -> Tally:
        """Import tables. Raises BadInput naming the first faulty rows, unless they are to be skipped.

        Then, and in a dry run, nothing was written. Idempotent: what the registry has already stays as it is. Raises
        Conflict while another import has begun and not ended.
        """
        fingerprint = _fingerprint(order)
        begun = self._begun(fingerprint)
        staging = Staging(self._cells)
        try:
            self._read(order, staging, progress)
            tally = Tally(staging.counts(), {}, 0, staging.rejected(), order.dry_run)
            _report(order, staging)
            if not order.dry_run:
                begun = begun or _Begun(fingerprint, write_time(at))
                self._registry.keep_note("import", msgspec.json.encode(begun))
                self._write(staging, tally, begun.at, progress)
                self._registry.keep_note("import", None)
            return tally
        finally:
            staging.close()

    def abandon(self) -> bool:
        """Forget an import that was begun and cannot be ended; what it wrote stays. False where there is none."""
        was_begun = self._registry.note("import") is not None
        self._registry.keep_note("import", None)
        return was_begun

    def _begun(self, fingerprint: str) -> _Begun | None:
        note = self._registry.note("import")
        begun = msgspec.json.decode(note, type=_Begun) if note else None
        if begun and begun.fingerprint != fingerprint:
            raise Conflict(
                f"An import begun at {begun.at} has not ended: run it again, with the same files and mapping, and it "
                "goes on from there; or give it up with --abandon, and keep what it wrote."
                " / 上次导入未完成：请用相同的文件再次运行，或用 --abandon 放弃。"
            )
        return begun

    def _read(self, order: Order, staging: Staging, progress: Progress) -> None:
        for table in order.mapping.in_order():
            converter = Converter(table, self._spec(table.kind), order.mapping.source)
            told = 0
            for number, row, fault in rows_of(table, order.folder):
                converted = converter.convert(row, fault)
                staging.enter(table.kind, table.file, number, converted, row)
                if number - told >= TOLD_EVERY:
                    progress("rows", number - told, 0)
                    told = number
        staging.place(self._cells_of)

    def _spec(self, kind: str) -> FormSpec:
        spec = self._kinds.spec(kind)
        if spec is None:
            raise BadInput(
                f"There is no published form {kind!r}; publish it first: fieldsync form publish {kind}.xlsx"
                " / 请先发布表单。"
            )
        return spec

    def _cells_of(self, names: Sequence[str]) -> dict[str, str]:
        return {name: record.cell for name, record in self._registry.read(names, Record).items()}

    def _write(self, staging: Staging, tally: Tally, at: str, progress: Progress) -> None:
        """Write cell by cell: first into the registry, then what is in it into the cell."""
        total, cells = sum(tally.read.values()), staging.cells()
        tally.new.update(dict.fromkeys(tally.read, 0))
        for cell in cells:
            for batch in staging.batches(cell, BATCH):
                records = self._added(batch, tally, at)
                progress("registry", sum(staged.cells[0] == cell for staged in batch), total)
                tally.preloaded += self._enter(cell, records)
            for names in staging.known_in(cell, BATCH):
                tally.preloaded += self._enter(cell, list(self._registry.read(names, Record).values()))
            progress("cells", 1, len(cells))

    def _added(self, batch: Sequence[Staged], tally: Tally, at: str) -> list[Record]:
        """Put records into the registry if absent, and return what it has of them."""
        rules = {kind: self._kinds.merge_rules(kind) for kind in FILES}
        made = [record_of(staged, rules[staged.kind], at) for staged in batch]
        added = self._registry.add(made)
        for record, is_new in zip(made, added, strict=True):
            tally.new[record.kind] += is_new
        old = self._registry.read([r.id for r, is_new in zip(made, added, strict=True) if not is_new], Record)
        return [old.get(record.id, record) for record in made]

    def _enter(self, cell: str, records: Sequence[Record]) -> int:
        """Bring records into a cell, those too that were known before and come into it now."""
        entered = self._preload.enter(cell, records, "import")
        for record in records:
            if cell not in record.reconciled and record.kind in SUBJECTS:
                self._registry.reconcile(record.id, cell, {item: record.value(item) for item in record.items})
        return entered


def record_of(staged: Staged, rules: Rules, at: str) -> Record:
    """Return the record that an imported document begins with. Pure."""
    changed = changed_values(None, (staged.data, {}), rules)
    values = {item: value_to(changed[item]) for item in sorted(changed)}
    items = {
        item: Item(value=value, source="import", at=at, admitted_by="import", admitted_at=at)
        for item, value in values.items()
    }
    kind = kind_of(staged.id)
    told = dict.fromkeys(staged.cells, values) if kind in SUBJECTS else {}
    return Record(id=staged.id, kind=kind, cell=staged.cells[0], version=1, items=items, reconciled=told)


def plain_order(folder: Path, kinds: Iterable[str]) -> ImportMapping:
    """Return the mapping of a folder whose files and columns are called as ours. Raises BadInput."""
    missing = [kind for kind, name in FILES.items() if kind in kinds and not (folder / name).exists()]
    if needed := [FILES[kind] for kind in missing if kind not in OPTIONAL]:
        wanted = ", ".join(name for kind, name in FILES.items() if kind not in OPTIONAL)
        raise BadInput(
            f"{folder / needed[0]} is not there; a folder to import has {wanted}, and may have events.csv."
            " / 文件夹中缺少该文件。"
        )
    kinds = [kind for kind in kinds if kind not in missing]
    read = {
        k: (FILES[k], header_of(TableMapping(kind=k, file=FILES[k], fields={}), folder)) for k in FILES if k in kinds
    }
    return plain_mapping(read)


def _report(order: Order, staging: Staging) -> None:
    """Write the rejects where they are wanted; refuse to go on where they are not to be skipped. Raises BadInput."""
    count = staging.rejected()
    if order.rejects is not None:
        write_rejects(order.rejects, staging.rejects())
    if not count or order.skip:
        return
    shown = [
        f"{one.file} row {one.row}: {one.reason.en}" for _, one in zip(range(SHOWN), staging.rejects(), strict=False)
    ]
    more = f" (and {count - SHOWN} more)" if count > SHOWN else ""
    where = f" All are in {order.rejects}." if order.rejects else " --rejects FILE writes all of them."
    raise BadInput(f"Nothing was imported. {' '.join(shown)}{more}{where} / 未导入：{count} 行有问题。", rejected=count)


def _fingerprint(order: Order) -> str:
    """Return what tells an import from another: its mapping and the bytes of its files."""
    digest = hashlib.sha256(msgspec.json.encode(order.mapping) + bytes([order.skip]))
    for table in order.mapping.table:
        try:
            with (order.folder / table.file).open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        except OSError as error:
            raise BadInput(f"{order.folder / table.file} cannot be read: {error.strerror}. / 无法读取文件。") from None
    return digest.hexdigest()

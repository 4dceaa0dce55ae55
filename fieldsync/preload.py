"""Preload: registry records entering their cells, written by the server: the bases of later merges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fieldsync.documents import DocId, Rev, cell_database
from fieldsync.kinds import Kinds
from fieldsync.ledger import Ledger
from fieldsync.merging import content, value_in, with_values
from fieldsync.proposals import Subject, is_touched
from fieldsync.registry import Record, Registry, is_same_fact
from fieldsync.server_writes import Draft, Pen
from fieldsync.stores.base import Store


class Preload:
    """Brings records into cells, and what one cell's admission changed into the others that hold the record."""

    def __init__(self, store: Store, ledger: Ledger, registry: Registry, kinds: Kinds, pen: Pen) -> None:
        self._store, self._ledger, self._registry = store, ledger, registry
        self._kinds, self._pen = kinds, pen

    def enter(self, cell: str, records: Sequence[Record], cause: str) -> int:
        """Write records that a cell does not have yet; returns how many were written."""
        database = self._store.database(cell_database(cell))
        ids = [DocId(r.id) for r in records]
        present = database.revisions([(i, None) for i in ids], latest=False)
        wanted = {i: self.body(r, cell) for i, r, found in zip(ids, records, present, strict=True) if not found}
        return self._pen.publish(cell, wanted, cause)

    def body(self, record: Record, cell: str) -> dict[str, Any]:
        """Return a record as a document of a cell, without `meta`."""
        rules = self._kinds.merge_rules(record.kind, cell)
        body: dict[str, Any] = {"kind": record.kind, "form": record.kind, "data": {}}
        spec = self._kinds.spec(record.kind, cell)
        if spec:
            body["version"] = spec.version
        body = with_values(body, {item: record.value(item) for item in record.items}, rules)
        return content(body, body["data"], body.get("missing", {}))

    def answers(self, record: Record) -> dict[str, Any]:
        """Return the answers of a record, as its document has them."""
        answers: dict[str, Any] = self.body(record, record.cell)["data"]
        return answers

    def refresh(self, record: Record) -> None:
        """Tell every cell that holds a record what it says now; may be repeated.

        An item in which somebody in that cell has a say that is not heard yet is left alone there: it is a proposal of
        its own, and told when it has come to its end.
        """
        for cell in record.reconciled:
            stale = [i for i in record.items if not is_same_fact(record.told(cell, i), record.value(i))]
            if stale:
                self._tell(cell, record, stale)

    def _tell(self, cell: str, record: Record, stale: Sequence[str]) -> None:
        subject = self._subject(cell, record)
        if subject is None:
            return
        told = {item: record.value(item) for item in stale if not is_touched(subject, item)}
        before = subject.winner.body or {}
        rules = subject.rules
        news = {item: value for item, value in told.items() if not is_same_fact(value_in(before, item, rules), value)}
        if news:
            self._write(subject, record, with_values(before, news, rules), told)
        if told:
            self._registry.reconcile(record.id, cell, told)

    def _subject(self, cell: str, record: Record) -> Subject | None:
        leaves = self._store.database(cell_database(cell)).leaves(DocId(record.id))
        live = [leaf.rev for leaf in leaves if not leaf.deleted]
        log = self._ledger.document(cell, record.id)
        if len(live) != 1 or live[0] not in log.entries:
            return None
        rules = self._kinds.merge_rules(record.kind, cell)
        return Subject(record.id, cell, log, log.entries[live[0]], rules, record)

    def _write(self, subject: Subject, record: Record, body: Mapping[str, Any], told: Mapping[str, Any]) -> None:
        winner = subject.winner
        draft = Draft(
            document=DocId(record.id),
            content={k: v for k, v in body.items() if k != "meta"},
            path=(Rev(winner.rev),),
            cause=f"registry:{record.version}",
            stamps={**winner.stamps, **{item: record.items[item].at for item in told}},
            contests=winner.contests,
        )
        self._pen.write(subject.cell, [draft])

"""Preload: registry records entering their cells, written by the server: the bases of later merges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from conflict import ABSENT
from fieldsync.documents import DocId, Rev, cell_database, decode_body
from fieldsync.kinds import Kinds
from fieldsync.ledger import Ledger
from fieldsync.merging import content, value_in, with_value
from fieldsync.registry import Record, Registry, is_same_fact
from fieldsync.server_writes import Draft, Pen
from fieldsync.stores.base import Revision, Store


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
        wanted = {i: self.body(r) for i, r, found in zip(ids, records, present, strict=True) if not found}
        return self._pen.publish(cell, wanted, cause)

    def body(self, record: Record) -> dict[str, Any]:
        """Return a record as a document, without `meta`."""
        rules = self._kinds.merge_rules(record.kind)
        body: dict[str, Any] = {"kind": record.kind, "form": record.kind, "data": {}}
        spec = self._kinds.spec(record.kind)
        if spec:
            body["version"] = spec.version
        for item in record.items:
            body = with_value(body, item, record.value(item), rules)
        return content(body, body["data"], body.get("missing", {}))

    def refresh(self, record: Record) -> None:
        """Tell every other cell that holds a record what it says now.

        An item that somebody in that cell has changed since is left alone there: it is a proposal of its own.
        """
        for cell in record.reconciled:
            stale = {
                item: record.value(item)
                for item in record.items
                if not is_same_fact(record.told(cell, item), record.value(item))
            }
            if stale:
                self._tell(cell, record, stale)

    def _tell(self, cell: str, record: Record, stale: Mapping[str, Any]) -> None:
        database = self._store.database(cell_database(cell))
        live = [leaf for leaf in database.leaves(DocId(record.id)) if not leaf.deleted]
        winner = database.get(DocId(record.id))
        if len(live) != 1 or winner is None:
            return
        body, rules = decode_body(winner.body), self._kinds.merge_rules(record.kind)
        untouched = {
            item: value
            for item, value in stale.items()
            if is_same_fact(value_in(body, item, rules), record.told(cell, item))
        }
        if not untouched:
            return
        for item, value in untouched.items():
            body = with_value(body, item, value, rules)
        self._write(cell, record, winner, body, untouched)
        self._registry.reconcile(record.id, cell, untouched)

    def _write(
        self, cell: str, record: Record, winner: Revision, body: Mapping[str, Any], told: Mapping[str, Any]
    ) -> None:
        known = self._ledger.entry(cell, record.id, winner.rev)
        stamps = dict(known.stamps) if known else {}
        draft = Draft(
            document=DocId(record.id),
            content={k: v for k, v in body.items() if k != "meta"},
            path=(Rev(winner.rev),),
            cause=f"registry:{record.version}",
            stamps={**stamps, **{item: record.items[item].at for item in told}},
            contests=known.contests if known else [],
        )
        self._pen.write(cell, [draft])


def is_known(record: Record, item: str) -> bool:
    """Tell whether the registry has a value, or a reason for none, for an item."""
    return record.value(item) is not ABSENT

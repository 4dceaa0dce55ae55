"""Resolve: brings a pushed document to one live revision, within the push and again from the runner's sweep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fieldsync.documents import SUBJECTS, DocId, Rev, cell_database, kind_of
from fieldsync.kinds import Kinds
from fieldsync.late import LATE
from fieldsync.ledger import DocumentLog, Ledger
from fieldsync.resolution import Resolution, resolution
from fieldsync.restoring import enter_what_was_left_out, left_out
from fieldsync.server_writes import Draft, Pen, Written
from fieldsync.stores.base import Store

MAX_ROUNDS = 20
"""How often one call looks again: a lost race makes a sibling, which the next round merges."""


class Resolver:
    """Merges what met in a document; idempotent, and safe beside another server that does the same."""

    def __init__(self, store: Store, ledger: Ledger, pen: Pen, kinds: Kinds) -> None:
        self._store, self._ledger, self._pen, self._kinds = store, ledger, pen, kinds

    def settle_all(self, cell: str, logs: Mapping[str, DocumentLog]) -> None:
        """Settle documents whose logs were read just now: what they need is written at once, as a rule for good.

        Where somebody else writes meanwhile, or a crash left something out, a document is settled by itself.
        """
        subjects = [DocId(doc_id) for doc_id in logs if kind_of(doc_id) in SUBJECTS]
        plans, alone = self._plans(cell, subjects, logs)
        written = {doc_id: self._revisions(cell, doc_id, plan) for doc_id, plan in plans.items()}
        self._pen.store(cell, [one for each in written.values() for one in each])
        for doc_id, each in written.items():
            _enter(logs[doc_id], each)
        unfinished, still_alone = self._plans(cell, list(plans), logs)
        for doc_id in (*alone, *unfinished, *still_alone):
            self.settle(cell, doc_id, logs[doc_id])

    def _plans(
        self, cell: str, documents: Sequence[DocId], logs: Mapping[str, DocumentLog]
    ) -> tuple[dict[DocId, Resolution], list[DocId]]:
        """Return what some documents need, by one look at all of them; and those that need a closer one."""
        leaves = self._store.database(cell_database(cell)).leaves_of(documents) if documents else {}
        rules = {kind: self._kinds.field_rules(kind, cell) for kind in set(map(kind_of, documents))}
        plans: dict[DocId, Resolution] = {}
        closer = []
        for doc_id in documents:
            log, found = logs[doc_id], leaves.get(doc_id, ())
            if left_out(log, found) or any(leaf.rev not in log.entries for leaf in found):
                closer.append(doc_id)
            elif plan := resolution(doc_id, found, log, rules[kind_of(doc_id)]):
                plans[doc_id] = plan
        return plans, closer

    def settle(self, cell: str, doc_id: DocId, log: DocumentLog | None = None) -> list[Resolution]:
        """Write what the document needs until nothing more is needed; returns what was written."""
        if kind_of(doc_id) not in SUBJECTS:
            return []
        log = log or self._ledger.document(cell, doc_id)
        rules = self._kinds.field_rules(kind_of(doc_id), cell)
        database = self._store.database(cell_database(cell))
        enter_what_was_left_out(database, doc_id, log)
        done: list[Resolution] = []
        for _ in range(MAX_ROUNDS):
            leaves = database.leaves(doc_id)
            if any(leaf.rev not in log.entries for leaf in leaves):  # pushed by somebody else since the log was read
                log = self._ledger.document(cell, doc_id)
            plan = resolution(doc_id, leaves, log, rules)
            if plan is None:
                break
            self._write(cell, doc_id, plan, log)
            done.append(plan)
        return done

    def _write(self, cell: str, doc_id: DocId, plan: Resolution, log: DocumentLog) -> None:
        written = self._revisions(cell, doc_id, plan)
        self._pen.store(cell, written)
        _enter(log, written)

    def _revisions(self, cell: str, doc_id: DocId, plan: Resolution) -> list[Written]:
        """Return the revisions of a plan: the result, and the tombstones that name it."""
        written: list[Written] = []
        into = plan.into
        if plan.content is not None:
            written.append(self._pen.written(cell, _draft(doc_id, plan)))
            into = written[0].rev
        drafts = [_tombstone(doc_id, rev, into, plan) for rev in plan.obsolete]
        return written + [self._pen.written(cell, draft) for draft in drafts]


def _enter(log: DocumentLog, written: Sequence[Written]) -> None:
    for one in written:
        log.add(one.entry)


def _draft(doc_id: DocId, plan: Resolution) -> Draft:
    return Draft(
        document=doc_id,
        content=plan.content or {},
        path=(Rev(plan.parent),),
        cause=plan.cause,
        meta={"merged": list(plan.merged)},
        stamps=plan.stamps or {},
        contests=plan.contests,
        decisions=plan.decisions,
        merged=plan.merged,
        restores=plan.restores,
    )


def _tombstone(doc_id: DocId, leaf: str, into: str, plan: Resolution) -> Draft:
    if plan.cause == LATE and leaf == plan.parent:  # nothing of the document was there in time
        return Draft(document=doc_id, content={}, path=(Rev(leaf),), deleted=True, cause=LATE, meta={LATE: leaf})
    return Draft(
        document=doc_id,
        content={},
        path=(Rev(leaf),),
        deleted=True,
        cause="merged",
        meta={"merged_into": into},
        merged_into=into,
    )

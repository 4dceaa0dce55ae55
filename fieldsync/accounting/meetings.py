"""How many items merges combined from different edits: counted from the ledger's entries of one document. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conflict import Rules, changed_items
from fieldsync.documents import data_of, missing_of
from fieldsync.history import Ancestry
from fieldsync.ledger import DocumentLog, Entry
from fieldsync.merging import value_in
from fieldsync.registry import is_same_fact


def items_merged(log: DocumentLog, rules: Rules) -> int:
    """Return how many items the resolutions of a document combined from different edits."""
    return sum(_of_resolution(entry, log, rules) for entry in log.entries.values())


def _of_resolution(entry: Entry, log: DocumentLog, rules: Rules) -> int:
    """Return how many items a resolution kept of at least two sides."""
    if entry.cause != "resolve" or len(entry.merged) < 2:
        return 0
    kept = [_kept_of(side, entry, log, rules) for rev in entry.merged if (side := log.entries.get(rev))]
    contributing = [items for items in kept if items]
    return len(frozenset().union(*contributing)) if len(contributing) > 1 else 0


def _kept_of(side: Entry, result: Entry, log: DocumentLog, rules: Rules) -> frozenset[str]:
    """Return the items that a side changed from what all sides had in common and that the result holds."""
    base = _common(result.merged, log.ancestry(), log)
    before = (data_of(base.body or {}), missing_of(base.body or {})) if base else None
    body: Mapping[str, Any] = side.body or {}
    changed = changed_items(before, (data_of(body), missing_of(body)), rules)
    combined = {d["item"] for d in result.decisions if d["strategy"] in ("union", "append")}
    return frozenset(
        item
        for item in changed
        if item in combined or is_same_fact(value_in(body, item, rules), value_in(result.body, item, rules))
    )


def _common(revs: list[str], ancestry: Ancestry, log: DocumentLog) -> Entry | None:
    newest = ancestry.newest(frozenset.intersection(*(ancestry.of(rev) for rev in revs)))
    return log.nearest(log.path(newest[0])) if newest else None

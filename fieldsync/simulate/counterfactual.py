"""What would have been lost: the day's edits replayed under two rules that keep one revision and drop the others.

Pure. Only the tablets' accepted edits are replayed, document by document, on the tree as it grew. Every edit's changed
items are applied to what its nearest ancestor in the tree (another edit, or the import) would have held; the server's
own merges are left out. Then a rule keeps one revision: CouchDB's winner (highest generation, then highest hash), or
the one that arrived last.

A change is lost where the revision kept lacks its value and nobody knew of it when they wrote something else: it is not
in the history of the revision kept, and its own tablet has not changed the item again on top of it. Both exceptions
make the figures smaller, not larger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conflict import ABSENT, Rules, changed_items
from fieldsync.documents import data_of, missing_of
from fieldsync.ledger import DocumentLog, Entry
from fieldsync.merging import value_in
from fieldsync.registry import is_same_fact
from fieldsync.revisions import parts


@dataclass(frozen=True, slots=True)
class Lost:
    """How many changes each rule would have lost."""

    by_winner: int = 0
    by_arrival: int = 0

    def __add__(self, other: Lost) -> Lost:
        return Lost(self.by_winner + other.by_winner, self.by_arrival + other.by_arrival)


@dataclass(frozen=True, slots=True)
class _Replayed:
    """An edit as it would have stood: its values by item, and the edits it was made on, oldest first."""

    entry: Entry
    values: Mapping[str, Any]
    history: tuple[str, ...]


def lost_in_document(log: DocumentLog, rules: Rules) -> Lost:
    """Count what each rule would have lost of one document's changes."""
    replayed = _replay(log, rules)
    if not replayed:
        return Lost()
    parents = {one.history[-1] for one in replayed.values() if one.history}
    leaves = [one.entry for rev, one in replayed.items() if rev not in parents]
    winner = max(leaves, key=lambda e: (not e.deleted, *parts(e.rev)))
    latest = max(replayed.values(), key=lambda one: (one.entry.arrived, len(one.history), one.entry.rev)).entry
    return Lost(_lost(replayed, winner), _lost(replayed, latest))


def _replay(log: DocumentLog, rules: Rules) -> dict[str, _Replayed]:
    edits = [entry for entry in log.entries.values() if entry.is_edit and entry.is_accepted]
    replayed: dict[str, _Replayed] = {}
    for entry in sorted(edits, key=lambda e: parts(e.rev)):
        path = list(log.path(entry.rev))[1:]
        above = next((replayed[rev] for rev in path if rev in replayed), None)
        before = above.values if above else _imported(log, path, rules)
        own = {item: value_in(entry.body, item, rules) for item in entry.changes if not item.startswith("_")}
        history = (*above.history, above.entry.rev) if above else ()
        replayed[entry.rev] = _Replayed(entry, {} if entry.deleted else {**before, **own}, history)
    return replayed


def _imported(log: DocumentLog, path: Sequence[str], rules: Rules) -> dict[str, Any]:
    """Return the values of the first revision on a path: what the document was before anybody edited it."""
    entry = next((e for rev in reversed(path) if (e := log.entries.get(rev)) and e.is_accepted and not e.is_edit), None)
    body = entry.body if entry else {}
    items = changed_items(None, (data_of(body or {}), missing_of(body or {})), rules)
    return {item: value_in(body, item, rules) for item in items}


def _lost(replayed: Mapping[str, _Replayed], kept: Entry) -> int:
    standing = replayed[kept.rev]
    seen = {*standing.history, kept.rev}
    return sum(
        not (rev in seen or is_same_fact(one.values[item], standing.values.get(item, ABSENT)))
        and not _is_superseded(replayed, one, item)
        for rev, one in replayed.items()
        for item in one.entry.changes
        if item in one.values
    )


def _is_superseded(replayed: Mapping[str, _Replayed], one: _Replayed, item: str) -> bool:
    """Tell whether the same tablet changed the item again on top of this change."""
    return any(
        one.entry.rev in later.history and later.entry.tablet == one.entry.tablet and item in later.entry.changes
        for later in replayed.values()
    )

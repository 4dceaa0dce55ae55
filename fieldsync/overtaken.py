"""Edits that arrive after what their tablet wrote on them, as when a request was held up on its way.

Their place in the tree is taken, so the cell does not change, and no step would look at the document again: what became
of their changes is written with them.

Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from conflict import Rules
from fieldsync.ledger import DocumentLog, Entry, Outcome
from fieldsync.proposals import Subject, review
from fieldsync.revisions import generation, is_rev
from fieldsync.stores.base import Leaf


def is_overtaken(log: DocumentLog, entry: Entry) -> bool:
    """Tell whether a revision that was written on this one is known already.

    What is in quarantine may have a name that is no revision's, and nothing was written on it in the tree.
    """
    height = generation(entry.rev)
    in_the_tree = (e for e in log.entries.values() if is_rev(e.rev))
    return any(entry.rev in e.path[1:] for e in in_the_tree if generation(e.rev) > height)


def outcomes(log: DocumentLog, entry: Entry, leaves: Sequence[Leaf], rules: Rules) -> list[Outcome]:
    """Return what became of the changes of an edit that was overtaken; none while the document is not settled."""
    live = [leaf.rev for leaf in leaves if not leaf.deleted]
    if len(live) != 1 or live[0] not in log.entries:
        return []
    subject = Subject(entry.document, entry.cell, log, log.entries[live[0]], rules, None)
    mine = (ruling for ruling in review(subject).rulings if ruling.rev == entry.rev)
    return [ruling.as_outcome(entry.cell, entry.document, entry.arrived) for ruling in mine]

"""What a document with several leaves becomes: one revision, with every side's changes in it.

Pure: reads the ledger's log of a document, answers what to write.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conflict import Decision, Merge, Rules, Side, json_equal, merge
from conflict.result import rev_order
from fieldsync.attachments import Stubs, merged_stubs, with_stubs
from fieldsync.documents import Body, data_of, kind_of, missing_of
from fieldsync.history import Fold, Strand, sides
from fieldsync.late import LATE, is_late_whole, late_items, side_on_time, stubs_on_time
from fieldsync.ledger import DocumentLog, Entry
from fieldsync.merging import as_base, as_side, content, contest_to, decision_to, side_of, value_in
from fieldsync.revisions import winner
from fieldsync.stores.base import Leaf


@dataclass(frozen=True, slots=True)
class FieldRules:
    """How a kind's items merge, and which of them only the server writes."""

    merge: Rules
    server_owned: frozenset[str] = frozenset()
    versions: tuple[str, ...] = ()
    """The form's versions in the order in which they came into use."""

    def newest(self, bodies: Iterable[Body]) -> dict[str, str]:
        """Return the member `version` of a merged document: the newest version among those that met in it."""
        named = {body.get("version") for body in bodies}
        known = [version for version in self.versions if version in named]
        return {"version": known[-1]} if known else {}


@dataclass(frozen=True, slots=True)
class Resolution:
    """What to write: a child of `parent` (None: nothing but tombstones), and the leaves it makes obsolete."""

    parent: str
    content: Body | None
    obsolete: tuple[str, ...]
    into: str
    merged: tuple[str, ...] = ()
    restores: tuple[str, ...] = ()
    stamps: Mapping[str, str] | None = None
    contests: tuple[dict[str, Any], ...] = ()
    decisions: tuple[dict[str, Any], ...] = ()
    cause: str = "resolve"


def resolution(doc_id: str, leaves: Sequence[Leaf], log: DocumentLog, rules: FieldRules) -> Resolution | None:
    """Return what settles a document, or None where it is settled.

    Leaves that the ledger does not know are left for the audit to report. Of a document that a tablet made and deleted
    before it ever sent it, nothing is known but tombstones: there is nothing to bring back.
    """
    if not log.has_lived():
        return None
    known = [leaf for leaf in leaves if leaf.rev in log.entries]
    met = sides((leaf.rev for leaf in known if not _is_ours_and_gone(log.entries[leaf.rev])), log.ancestry())
    if not met:
        return None
    top = winner([leaf for leaf in known if leaf.rev in met]).rev
    met = [*met, *passed_over(log, met)]
    live = [leaf.rev for leaf in known if not leaf.deleted]
    if len(met) == 1:
        return _single(doc_id, log, rules, top, [rev for rev in live if rev != top])
    return _merged(doc_id, log, rules, met, (winner(known).rev, live))


def passed_over(log: DocumentLog, met: Sequence[str]) -> list[str]:
    """Return the edits below some sides whose answers none of them has, newest of each line, sorted.

    An edit that arrives after the deletion, or the quarantined revision, that its tablet wrote on it: what stood before
    the edit has been brought back meanwhile.
    """
    if not any(entry.restores for entry in log.entries.values()):
        return []
    ancestry, contents = log.ancestry(), log.contents()
    below = frozenset().union(*(ancestry.of(rev) for rev in met))
    held = frozenset().union(*(contents.of(rev) for rev in met))
    return contents.newest(e.rev for e in log.edits() if not e.deleted and e.rev in below - held)


def _is_ours_and_gone(entry: Entry) -> bool:
    return entry.deleted and entry.origin == "server"


def _single(doc_id: str, log: DocumentLog, rules: FieldRules, top: str, others: Sequence[str]) -> Resolution | None:
    entry = log.entries[top]
    if is_late_whole(log, entry):
        return Resolution(parent=top, content=None, obsolete=(*others, top), into=top, cause=LATE)
    mended = _mended(doc_id, log, rules, entry) if entry.is_edit else None
    if mended is None and not others:
        return None
    if mended is None:
        return Resolution(parent=top, content=None, obsolete=tuple(others), into=top)
    body, contests, cause, stamps = mended
    return Resolution(
        parent=top,
        content=body,
        obsolete=tuple(others),
        into=top,
        merged=(top,),
        restores=_restored(log, (top,)),
        stamps=stamps,
        contests=contests,
        cause=cause,
    )


def _mended(
    doc_id: str, log: DocumentLog, rules: FieldRules, entry: Entry
) -> tuple[Body, tuple[dict[str, Any], ...], str, Mapping[str, str]] | None:
    """Return what must stand instead of a tablet's lone leaf, with its stamps.

    Server-owned items, undone deletions, open contests, and what is late.
    """
    before = log.nearest_live(entry.rev)
    if entry.deleted:
        return _undeleted(doc_id, log, rules, before, entry)
    body = entry.body or {}
    is_late = bool(late_items(log, entry))
    is_contested = before is not None and bool(before.contests)
    if not is_late and not is_contested and not rules.server_owned and body.get("kind") == kind_of(doc_id):
        return None  # nothing can differ, as in nearly every edit
    side = standing_side(log, entry, rules)
    held = merge(as_base(standing_side(log, before, rules)), [side], rules.merge) if before and is_contested else None
    data, missing = (held.data, held.missing) if held else (side.data, side.missing)
    contests = tuple(contest_to(c) for c in held.contests) if held else ()
    wanted = with_stubs(content({**body, "kind": kind_of(doc_id)}, data, missing), stubs_on_time(log, entry))
    if json_equal(wanted, content(body, data_of(body), missing_of(body))):
        return None
    return wanted, contests, "contest" if contests else LATE if is_late else "owned", side.stamps


def _undeleted(
    doc_id: str, log: DocumentLog, rules: FieldRules, before: Entry | None, entry: Entry
) -> tuple[Body, tuple[dict[str, Any], ...], str, Mapping[str, str]]:
    """Return what stood before a tablet's deletion."""
    if before is None or not before.body:
        return content({"kind": kind_of(doc_id)}, {}, {}), (), "undelete", entry.stamps
    side = standing_side(log, before, rules)
    body = with_stubs(content(before.body, side.data, side.missing), stubs_on_time(log, before))
    return body, tuple(before.contests), "undelete", entry.stamps


def standing_side(log: DocumentLog, entry: Entry, rules: FieldRules) -> Side:
    """Return a revision as a side of a merge: server-owned items as they are right, and without what is late."""
    return side_on_time(side_of(entry, owned_items(log, entry, rules)), log, entry, rules.merge)


def owned_items(log: DocumentLog, entry: Entry, rules: FieldRules) -> dict[str, Any]:
    """Return the right values of the server-owned items at a revision: those the server itself wrote last before it."""
    if not entry.is_edit or not rules.server_owned:
        return {}
    path = (log.entries.get(rev) for rev in log.path(entry.rev))
    ours = next((e for e in path if e and e.is_accepted and not e.is_edit and not e.deleted), None)
    data = data_of(ours.body or {}) if ours else {}
    return {name: data.get(name) for name in rules.server_owned}


def _merged(
    doc_id: str, log: DocumentLog, rules: FieldRules, met: Sequence[str], tree: tuple[str, Sequence[str]]
) -> Resolution:
    top, live = tree
    folding = _Folding(log, rules)
    result = folding.run(met)
    versions = rules.newest(body for rev in met if (body := log.entries[rev].body))
    body = with_stubs({**_content(doc_id, log, met, top, result), **versions}, _attachments(log, met))
    return Resolution(
        parent=top,
        content=body,
        obsolete=tuple(rev for rev in live if rev != top),
        into=top,
        merged=tuple(met),
        restores=_restored(log, met),
        stamps=result.stamps,
        contests=tuple(contest_to(c) for c in result.contests or ()),
        decisions=tuple(decision_to(d) for d in folding.decisions),
    )


def _restored(log: DocumentLog, met: Sequence[str]) -> tuple[str, ...]:
    """Return the revisions whose answers stand for the deletions among some sides."""
    gone = (rev for rev in met if log.entries[rev].deleted)
    return tuple(sorted({before.rev for rev in gone if (before := log.nearest_live(rev))}))


def _content(doc_id: str, log: DocumentLog, met: Sequence[str], top: str, result: Side) -> Body:
    """Return the merged body; a subject that every side deleted stays as it last was."""
    bodies = [log.entries[rev] for rev in (top, *met) if rev in log.entries]
    living = next((e for e in bodies if not e.deleted and e.body), None) or log.nearest_live(top)
    shell = {**(living.body if living and living.body else {}), "kind": kind_of(doc_id)}
    if result.deleted:
        return content(shell, data_of(shell), missing_of(shell))
    return content(shell, result.data, result.missing)


def _attachments(log: DocumentLog, met: Sequence[str]) -> Stubs:
    """Return the attachments of all sides, merged by name; a deletion leaves them as they were."""
    ancestry = log.contents()

    def state_at(rev: str) -> Stubs | None:
        entry = log.nearest(log.path(rev))
        return _stubs(log, entry) if entry else None

    strands = [Strand(_stubs(log, log.entries[rev]), ancestry.of(rev)) for rev in met]
    if not any(strand.state for strand in strands):
        return {}
    return Fold(ancestry, state_at, merged_stubs).run(strands)


def _stubs(log: DocumentLog, entry: Entry) -> Stubs:
    held = log.nearest_live(entry.rev) if entry.deleted else entry
    return stubs_on_time(log, held) if held else {}


class _Folding:
    """Folds a document's sides, and keeps what its merges decided."""

    def __init__(self, log: DocumentLog, rules: FieldRules) -> None:
        self._log, self._rules = log, rules
        self._ancestry = log.contents()
        self.decisions: list[Decision] = []

    def run(self, met: Sequence[str]) -> Side:
        entries = [self._log.entries[rev] for rev in met]
        strands = [Strand(self._traced(entry, entries), self._ancestry.of(entry.rev)) for entry in entries]
        return Fold(self._ancestry, self._state_at, self._merge).run(strands)

    def _traced(self, entry: Entry, met: Sequence[Entry]) -> Side:
        """Return a side that knows of a merge's values which edits they are from, where their time alone is no answer.

        Two stamps are equal where tablets send no clock and both are bounded alike.
        """
        side = self._side(entry)
        if entry.is_edit or not entry.merged:
            return side
        tied = [i for i, at in side.stamps.items() if any(o is not entry and o.stamps.get(i) == at for o in met)]
        found = {item: rev for item in tied if (rev := self._origin(entry, item))}
        return dataclasses.replace(side, sources={item: (rev,) for item, rev in found.items()}) if found else side

    def _origin(self, entry: Entry, item: str) -> str | None:
        """Return the edit that a merge has an item's value from: the highest of those that changed it at its time."""
        rules, below, at = self._rules.merge, self._ancestry.of(entry.rev), entry.stamps[item]
        made = [e for e in self._log.edits() if e.rev in below and item in e.changes and e.stamps.get(item) == at]
        value = value_in(entry.body, item, rules)
        same = [e.rev for e in made if json_equal(value_in(e.body, item, rules), value)]
        return max(same, key=rev_order, default=None)

    def _side(self, entry: Entry) -> Side:
        """Return what a revision brings to a merge; a deletion, which is undone, what stood before it."""
        before = self._log.nearest_live(entry.rev) if entry.deleted else None
        return standing_side(self._log, before or entry, self._rules)

    def _state_at(self, rev: str) -> Side | None:
        entry = self._log.nearest(self._log.path(rev))
        return self._side(entry) if entry else None

    def _merge(self, base: Side | None, met: Sequence[Side]) -> Side:
        merged: Merge = merge(as_base(base), met, self._rules.merge)
        self.decisions += [d for d in merged.decisions if d not in self.decisions]
        return as_side(merged, met)

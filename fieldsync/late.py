"""Late: what a collector changed after his cell was handed over, and sends while it drains.

Pure. Sends are sorted item by item by their stamps. What was made before the handover merges like any other. A late
change stands for nothing in its revision: there the item counts as it was before, for merges and for the collectors,
until a person lets it in. Letting in is a child of the late revision, written by the server with the collector's stamp,
which merges with whatever has been written since. A record (a visit, a submission) that is late stays where it was
sent, and the steps pass it over until then. The members of a roster wait together.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from conflict import Rules, Side, item_value, set_items
from fieldsync.attachments import ITEM, Stub, is_file, stubs_of, with_stubs
from fieldsync.clock import write_time
from fieldsync.documents import Body, data_of, kind_of, meta_of, missing_of
from fieldsync.ledger_rows import DocumentLog, Entry

Answers = tuple[Mapping[str, Any], Mapping[str, str]]
"""The data of a document, and its reasons for what is missing."""
DELETED = "_deleted"
LATE, LETS_IN = "late", "lets_in"
"""The cause of a tombstone on a document that is late as a whole; what a revision says that it lets in."""


def late_changes(
    changes: Iterable[str], stamps: Mapping[str, str], drained_at: datetime | None, rules: Rules
) -> list[str]:
    """Return the changes that were made after a handover; an undone deletion has a case of its own."""
    if drained_at is None:
        return []
    asked = [item for item in changes if item != DELETED]
    ended = write_time(drained_at)
    late = {outermost(item, rules) for item in asked if item not in stamps or stamps[item] > ended}
    return [item for item in asked if outermost(item, rules) in late]


def outermost(item: str, rules: Rules) -> str:
    """Return the roster that an item lies in, or the item itself."""
    name = item.partition("[")[0]
    return name if name in rules.rosters else item


def has_late(log: DocumentLog) -> bool:
    """Tell whether anything of a document is or was late; of nearly none it is."""
    return any(entry.late for entry in log.entries.values())


def late_items(log: DocumentLog, entry: Entry) -> frozenset[str]:
    """Return the items that stand for nothing in a tablet's revision: late in it, or in what it was written on."""
    if not entry.is_edit or not has_late(log):
        return frozenset()
    before = log.nearest_live(entry.rev)
    inherited = late_items(log, before) if before else frozenset()
    return (inherited - frozenset(entry.changes)) | frozenset(entry.late)


def is_late_whole(log: DocumentLog, entry: Entry) -> bool:
    """Tell whether a document is new, and nothing of it was there before the handover."""
    if not entry.late or set(entry.late) != set(entry.changes):
        return False
    before = log.nearest_live(entry.rev)
    return before is None or (before.is_edit and is_late_whole(log, before))


def answers_on_time(log: DocumentLog, entry: Entry, rules: Rules) -> Answers:
    """Return the answers of a revision without what is late."""
    body = entry.body or {}
    answers = data_of(body), missing_of(body)
    held = late_items(log, entry)
    return answers_with(answers, _answers_before(log, entry, rules), held, rules) if held else answers


def stubs_on_time(log: DocumentLog, entry: Entry) -> dict[str, Stub]:
    """Return the attachments of a revision without what is late."""
    held = {item for item in late_items(log, entry) if is_file(item)}
    stubs = stubs_of(entry.body or {})
    before = log.nearest_live(entry.rev) if held else None
    return _stubs_with(stubs, stubs_on_time(log, before) if before else {}, held) if held else stubs


def stamps_on_time(log: DocumentLog, entry: Entry) -> Mapping[str, str]:
    """Return when each item of a revision was changed, as far as that counts."""
    held = late_items(log, entry)
    if not held:
        return entry.stamps
    before = log.nearest_live(entry.rev)
    earlier = stamps_on_time(log, before) if before else {}
    kept = {item: at for item, at in entry.stamps.items() if item not in held}
    return kept | {item: earlier[item] for item in held if item in earlier}


def side_on_time(side: Side, log: DocumentLog, entry: Entry, rules: Rules) -> Side:
    """Return a side of a merge without what is late in it."""
    held = late_items(log, entry)
    if not held:
        return side
    before = _answers_before(log, entry, rules)
    data, missing = answers_with((side.data, side.missing), before, held, rules)
    return dataclasses.replace(side, data=data, missing=missing, stamps=stamps_on_time(log, entry))


def answers_with(answers: Answers, source: Answers, items: Collection[str], rules: Rules) -> Answers:
    """Return answers with some items as another document has them; a roster is taken whole."""
    names = {outermost(item, rules) for item in items if not is_file(item)}
    plain = {name: item_value(*source, name, rules) for name in names if name not in rules.rosters}
    data, missing = set_items(answers, plain, rules)
    for name in names & rules.rosters.keys():
        data.pop(name, None)
        data |= {name: source[0][name]} if name in source[0] else {}
    return data, missing


def body_let_in(log: DocumentLog, entry: Entry, items: Collection[str], rules: Rules) -> Body:
    """Return a late revision's body, without `meta`, with only these of its late items."""
    body = {name: part for name, part in (entry.body or {}).items() if name not in ("data", "missing", "meta")}
    sent = data_of(entry.body or {}), missing_of(entry.body or {})
    data, missing = answers_with(answers_on_time(log, entry, rules), sent, items, rules)
    stubs = _stubs_with(stubs_on_time(log, entry), stubs_of(entry.body or {}), {i for i in items if is_file(i)})
    made = {"kind": kind_of(entry.document), **body, "data": dict(data), **({"missing": missing} if missing else {})}
    return with_stubs(made, stubs)


def let_in_by(log: DocumentLog, entry: Entry, item: str) -> Entry | None:
    """Return the revision of ours that let a late change in, or None."""
    return next((one for one in log.entries.values() if item in _lets_in(one, entry.rev)), None)


def place_of(log: DocumentLog, entry: Entry, item: str) -> str | None:
    """Return the revision with which a change entered the merge; None for a late one that was not let in."""
    if item not in entry.late:
        return entry.rev
    let_in = let_in_by(log, entry, item)
    return let_in.rev if let_in else None


def undecided(log: DocumentLog) -> Iterator[tuple[Entry, str]]:
    """Yield the late changes that nobody has decided about, and that their tablet has not replaced; oldest first."""
    for entry in sorted(log.edits(), key=lambda e: (e.arrived, e.rev)):
        for item in entry.late:
            last = log.outcomes.get((entry.rev, item))
            if (last is None or (last.cause.startswith("late:") and last.outcome == "waiting")) and not let_in_by(
                log, entry, item
            ):
                yield entry, item


def replacing(log: DocumentLog, entry: Entry, item: str) -> Entry | None:
    """Return the tablet's own later change of an item, which a late one has given way to; or None."""
    ancestry = log.ancestry()
    own = [e for e in log.edits() if e.tablet == entry.tablet and e.rev != entry.rev and item in e.changes]
    return next((e for e in own if entry.rev in ancestry.of(e.rev)), None)


def counts(log: DocumentLog, entry: Entry) -> bool:
    """Tell whether a record counts for the steps: it is on time, or was let in."""
    last = log.outcomes.get((entry.rev, "*"))
    return not entry.late or (last is not None and last.outcome == "recorded")


def _lets_in(entry: Entry, rev: str) -> Collection[str]:
    meta = meta_of(entry.body or {}) if entry.origin == "server" and (entry.cause or "").startswith("late:") else {}
    return meta.get("items", ()) if meta.get(LETS_IN) == rev else ()


def _answers_before(log: DocumentLog, entry: Entry, rules: Rules) -> Answers:
    before = log.nearest_live(entry.rev)
    return answers_on_time(log, before, rules) if before else ({}, {})


def _stubs_with(stubs: Mapping[str, Stub], source: Mapping[str, Stub], items: Collection[str]) -> dict[str, Stub]:
    names = {item.removeprefix(ITEM) for item in items}
    kept = {name: stub for name, stub in stubs.items() if name not in names}
    return kept | {name: source[name] for name in names if name in source}

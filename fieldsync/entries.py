"""Ledger entries of what is pushed: who wrote it, on what, what it changed, and when in the server's time.

Pure.
"""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from conflict import Rules, changed_items
from fieldsync.attachments import changed_files, stubs_of
from fieldsync.clock import Bearings, parse_time, write_time
from fieldsync.documents import SUBJECTS, Body, data_of, derived_id, kind_of, meta_of, missing_of
from fieldsync.judgement import APART, CANNOT_STAND, Reason, Sent
from fieldsync.late import late_changes
from fieldsync.ledger import DocumentLog, Entry
from fieldsync.replication import Caller

_BASE64 = "base64:"
"""Begins the text of what was no UTF-8."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Where, from whom and when a push came."""

    cell: str
    caller: Caller
    bearings: Bearings

    @property
    def at(self) -> str:
        """Return the time of arrival."""
        return write_time(self.bearings.arrived)


def edit_entry(arrival: Arrival, sent: Sent, log: DocumentLog, rules: Rules) -> Entry:
    """Return the entry of an accepted edit; stamps and open contests are inherited where it changes nothing."""
    before = log.nearest(log_path(log, sent))
    changes = () if sent.deleted and not log.has_lived() else (*_changes(sent, before, rules), *_files(sent, before))
    known_at = parse_time(before.arrived) if before else None
    fresh = _stamps(sent.body, changes, rules, lambda stamp: arrival.bearings.corrected(stamp, known_at))
    return Entry(
        cell=arrival.cell,
        document=sent.id,
        rev=sent.rev,
        path=_short_path(sent, log),
        origin="tablet",
        author=arrival.caller.user,
        tablet=arrival.caller.tablet,
        arrived=arrival.at,
        offset_s=_offset_s(arrival),
        deleted=sent.deleted,
        body=sent.body,
        stamps={**(before.stamps if before else {}), **fresh},
        contests=list(before.contests) if before else [],
        changes=list(changes),
        late=late_changes(changes, fresh, arrival.caller.drained_at, rules),
    )


def _offset_s(arrival: Arrival) -> float | None:
    """Return the offset in seconds; a whole number without a point, which canonical JSON has quickly."""
    offset = arrival.bearings.offset
    seconds = 0.0 if offset is None else offset.total_seconds()
    return None if offset is None else int(seconds) if seconds.is_integer() else seconds


def returned_entry(arrival: Arrival, sent: Sent, log: DocumentLog) -> Entry:
    """Return the entry of a revision of the server's own that a tablet hands back after a restore."""
    meta = meta_of(sent.body)
    return Entry(
        cell=arrival.cell,
        document=sent.id,
        rev=sent.rev,
        path=_short_path(sent, log),
        origin="server",
        authority="registry",
        arrived=arrival.at,
        deleted=sent.deleted,
        body=sent.body,
        merged=[str(rev) for rev in meta.get("merged", [])],
        restores=[str(rev) for rev in meta.get("restores", [])],
        merged_into=meta.get("merged_into"),
        cause=str(meta.get("cause")),
    )


def quarantined_entry(arrival: Arrival, sent: Sent, log: DocumentLog, rules: Rules, reason: Reason) -> Entry:
    """Return the entry of a document that may not enter its cell: the bytes it came in, and why.

    Of an answer to a sealed form that was put where it belongs, its entry there has the content.
    """
    return Entry(
        cell=arrival.cell,
        document=sent.id,
        rev=sent.rev,
        path=[sent.rev] if reason in CANNOT_STAND else _short_path(sent, log),
        origin="tablet",
        author=arrival.caller.user,
        tablet=arrival.caller.tablet,
        arrived=arrival.at,
        offset_s=_offset_s(arrival),
        deleted=sent.deleted,
        quarantined=reason.value,
        changes=_quarantined_changes(sent, log, rules, reason),
        raw=None if reason is Reason.SEALED else _kept_bytes(sent.raw),
    )


def sent_bytes(entry: Entry) -> bytes:
    """Return the bytes of a document that was set aside, as it came."""
    raw = entry.raw or ""
    return base64.b64decode(raw.removeprefix(_BASE64)) if raw.startswith(_BASE64) else raw.encode()


def named(sent: Sent) -> Sent:
    """Give a document without a usable id or revision a name to be kept under, from its bytes."""
    doc_id = sent.id or f"unnamed:{derived_id('unnamed', base64.b64encode(sent.raw).decode())}"
    rev = sent.rev or f"0-{derived_id('unnamed', base64.b64encode(sent.raw).decode()).replace('-', '')}"
    return dataclasses.replace(sent, id=doc_id, rev=rev)


def log_path(log: DocumentLog, sent: Sent) -> list[str]:
    """Return a pushed revision's ancestors as far as they are known, newest first."""
    path = list(sent.path[1:])
    return path + list(log.path(path[-1]))[1:] if path else []


def _short_path(sent: Sent, log: DocumentLog) -> list[str]:
    path = [str(sent.rev)]
    for rev in sent.path[1:]:
        path.append(rev)
        if rev in log.entries:
            break
    return path


def _changes(sent: Sent, before: Entry | None, rules: Rules) -> tuple[str, ...]:
    if kind_of(sent.id) not in SUBJECTS:
        return ("*",)
    if sent.deleted:
        return ("_deleted",)
    base = (data_of(before.body or {}), missing_of(before.body or {})) if before and not before.deleted else None
    return changed_items(base, (data_of(sent.body), missing_of(sent.body)), rules)


def _files(sent: Sent, before: Entry | None) -> tuple[str, ...]:
    """Return the attachments of a subject that were added, replaced or removed, as items."""
    if sent.deleted or kind_of(sent.id) not in SUBJECTS:
        return ()
    base = stubs_of(before.body or {}) if before and not before.deleted else {}
    return changed_files(base, stubs_of(sent.body))


def _stamps(body: Body, changes: Sequence[str], rules: Rules, corrected: Callable[[object], str]) -> dict[str, str]:
    """Return when each changed item was changed: its own stamp, else the revision's."""
    meta = meta_of(body)
    own = meta.get("stamps")
    stamps = dict.fromkeys(changes, corrected(meta.get("at")))
    if not isinstance(own, dict) or not own:
        return stamps
    for item in changes:
        found = [s for name in (item, *rules.fields_of(item)) if parse_time(s := own.get(name))]
        outer = [s for name in rules.around(item) if parse_time(s := own.get(name))]
        stamps[item] = max((corrected(s) for s in found or outer[-1:]), default=stamps[item])
    return stamps


def _quarantined_changes(sent: Sent, log: DocumentLog, rules: Rules, reason: Reason) -> list[str]:
    """Return the items a quarantined edit changes, where it can be read as an edit; else it counts as one change."""
    if reason in APART:
        return []
    readable = reason in (Reason.ATTACHMENTS, Reason.TOO_LARGE, Reason.TOO_DEEP) and bool(sent.body)
    changes = _changes(sent, log.nearest(log_path(log, sent)), rules) if readable else ()
    return list(changes) or ["*"]


def _kept_bytes(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return _BASE64 + base64.b64encode(raw).decode()

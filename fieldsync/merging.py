"""Between the ledger and the merge engine: entries as bases and sides, contests as JSON.

Pure.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from conflict import (
    ABSENT,
    Base,
    Candidate,
    Contest,
    Decision,
    Merge,
    Missing,
    Rules,
    Side,
    item_value,
    merge,
    set_items,
)
from conflict.result import rev_order
from fieldsync.attachments import is_file, stubs_of, told_file
from fieldsync.documents import data_of, missing_of
from fieldsync.ledger import Entry


def side_of(entry: Entry, owned: Mapping[str, Any] | None = None) -> Side:
    """Return a revision as a side of a merge; `owned` replaces the server-owned items (None in it: absent)."""
    body = entry.body or {}
    return Side(
        rev=entry.rev,
        data=with_owned(data_of(body), owned or {}),
        missing=missing_of(body),
        deleted=entry.deleted,
        stamps=entry.stamps,
        authority=entry.authority,
        contests=tuple(contest_from(c) for c in entry.contests),
    )


def with_owned(data: Mapping[str, Any], owned: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data with server-owned items as `owned` says."""
    kept = {k: v for k, v in data.items() if k not in owned}
    return {**kept, **{k: v for k, v in owned.items() if v is not None}}


def merge_sides(base: Side | None, sides: Sequence[Side], rules: Rules) -> Side:
    """Merge sides over a base into one, to be merged further: the step that a fold repeats."""
    return as_side(merge(as_base(base), sides, rules), sides)


def as_base(side: Side | None) -> Base | None:
    """Return what a revision held as the base of a merge."""
    if side is None:
        return None
    return Base(data=side.data, missing=side.missing, deleted=side.deleted, contests=side.contests or ())


def as_side(merged: Merge, sides: Sequence[Side]) -> Side:
    """Return a merge's result as a side that carries the stamps and the open contests on."""
    stamps: dict[str, str] = {}
    for side in sides:
        for item, stamp in side.stamps.items():
            stamps[item] = max(stamp, stamps.get(item, ""))
    top = max((s.rev for s in sides), key=rev_order)
    side = merged.as_side(top)
    return dataclasses.replace(side, stamps={**stamps, **merged.stamps})


def contest_from(stored: Mapping[str, Any]) -> Contest:
    """Read a contest as the ledger keeps it."""
    candidates = tuple(Candidate(c["rev"], value_from(c)) for c in stored["candidates"])
    return Contest(stored["item"], tuple(stored["fields"]), candidates)


def contest_to(contest: Contest) -> dict[str, Any]:
    """Write a contest as the ledger keeps it."""
    candidates = [{"rev": c.rev, **value_to(c.value)} for c in contest.candidates]
    return {"item": contest.item, "fields": list(contest.fields), "candidates": candidates}


def decision_to(decision: Decision) -> dict[str, Any]:
    """Write a merge's decision as the ledger keeps it."""
    values = [{"rev": c.rev, **value_to(c.value)} for c in decision.values]
    return {"item": decision.item, "strategy": decision.strategy, "winner": decision.winner, "values": values}


def value_to(value: Any) -> dict[str, Any]:
    """Write an item's value: `value`, `missing` (a reason, or the reasons of a group's fields), both, or neither."""
    if value is ABSENT:
        return {}
    if isinstance(value, Missing):
        return {"missing": value.reason}
    if isinstance(value, dict) and any(isinstance(v, Missing) for v in value.values()):
        reasons = {k: v.reason for k, v in value.items() if isinstance(v, Missing)}
        return {"value": {k: v for k, v in value.items() if not isinstance(v, Missing)}, "missing": reasons}
    return {"value": value}


def value_from(stored: Mapping[str, Any]) -> Any:
    """Read an item's value as `value_to` wrote it."""
    missing = stored.get("missing")
    if isinstance(missing, str):
        return Missing(missing)
    if isinstance(missing, dict):
        return {**stored["value"], **{k: Missing(v) for k, v in missing.items()}}
    return stored.get("value", ABSENT)


def value_in(body: Mapping[str, Any] | None, item: str, rules: Rules) -> Any:
    """Return an item's value in a body; ABSENT where there is none. An attachment's is its content type and digest."""
    if is_file(item):
        return told_file(stubs_of(body or {}), item) or ABSENT
    return item_value(data_of(body or {}), missing_of(body or {}), item, rules)


def with_value(body: Mapping[str, Any], item: str, value: Any, rules: Rules) -> dict[str, Any]:
    """Return a body in which an item has this value (data, reasons, or neither where it is ABSENT)."""
    return with_values(body, {item: value}, rules)


def with_values(body: Mapping[str, Any], values: Mapping[str, Any], rules: Rules) -> dict[str, Any]:
    """Return a body in which items have these values; a member of a roster is set together with its fields."""
    data, missing = set_items((data_of(body), missing_of(body)), values, rules)
    return content(body, data, missing)


def content(body: Mapping[str, Any], data: Mapping[str, Any], missing: Mapping[str, str]) -> dict[str, Any]:
    """Return a body's members without `meta`, with these answers; no `missing` member where there is none."""
    kept = {k: v for k, v in body.items() if k not in ("data", "missing", "meta")}
    return {**kept, "data": dict(data), **({"missing": dict(missing)} if missing else {})}

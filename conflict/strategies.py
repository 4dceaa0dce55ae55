"""The strategies: how one value is made of several different ones.

Each is given the base's value and the proposals in order of their stamps, the latest last. What makes a side that was
merged already change nothing, for every strategy:

- the result is never the base's value, or the merged side would pass for untouched;
- where values of different kinds meet, the latest proposal says which kind counts, and the result bears its stamp; at
  one stamp the kind that the strategy is for is the later, whichever revision it came from;
- a combination that some proposal already has is taken from the latest such proposal as it stands, order included.

What only lives within a merge (proposals, choices, readings, standings) is not frozen, though nothing changes it: each
merge makes several, and a frozen one takes several times as long to make.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from conflict.equality import ABSENT, json_equal, json_key
from conflict.result import rev_order

AUTHORITIES: Final[Mapping[str, int]] = {
    "registry": 3,
    "administrator": 2,
    "reviewer": 2,
    "supervisor": 2,
    "collector": 1,
    "auditor": 1,
}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER: Final = re.compile(r"[+-]?\d+(?:\.\d+)?", re.ASCII)


@dataclass(slots=True)
class Proposal:
    """One side's value of an item; `revs` are the revisions it came from, that of its stamp last; `rev` the side's."""

    rev: str
    revs: tuple[str, ...]
    value: Any
    stamp: str
    authority: int | str


@dataclass(slots=True)
class Choice:
    """The value a strategy came to, the proposals whose change is in it, and the one that decided."""

    value: Any
    strategy: str
    winner: Proposal
    sources: Sequence[Proposal]
    stamp: str


def instant(stamp: Any) -> timedelta:
    """Return a stamp as the time since 1970 (UTC where it has no offset); what is no RFC 3339 stamp comes first."""
    return _since_epoch(stamp) if isinstance(stamp, str) else timedelta.min


@lru_cache(1024)
def _since_epoch(stamp: str) -> timedelta:
    try:
        moment = datetime.fromisoformat(stamp.upper())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH
    except (ValueError, OverflowError):
        return timedelta.min


def by_stamp(proposals: Sequence[Proposal]) -> list[Proposal]:
    """Return proposals in order of their stamps, ties by the revision that the value came from.

    Not by the side's own: a merge of the server's has a higher revision than any edit in it, so the result would hang
    on which of two edits arrived first.
    """
    return sorted(proposals, key=lambda proposal: (instant(proposal.stamp), rev_order(proposal.revs[-1])))


def rank(authority: int | str) -> int:
    """Return the rank of an authority: 3 the registry's own, 2 staff, 1 collectors and anybody unknown."""
    return authority if isinstance(authority, int) else AUTHORITIES.get(authority, 1)


def choose(strategy: str, base: Any, proposals: Sequence[Proposal]) -> Choice:
    """Return what a strategy makes of different values; `proposals` in order of their stamps."""
    if fitness := _FITNESS.get(strategy):
        proposals = sorted(proposals, key=lambda one: (instant(one.stamp), fitness(one.value)))
    return _STRATEGIES[strategy](base, proposals)


def _whole(strategy: str, winner: Proposal, proposals: Sequence[Proposal], stamp: str | None = None) -> Choice:
    sources = [one for one in proposals if one is not winner and json_equal(one.value, winner.value)]
    sources.append(winner)
    return Choice(winner.value, strategy, winner, sources, winner.stamp if stamp is None else stamp)


def _agree(proposals: Sequence[Proposal]) -> bool:
    """Tell whether the proposals of one kind leave nothing to combine or compare."""
    return all(json_equal(proposal.value, proposals[0].value) for proposal in proposals)


def _latest(_: Any, proposals: Sequence[Proposal]) -> Choice:
    return _whole("latest", proposals[-1], proposals)


def _authority(_: Any, proposals: Sequence[Proposal]) -> Choice:
    places = range(len(proposals))
    return _whole("authority", proposals[max(places, key=lambda i: (rank(proposals[i].authority), i))], proposals)


def _max(base: Any, proposals: Sequence[Proposal]) -> Choice:
    comparable = _of_one_kind(proposals)
    if _agree(comparable):
        return _latest(base, proposals)
    places = range(len(comparable))
    best = max(places, key=lambda i: (_magnitude(comparable[i].value), i))
    return _whole("max", comparable[best], proposals, proposals[-1].stamp)


def _min(base: Any, proposals: Sequence[Proposal]) -> Choice:
    comparable = _of_one_kind(proposals)
    if _agree(comparable):
        return _latest(base, proposals)
    places = range(len(comparable))
    best = min(places, key=lambda i: (_magnitude(comparable[i].value), -i))
    return _whole("min", comparable[best], proposals, proposals[-1].stamp)


def _of_one_kind(proposals: Sequence[Proposal]) -> list[Proposal]:
    """Return the proposals that can be compared with the latest one."""
    kind = _kind(proposals[-1].value)
    return [proposal for proposal in proposals if kind and _kind(proposal.value) == kind]


_KINDS: Final = ("", "text", "number")


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return "text"
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) and value == value else ""


def _magnitude(value: Any) -> Any:
    """Return a key for numbers or for texts: numerals by their number, before dates and words; times as instants."""
    if not isinstance(value, str):
        return value
    if _NUMBER.fullmatch(value.strip()):
        return (0, float(value), "")
    moment = instant(value) if "T" in value else timedelta.min
    return (1, 0.0, value if moment == timedelta.min else (_EPOCH + moment).isoformat())


Elements = dict[Hashable, Any]
"""Elements of a set, by the key of their value, in order."""


def _tokens(value: Any) -> Elements | None:
    """Return the elements of a set: an array's, or the words of a text (select_multiple); None for anything else."""
    if value is ABSENT:
        return {}
    parts = value.split() if isinstance(value, str) else value
    return {json_key(part): part for part in parts} if isinstance(parts, list) else None


def _entries(value: Any) -> Elements | None:
    """Return the entries of a note: an array's texts, or the lines of a text; None for anything else."""
    if value is ABSENT:
        return {}
    parts = value.split("\n") if isinstance(value, str) else value
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        return None
    return {part: part for part in parts if part.strip()}


def _union(base: Any, proposals: Sequence[Proposal]) -> Choice:
    sets = [(proposal, found) for proposal in proposals if (found := _tokens(proposal.value)) is not None]
    if not sets or sets[-1][0] is not proposals[-1] or _agree([proposal for proposal, _ in sets]):
        return _latest(base, proposals)
    before = _tokens(base) or {}
    kept = {key: part for key, part in before.items() if all(key in found for _, found in sets)}
    for _, found in sets:
        kept.update((key, part) for key, part in found.items() if key not in before and key not in kept)
    return _combined("union", " ", kept, sets)


def _append(base: Any, proposals: Sequence[Proposal]) -> Choice:
    texts = [(proposal, found) for proposal in proposals if (found := _entries(proposal.value)) is not None]
    if not texts or texts[-1][0] is not proposals[-1] or _agree([proposal for proposal, _ in texts]):
        return _latest(base, proposals)
    before = _entries(base) or {}
    adding = [(proposal, found) for proposal, found in texts if found.keys() - before.keys()]
    if not adding:  # each only struck entries out: keeping them all would undo every edit
        kept = {key: part for key, part in before.items() if all(key in found for _, found in texts)}
        return _combined("append", "\n", kept, texts)
    kept = dict(before)
    for _, found in adding:
        kept.update(found)
    return _combined("append", "\n", kept, texts, adding)


def _combined(
    strategy: str,
    glue: str,
    kept: Elements,
    parts: Sequence[tuple[Proposal, Elements]],
    sources: Sequence[tuple[Proposal, Elements]] = (),
) -> Choice:
    latest = parts[-1][0]
    contributors = [proposal for proposal, _ in sources or parts]
    for proposal, found in reversed(parts):
        if found.keys() == kept.keys():
            return Choice(proposal.value, strategy, proposal, contributors, latest.stamp)
    is_text = all(isinstance(proposal.value, str) or proposal.value is ABSENT for proposal, _ in parts)
    value = glue.join(kept.values()) if is_text else list(kept.values())
    return Choice(value, strategy, contributors[-1], contributors, latest.stamp)


_FITNESS: Final[Mapping[str, Callable[[Any], int]]] = {
    "max": lambda value: _KINDS.index(_kind(value)),
    "min": lambda value: _KINDS.index(_kind(value)),
    "union": lambda value: _tokens(value) is not None,
    "append": lambda value: _entries(value) is not None,
}
"""How well a value suits a strategy that has to do with values of one kind: of one stamp, the better is the later."""

_STRATEGIES: Final[Mapping[str, Callable[[Any, Sequence[Proposal]], Choice]]] = {
    "latest": _latest,
    "roster": _latest,  # of values that are no rosters; members are items of their own
    "authority": _authority,
    "max": _max,
    "min": _min,
    "union": _union,
    "append": _append,
}

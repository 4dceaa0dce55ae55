"""What goes into a merge and what comes out: bases, sides, decisions, contests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any


@lru_cache(1024)
def rev_order(rev: str) -> tuple[int, str]:
    """Return the key by which revisions are ordered: generation, then hash. A merge asks for each several times."""
    generation, dash, digest = rev.partition("-")
    is_number = dash and len(generation) <= 18 and generation.isascii() and generation.isdecimal()
    return (int(generation), digest) if is_number else (0, rev)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value and the revision that proposed it; the value of a group is an object of its fields."""

    rev: str
    value: Any


@dataclass(frozen=True, slots=True)
class Contest:
    """Values of one item that no rule may choose between."""

    item: str
    fields: tuple[str, ...]
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """A value of one item that a merge preferred by rule, with every value it met.

    Besides the names of the strategies, `strategy` is `deletion` where an edit was kept against a deletion, and
    `closing` where the closing of a contest was kept against a revision that still held one of its candidates. The
    winner of a combination is the latest revision in it.
    """

    item: str
    fields: tuple[str, ...]
    strategy: str
    winner: str
    values: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Base:
    """The state the sides started from."""

    data: Mapping[str, Any]
    missing: Mapping[str, str] = field(default_factory=dict)
    deleted: bool = False
    contests: tuple[Contest, ...] = ()


@dataclass(frozen=True, slots=True)
class Side:
    """One revision to merge.

    `stamps` says when an item (or one of its fields) was changed, `at` when any other was; RFC 3339. `contests` are
    those open in this revision; None: the base's. `authorities` and `sources` speak for single items, where the side is
    itself the result of a merge: whose authority the item has, and which revisions it came from.
    """

    rev: str
    data: Mapping[str, Any]
    missing: Mapping[str, str] = field(default_factory=dict)
    deleted: bool = False
    stamps: Mapping[str, str] = field(default_factory=dict)
    at: str = ""
    authority: int | str = "collector"
    contests: tuple[Contest, ...] | None = None
    authorities: Mapping[str, int | str] = field(default_factory=dict)
    sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(slots=True)
class Merge:
    """The result of a merge. Nothing changes it; not being frozen, it is made in a third of the time.

    `stamps`, `sources` and `authorities` speak of the items that changed from the base: the stamp and the authority of
    the value kept, and the revisions whose change is in it, the one that decided last.
    """

    data: dict[str, Any]
    missing: dict[str, str]
    deleted: bool
    decisions: tuple[Decision, ...]
    contests: tuple[Contest, ...]
    stamps: dict[str, str]
    sources: dict[str, tuple[str, ...]]
    authorities: dict[str, int | str]

    def as_side(self, rev: str) -> Side:
        """Return this result as a side of a further merge; `rev` is the latest revision merged, or a child of it."""
        return Side(
            rev=rev,
            data=self.data,
            missing=self.missing,
            deleted=self.deleted,
            stamps=self.stamps,
            contests=self.contests,
            authorities=self.authorities,
            sources=self.sources,
        )

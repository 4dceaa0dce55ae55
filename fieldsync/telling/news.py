"""News: what each collector should hear of the changes that he made to a document.

Pure. Told is what somebody else, a rule or a person made of a change; not told is what needs nobody: what is the same
as another's, what the collector replaced himself, what goes in by itself. What he has changed again since is no news.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from conflict import ABSENT, Rules
from fieldsync.cases import Case
from fieldsync.documents import derived_id
from fieldsync.ledger import DocumentLog, Entry

TOLD = (
    "latest", "authority", "max", "min", "merge", "registry", "deletion", "closing", "combined", "contested",
    "chosen", "not_chosen", "admitted", "returned", "refused", "reverted", "not_deleted", "photo",
)  # fmt: skip
"""What there can be to tell; each has its sentence in `sentences.py`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """One thing to tell: what (`kind`, of TOLD) became of a change, when; against whose value; by whom, and why.

    `made` and `other_made` are when the values were taken down; `level` is whose staff it waits for.
    """

    kind: str
    document: str
    item: str
    rev: str
    whose: str
    at: str
    made: str
    cause: str
    mine: Any = ABSENT
    other: Any = ABSENT
    other_by: tuple[str, ...] = ()
    other_made: str | None = None
    by: str | None = None
    reason: str | None = None
    level: str | None = None

    @property
    def id(self) -> str:
        """Return the identifier that follows from what is told, and of which change."""
        return derived_id("news", self.document, self.rev, self.item, self.kind, self.cause)


@dataclass(frozen=True, slots=True)
class Told:
    """A document whose changes are told of: its log, its rules, the cases about it, and from when on it is news."""

    document: str
    log: DocumentLog
    rules: Rules
    cases: Mapping[str, Case]
    since: str


def sorted_news(told: Told, found: Iterator[News]) -> list[News]:
    """Return what is still news, in order."""
    fresh = [news for news in found if news.at >= told.since and not _is_changed_since(told, news)]
    return sorted(fresh, key=in_order)


def in_order(news: News) -> tuple[str, ...]:
    """Return the key by which news is told: as its changes were taken down."""
    return news.made, news.document, news.item, news.rev, news.kind


def stamp_of(entry: Entry, item: str) -> str:
    """Return when an item was taken down, in the server's time."""
    return entry.stamps.get(item) or entry.arrived


def _is_changed_since(told: Told, news: News) -> bool:
    """Tell whether the collector has changed the item again, on top of what the news is about."""
    if news.kind == "photo":
        return False
    ancestry = told.log.ancestry()
    again = (e for e in told.log.edits() if e.author == news.whose and e.rev != news.rev and news.item in e.changes)
    return any(news.rev in ancestry.of(e.rev) for e in again)

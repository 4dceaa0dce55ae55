"""Scene: what the steps of one document's story are told with.

Pure.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fieldsync.cases import Case
from fieldsync.ledger import DocumentLog, Entry
from fieldsync.merging import value_in
from fieldsync.telling.people import People
from fieldsync.telling.phrases import LANGUAGES
from fieldsync.telling.reading import Reading
from fieldsync.telling.times import dated, local, seen_from

Step = dict[str, Any]
"""A step of a story: what it is, when (`arrived`), its parts, and the sentences `en` and `zh`."""
AT_ONCE_S = 60
"""Within how many seconds two times are told as one."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A document's log and cases, how its items are read, who people are, and when the story is told."""

    document: str
    log: DocumentLog
    reading: Reading
    people: People
    zone: ZoneInfo
    now: datetime
    cases: Mapping[str, Case]

    def when(self, at: str | None, language: str) -> str:
        """Return a time in words, as seen from now; by its date in what is told to be kept."""
        moment = local(at, self.zone)
        if moment and self.reading.whole_texts:
            return dated(moment, language)
        return seen_from(self.now.astimezone(self.zone), moment, language) if moment else str(at or "")

    def author(self, rev: str) -> str | None:
        """Return who wrote a revision; None for the server."""
        entry = self.log.entries.get(rev)
        return entry.author if entry else None

    def before(self, entry: Entry) -> Entry | None:
        """Return the nearest accepted ancestor of a revision."""
        return self.log.nearest(itertools.islice(self.log.path(entry.rev), 1, None))

    def value(self, entry: Entry | None, item: str) -> Any:
        """Return an item's value at a revision."""
        return value_in(entry.body if entry else None, item, self.reading.rules)

    def both(self, step: Mapping[str, Any], sentences: Sequence[str]) -> Step:
        """Return a step with its sentences, one for each of LANGUAGES."""
        return {**step, **dict(zip(LANGUAGES, sentences, strict=True))}


def listed(parts: Sequence[str], language: str) -> str:
    """Return parts as a list within a sentence: `a, b and c`, `a、b、c`."""
    if language == "zh" or len(parts) < 2:
        return "、".join(parts)
    return ", ".join(parts[:-1]) + " and " + parts[-1]


def ended(text: str, language: str) -> str:
    """Return a text as a sentence: with a capital and an end."""
    plain = " ".join(text.split())
    if not plain or plain[-1] in ".!?。！？":
        return plain
    return plain + ("。" if language == "zh" else ".")

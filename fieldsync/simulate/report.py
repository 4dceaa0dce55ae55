from __future__ import annotations
from dataclasses import dataclass
from collections.abc import Mapping, Sequence
from pathlib import Path
from fieldsync.simulate.books import Books
from fieldsync.simulate.ledger_reading import CellDay
from fieldsync.simulate.stage import Check
from fieldsync.simulate.stories import Story
@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that is told of the day at its end."""
    books: Books
    checks: Sequence[Check]
    stories: Sequence[Story]
    peak_rss_mb: float
def write_report(path: Path, evidence: Evidence) -> None:
    pass

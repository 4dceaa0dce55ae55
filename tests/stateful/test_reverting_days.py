"""Days on which admissions are taken back end as well as any other."""

from __future__ import annotations

from pathlib import Path

import pytest

from .reverting import RevertingDay
from .whole_days import lived


@pytest.mark.parametrize("seed", [7, 21])
def test_days_with_reversals_end_with_cells_registry_and_books_in_agreement(
    seed: int, published: Path, tmp_path: Path
) -> None:
    """Whatever is taken back between edits, merges and handovers, the evening leaves nothing open and nothing apart."""
    day = lived(published, tmp_path, lambda folder: RevertingDay(folder, seed), 80)
    assert day.reverted

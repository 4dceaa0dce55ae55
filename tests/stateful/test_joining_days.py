"""Days on which records are joined and parted again end as well as any other."""

from __future__ import annotations

from pathlib import Path

import pytest

from .joining import JoiningDay
from .whole_days import lived


@pytest.mark.parametrize("seed", [2, 8])
def test_days_with_undone_duplicates_end_with_cells_registry_and_books_in_agreement(
    seed: int, published: Path, tmp_path: Path
) -> None:
    """Whoever is found to be one person and then not, the evening leaves nothing open and nothing apart."""
    day = lived(published, tmp_path, lambda folder: JoiningDay(folder, seed), 50)
    assert day.joined
    assert day.undone

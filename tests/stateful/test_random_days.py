"""Random days end well: nothing lost, nothing undone, nothing left to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from .days import Day
from .whole_days import lived


@pytest.mark.parametrize("seed", [3, 102, 106, 114, 511])
def test_a_random_day_ends_with_cells_registry_and_books_in_agreement(
    seed: int, published: Path, tmp_path: Path
) -> None:
    """Whatever four tablets and a reviewer do in whatever order, the evening leaves nothing open and nothing apart."""
    lived(published, tmp_path, lambda folder: Day(folder, seed), 80)

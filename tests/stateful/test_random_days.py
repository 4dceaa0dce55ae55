"""Random days end well: nothing lost, nothing undone, nothing left to do."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from .days import Day


@pytest.mark.parametrize("seed", [3, 102, 106, 114, 511])
def test_a_random_day_ends_with_cells_registry_and_books_in_agreement(
    seed: int, published: Path, tmp_path: Path
) -> None:
    """Whatever four tablets and a reviewer do in whatever order, the evening leaves nothing open and nothing apart."""
    folder = tmp_path / "store"
    shutil.copytree(published, folder)
    day = Day(folder, seed)
    try:
        day.live(80)
        day.evening()
        faults = list(day.faults())
    except Exception as error:
        error.add_note("\n".join(day.history))
        raise
    finally:
        day.store.close()
    assert not faults, "\n".join([*faults, *day.history])

"""Days on which records are joined and parted again end as well as any other."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from .joining import JoiningDay


@pytest.mark.parametrize("seed", [2, 8])
def test_days_with_undone_duplicates_end_with_cells_registry_and_books_in_agreement(
    seed: int, published: Path, tmp_path: Path
) -> None:
    """Whoever is found to be one person and then not, the evening leaves nothing open and nothing apart."""
    shutil.copytree(published, tmp_path / "store")
    day = JoiningDay(tmp_path / "store", seed)
    try:
        day.live(50)
        day.evening()
        day.think_again(4)
        faults = list(day.faults())
    except Exception as error:
        error.add_note("\n".join(day.history))
        raise
    finally:
        day.store.close()
    assert day.joined
    assert day.undone
    assert not faults, "\n".join([*faults, *day.history])

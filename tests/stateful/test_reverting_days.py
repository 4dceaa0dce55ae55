"""Days on which admissions are taken back end as well as any other."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from .reverting import RevertingDay


@pytest.mark.parametrize("seed", [7, 21])
def test_days_with_reversals_end_with_cells_registry_and_books_in_agreement(
    seed: int, published: Path, tmp_path: Path
) -> None:
    """Whatever is taken back between edits, merges and handovers, the evening leaves nothing open and nothing apart."""
    shutil.copytree(published, tmp_path / "store")
    day = RevertingDay(tmp_path / "store", seed)
    try:
        day.live(80)
        day.evening()
        for _ in range(6):
            day.revert()
        day.catch_up()
        faults = list(day.faults())
    except Exception as error:
        error.add_note("\n".join(day.history))
        raise
    finally:
        day.store.close()
    assert day.reverted
    assert not faults, "\n".join([*faults, *day.history])

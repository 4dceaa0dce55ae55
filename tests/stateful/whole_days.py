"""A whole day, from the first act to the last look: it must end with nothing apart, or its history is told."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from .days import Day

D = TypeVar("D", bound=Day)


def lived(published: Path, folder: Path, begin: Callable[[Path], D], acts: int) -> D:
    """Live through a day in a copy of a store with the forms; returns it, closed, if nothing is wrong in the end."""
    shutil.copytree(published, folder / "store")
    day = begin(folder / "store")
    try:
        day.live(acts)
        day.evening()
        day.think_again()
        faults = list(day.faults())
    except Exception as error:
        error.add_note("\n".join(day.history))
        raise
    finally:
        day.store.close()
    assert not faults, "\n".join([*faults, *day.history])
    return day

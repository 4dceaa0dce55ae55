"""Folders for files with persons in them, while a process works on them: what a crash left, the next process removes.

Whose process lives is known by a lock on a file in the folder, which ends with the process however that ends.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

_PREFIX = "fieldsync-imports-"
_LOCK = "lock"


class Scratch:
    """A folder for temporary files, of this process alone."""

    def __init__(self) -> None:
        """Make the folder; first remove those of processes that have ended."""
        remove_left()
        self.folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        self._lock = os.open(self.folder / _LOCK, os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def close(self) -> None:
        """Remove the folder with all that is in it."""
        shutil.rmtree(self.folder, ignore_errors=True)
        os.close(self._lock)


def remove_left() -> int:
    """Remove the folders whose process has ended without doing so; returns how many there were."""
    left = [path for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*") if _is_left(path)]
    for path in left:
        shutil.rmtree(path, ignore_errors=True)
    return len(left)


def _is_left(folder: Path) -> bool:
    """Tell whether a folder is ours and nobody works in it: one without a lock is only being made."""
    with suppress(OSError):
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_NOFOLLOW)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        finally:
            os.close(lock)
    return False

"""How many forms and plans a process checks at a time: each is opened in a child, which may take 512 MB, or 2 GB."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from fieldsync.errors import Busy

MOST_AT_ONCE = 2
_RETRY_S = 10
_places = BoundedSemaphore(MOST_AT_ONCE)


@contextmanager
def place_to_check() -> Iterator[None]:
    """Hold one of the places for the length of a check. Raises Busy at once where none is free.

    Waiting for one would keep a thread that other requests need.
    """
    if not _places.acquire(blocking=False):
        raise Busy(
            f"{MOST_AT_ONCE} files (forms, plans) are being checked; nothing was changed. Try again in {_RETRY_S} s.",
            zh=f"正在检查 {MOST_AT_ONCE} 份文件（表单、网格方案），本次未作任何更改。请 {_RETRY_S} 秒后重试。",
            retry_after_s=_RETRY_S,
        )
    try:
        yield
    finally:
        _places.release()

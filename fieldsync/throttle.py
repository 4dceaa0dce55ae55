"""A brake on guessing: after some failed tries under a name, further ones are not heard for a while.

Kept in memory: a restart forgets it, which costs an attacker more time than it gives him.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta

from fieldsync.errors import TooManyAttempts

_NAMES = 10_000


class Throttle:
    """Counts failures by name in a window of time; the window begins with the first failure."""

    def __init__(self, now: Callable[[], datetime], limit: int = 10, window_s: int = 300) -> None:
        self._now = now
        self._limit = limit
        self._window = timedelta(seconds=window_s)
        self._failures: OrderedDict[str, tuple[datetime, int]] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, name: str) -> None:
        """Let a try pass. Raises TooManyAttempts when this name has failed too often lately."""
        with self._lock:
            since, count = self._failures.get(name, (self._now(), 0))
            left = since + self._window - self._now()
        if count >= self._limit and left > timedelta(0):
            wait_s = math.ceil(left.total_seconds())
            raise TooManyAttempts(
                f"Too many failed tries: wait {wait_s} seconds. / 失败次数过多，请等待 {wait_s} 秒。",
                retry_after_s=wait_s,
            )

    def failed(self, name: str) -> None:
        """Count a failed try."""
        now = self._now()
        with self._lock:
            since, count = self._failures.pop(name, (now, 0))
            if now - since >= self._window:
                since, count = now, 0
            self._failures[name] = (since, count + 1)
            if len(self._failures) > _NAMES:
                self._failures.popitem(last=False)

    def passed(self, name: str) -> None:
        """Forget the failures of a name that has shown who it is."""
        with self._lock:
            self._failures.pop(name, None)

"""Who is told that a database changed: hints, within this process."""

from __future__ import annotations

import logging
from collections.abc import Callable

from fieldsync.errors import places_of

Listener = Callable[[str], None]
_log = logging.getLogger(__name__)


class Listeners:
    """Those who wait for changes. May be used from any thread."""

    def __init__(self) -> None:
        self._told: dict[object, Listener] = {}

    def add(self, listener: Listener) -> Callable[[], None]:
        """Have `listener` called with the name of each database that changes; returns the function that ends this."""
        key = object()
        self._told[key] = listener

        def end() -> None:
            self._told.pop(key, None)

        return end

    def tell(self, name: str) -> None:
        """Call every listener; one that fails keeps nobody else from hearing, and the write itself is done."""
        for listener in list(self._told.values()):
            try:
                listener(name)
            except Exception as error:
                kind, places = type(error).__name__, places_of(error)
                _log.error("A listener failed for database %r, the write is done: %s, at %s", name, kind, places)

    def clear(self) -> None:
        """Forget everybody."""
        self._told.clear()

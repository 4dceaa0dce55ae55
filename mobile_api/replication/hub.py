"""Waking feeds that wait: one watch on the store for all of them, and no thread for any."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from functools import partial

from fieldsync.errors import FieldsyncError
from fieldsync.stores.base import Store
from mobile_api.replication.threads import in_thread

ANY = ""
"""Waited for by feeds that hear of databases elsewhere; their bells ring here only when the server stops."""
PAUSE_RATIO = 20
"""However many databases are waited for, looking at them takes at most a twentieth of the time."""


class Bell:
    """What one feed waits for: rings when its database changed, its client left or the server stops.

    Lent for the length of a `with`. `alarm` is what the feed's own task waits in meanwhile: ringing ends it, so that a
    feed needs no second task.
    """

    __slots__ = ("_hub", "_name", "alarm", "is_rung", "loop")

    def __init__(self, hub: Hub, name: str) -> None:
        self._hub, self._name = hub, name
        self.loop = asyncio.get_running_loop()
        self.alarm: asyncio.Timeout | None = None
        self.is_rung = False

    def __enter__(self) -> Bell:
        self._hub.lend(self._name, self)
        return self

    def __exit__(self, *_: object) -> None:
        self._hub.take_back(self._name, self)

    def saw(self, seq: str) -> None:
        """Take note of the sequence up to which the feed has read since the bell was lent."""
        self._hub.note(self._name, seq)

    def ring(self) -> None:
        """Wake the feed; may be called from any thread."""
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self._sound)

    def _sound(self) -> None:
        self.is_rung = True
        if self.alarm is not None and not self.alarm.expired():
            self.alarm.reschedule(self.loop.time())


class Hub:
    """Who waits for which database.

    The store's hints miss what other processes write, so while anybody waits, the sequences of the databases that are
    waited for are looked at every `poll_s` seconds, all in one go.
    """

    def __init__(self, store: Store, poll_s: float) -> None:
        self._store = store
        self._poll_s = poll_s
        self._bells: dict[str, set[Bell]] = {}
        self._seen: dict[str, str] = {}
        self._guard = threading.Lock()
        self._poller: asyncio.Task[None] | None = None
        self._unwatch: Callable[[], None] | None = None
        self.is_closed = False

    def listening(self, name: str) -> Bell:
        """Return a bell that rings whenever a database may have changed; read once more after it was lent."""
        return Bell(self, name)

    def lend(self, name: str, bell: Bell) -> None:
        """Let a bell ring from now on."""
        with self._guard:
            self._bells.setdefault(name, set()).add(bell)
            self._unwatch = self._unwatch or self._store.watch(self.heard)
        if self.is_closed:
            bell.ring()
        self._start_polling()

    def take_back(self, name: str, bell: Bell) -> None:
        """Let a bell ring no more."""
        with self._guard:
            self._bells[name].discard(bell)
            if not self._bells[name]:
                del self._bells[name]
                self._seen.pop(name, None)

    def note(self, name: str, seq: str) -> None:
        """Spare the first feed of a database the ring of the first look at it, which would tell it nothing new.

        Only the first: another may have read less, and what it has not read would then go unnoticed.
        """
        with self._guard:
            if len(self._bells[name]) == 1:
                self._seen.setdefault(name, seq)

    @property
    def waiting(self) -> int:
        """Return how many feeds hold a bell."""
        with self._guard:
            return sum(map(len, self._bells.values()))

    def heard(self, name: str) -> None:
        """Ring the bells of a database; called by the store, from any thread."""
        with self._guard:
            bells = list(self._bells.get(name, ()))
        for bell in bells:
            bell.ring()

    def close(self) -> None:
        """End all feeds, those to come as well; may be called from any thread."""
        with self._guard:
            self.is_closed = True
            names = list(self._bells)
            unwatch, self._unwatch = self._unwatch, None
        if unwatch is not None:
            unwatch()
        for name in names:
            self.heard(name)

    def _start_polling(self) -> None:
        if self._poller is None or self._poller.done() or self._poller.get_loop() is not asyncio.get_running_loop():
            self._poller = asyncio.create_task(self._poll())

    async def _poll(self) -> None:
        loop, pause_s = asyncio.get_running_loop(), self._poll_s
        while self._bells and not self.is_closed:
            await asyncio.sleep(pause_s)
            begun = loop.time()
            for name in await in_thread(partial(self._changed, [name for name in self._bells if name != ANY])):
                self.heard(name)
            pause_s = max(self._poll_s, PAUSE_RATIO * (loop.time() - begun))

    def _changed(self, names: list[str]) -> list[str]:
        """Return the databases whose sequence is not the one that was last seen."""
        present = self._sequences(names)
        changed = [name for name in names if self._seen.get(name) != present.get(name, "")]
        self._seen |= {name: present.get(name, "") for name in changed}
        return changed

    def _sequences(self, names: list[str]) -> dict[str, str]:
        """Return the sequences that can be read; whoever waits for another reads it, and is told why."""
        try:
            return self._store.sequences(names)
        except FieldsyncError:
            return {}

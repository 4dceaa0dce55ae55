"""Leases: which servers are using a store now, so that what needs them stopped is refused while one runs.

A server writes a `_local` document when it starts, again every few seconds, and takes it away when it stops; one that
was killed counts for a while longer. Works for any store, and for servers on several machines whose clocks agree.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

import msgspec

from fieldsync.clock import parse_time, write_time
from fieldsync.errors import Conflict, FieldsyncError
from fieldsync.stores.base import Store

DATABASE, _PREFIX = "person_keys", "lease:"
REFRESH_S = 15.0
LIFE_S = 60.0
"""How long a server counts that was not heard of again."""


class _Kept(msgspec.Struct, frozen=True):
    by: str
    at: str


class Lease:
    """A server's word that it uses the store, given again by a thread of its own until it is released."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._db, self._now = store.create(DATABASE), now
        self._name = f"{_PREFIX}{secrets.token_hex(8)}"
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._refresh, name="lease", daemon=True)

    def take(self) -> None:
        """Take the lease, and go on refreshing it."""
        self._write()
        self._thread.start()

    def release(self) -> None:
        """End it."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(timeout=REFRESH_S)
        with suppress(FieldsyncError):
            self._db.delete_local(self._name)

    def _refresh(self) -> None:
        while not self._ended.wait(REFRESH_S):
            with suppress(FieldsyncError):  # the store cannot be reached now; the next time comes soon
                self._write()

    def _write(self) -> None:
        kept = _Kept(f"{socket.gethostname()} (process {os.getpid()})", write_time(self._now()))
        self._db.put_local(self._name, msgspec.json.encode(kept))


def must_be_unused(store: Store, now: datetime) -> None:
    """Let pass a store that no server uses. Raises Conflict, naming one that does."""
    for name, body in store.create(DATABASE).locals():
        if not name.startswith(_PREFIX):
            continue
        kept = msgspec.json.decode(body, type=_Kept)
        seen = parse_time(kept.at)
        if seen and now - seen < timedelta(seconds=LIFE_S):
            raise Conflict(
                f"A server on {kept.by} is using this store: stop it, then try again. If it was killed, wait a minute.",
                zh=f"{kept.by} 上的服务器正在使用此存储：请先停止，再重试。如其已被强行终止，请等待一分钟。",
                server=kept.by,
            )

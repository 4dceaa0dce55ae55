"""One feed of `_db_updates` for all who wait: hints of what other processes wrote.

The feed loses events by design (CouchDB writes them late and in batches, and a cluster's nodes do not wait for each
other), so nothing depends on it but how soon somebody looks again.
"""

from __future__ import annotations

import contextlib
import http.client
import logging
import random
import socket
import threading
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from fieldsync.stores.couchdb.address import Address

_PATH = "/_db_updates?feed=continuous&since=now&heartbeat=10000"
_SILENCE_S = 40.0
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 30.0
_log = logging.getLogger(__name__)


class _Event(msgspec.Struct):
    db_name: str = ""


class Updates:
    """A thread that reads the feed from the first listener on, and connects again when it breaks."""

    def __init__(self, address: Address, headers: Mapping[str, str], tell: Callable[[str], None]) -> None:
        self._address = address
        self._headers = dict(headers)
        self._tell = tell
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to read, unless it has begun or ended."""
        with self._lock:
            if self._thread is None and not self._ended.is_set():
                self._thread = threading.Thread(target=self._run, name="couchdb-updates", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """End at once."""
        with self._lock:
            self._ended.set()
            if self._socket is not None:
                with contextlib.suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(_SILENCE_S)

    def _run(self) -> None:
        pause = _FIRST_PAUSE_S
        while not self._ended.is_set():
            try:
                if self._read():
                    pause = _FIRST_PAUSE_S
            except (OSError, http.client.HTTPException, ValueError) as error:
                if not self._ended.is_set():
                    _log.warning("The feed of CouchDB at %s broke (%s).", self._address.place, type(error).__name__)
            self._ended.wait(pause * random.uniform(0.5, 1.0))
            pause = min(2 * pause, _LONGEST_PAUSE_S)

    def _read(self) -> bool:
        """Read the feed until it ends; False if there is none."""
        with contextlib.closing(self._connect()) as connection:
            connection.request("GET", _PATH, headers=self._headers)
            answer = connection.getresponse()
            if answer.status != 200:
                _log.warning("CouchDB at %s has no feed of updates (%s).", self._address.place, answer.status)
                return False
            while line := answer.readline():
                self._hear(line)
        return True

    def _connect(self) -> http.client.HTTPConnection:
        kind: Any = http.client.HTTPSConnection if self._address.scheme == "https" else http.client.HTTPConnection
        connection: http.client.HTTPConnection = kind(self._address.host, self._address.port, timeout=_SILENCE_S)
        connection.connect()
        with self._lock:
            self._socket = connection.sock
            if self._ended.is_set():
                connection.close()
                raise ConnectionAbortedError
        return connection

    def _hear(self, line: bytes) -> None:
        """Tell of one event; heartbeats and what cannot be read are passed over."""
        with contextlib.suppress(msgspec.MsgspecError):
            name = self._address.name_here(msgspec.json.decode(line, type=_Event).db_name) if line.strip() else None
            if name:
                self._tell(name)

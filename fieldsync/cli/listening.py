"""Serving on a port until stopped: what the server commands share."""

from __future__ import annotations

import ctypes
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

import typer

from fieldsync.cli.context import few_collections
from fieldsync.errors import BadInput

_GRACE_S = 5
_IDLE_S = 120
"""How long a connection may idle: longer than the 90 s after which CouchDB's replicator gives its own up."""
_ARENA_MAX = -8
SERVING = (20_000, 10, 10)
"""How many objects more there may be before a server looks for cycles: a push of documents makes many, and none."""
_SWITCH_S = 0.0005
"""How long one thread may keep the others waiting: reads are short, and suffer from the interpreter's 5 ms."""


def listening(host: str, port: int) -> socket.socket:
    """Listen on an address; port 0 takes a free one. Raises BadInput."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        reason = f"{error.strerror}; take another with --host and --port"
        raise BadInput(f"Nobody can listen on {host} port {port}: {reason}.") from error


def run(app: Any, end_feeds: Callable[[], None], listener: socket.socket) -> None:
    """Say where the server listens, and serve until SIGTERM or Ctrl-C."""
    # Here, since it takes a while and every other command does without it.
    import uvicorn

    from mobile_api.replication import FeedServer

    sys.setswitchinterval(_SWITCH_S)
    _share_one_arena()
    host, port = listener.getsockname()[:2]
    typer.echo(f"fieldsync listens on http://{f'[{host}]' if ':' in host else host}:{port}")
    sys.stdout.flush()
    config = uvicorn.Config(
        app, log_config=None, access_log=False, timeout_keep_alive=_IDLE_S, timeout_graceful_shutdown=_GRACE_S
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _ended)
    with few_collections(SERVING):
        FeedServer(config, end_feeds).run(sockets=[listener])


def _share_one_arena() -> None:
    """Let all threads take memory from one arena, where the C library is glibc: many keep what none of them needs.

    Source: mallopt(3).
    """
    with suppress(AttributeError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)


def _ended(number: int, frame: FrameType | None) -> None:
    """Hear a signal a second time: uvicorn raises it again when it has ended, and the process has things to close."""

"""Work that blocks, done by threads that all applications of a process share.

A general thread pool costs ten times what a read of a small document does: this one is a queue and what takes from it.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import TypeVar

T = TypeVar("T")
MOST = 16
"""How many threads work at once, at most."""

_Job = tuple[Callable[[], object], "asyncio.Future[object]", asyncio.AbstractEventLoop]
_jobs: SimpleQueue[_Job] = SimpleQueue()
_threads: list[threading.Thread] = []


async def in_thread(work: Callable[[], T]) -> T:
    """Return what a function returns that may block; where the waiting ends first, the function still goes on."""
    if len(_threads) < MOST:
        _start_thread()
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()
    _jobs.put((work, done, loop))  # type: ignore[arg-type]
    return await done


def _start_thread() -> None:
    thread = threading.Thread(target=_serve, name="replication", daemon=True)
    _threads.append(thread)
    thread.start()


def _serve() -> None:
    while True:
        _do(*_jobs.get())


def _do(work: Callable[[], object], done: asyncio.Future[object], loop: asyncio.AbstractEventLoop) -> None:
    try:
        result, error = work(), None
    except BaseException as raised:
        result, error = None, raised
    with suppress(RuntimeError):  # The loop is closed: nobody waits any more.
        loop.call_soon_threadsafe(_settle, done, result, error)


def _settle(done: asyncio.Future[object], result: object, error: BaseException | None) -> None:
    if done.done():
        return
    if error is None:
        done.set_result(result)
    else:
        done.set_exception(error)

"""Work in threads: what it returns, what it raises, and that nobody is needed to hear of it."""

from __future__ import annotations

import asyncio
import threading

import pytest

from mobile_api.replication.threads import MOST, in_thread


def test_results_and_errors_come_back() -> None:
    """A function's value is returned, its error raised."""

    async def both() -> str:
        with pytest.raises(ZeroDivisionError):
            await in_thread(lambda: 1 // 0)
        return await in_thread(lambda: threading.current_thread().name)

    assert asyncio.run(both()) == "replication"


def test_more_work_than_threads_is_all_done() -> None:
    """What finds every thread busy waits for one."""

    async def all_of_it() -> list[int]:
        return await asyncio.gather(*(in_thread(lambda number=number: number) for number in range(5 * MOST)))

    assert asyncio.run(all_of_it()) == list(range(5 * MOST))


def test_work_whose_waiting_was_ended_still_goes_on() -> None:
    """Also when the loop that waited is closed by the time it is done."""
    begun, may_end, ended = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        may_end.wait()
        ended.set()

    async def give_up() -> None:
        task = asyncio.ensure_future(in_thread(work))
        await in_thread(begun.wait)
        task.cancel()

    asyncio.run(give_up())
    may_end.set()
    assert ended.wait(30)
    assert asyncio.run(in_thread(lambda: "still serving")) == "still serving"

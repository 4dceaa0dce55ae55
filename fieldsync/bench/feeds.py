"""Thousands of clients that wait for changes: what they cost while nothing happens, how soon one hears of a write."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterable, Sequence
from statistics import median
from typing import cast

from fieldsync.bench import process
from fieldsync.bench.connection import Address, Traffic
from fieldsync.bench.figures import Sample
from fieldsync.bench.measure import Measure, Plan, client_of, make_databases
from fieldsync.bench.servers import Server
from fieldsync.errors import StoreUnavailable

WRITES = 20
WARMED = 500
OPENED_AT_ONCE = 32
_PATIENCE_S = 15.0
_QUERY = "since=0&heartbeat=10000&style=all_docs"


class _Feed(asyncio.Protocol):
    """One waiting client."""

    __slots__ = ("_traffic", "_transport", "opened", "woken")

    def __init__(self, traffic: Traffic) -> None:
        self._traffic = traffic
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._transport: asyncio.Transport | None = None
        self.woken: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        self._transport = cast(asyncio.Transport, transport)

    def open(self, request: bytes) -> None:
        """Ask for the feed."""
        assert self._transport is not None
        self._traffic.requests += 1
        self._traffic.sent += len(request)
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Note when the answer begins, and when a row comes."""
        self._traffic.received += len(data)
        if not self.opened.done():
            self.opened.set_result(None)
        if self.woken is None and b'"seq"' in data:
            self.woken = time.perf_counter()

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail an opening that the server refused."""
        if not self.opened.done():
            self.opened.set_exception(exc or ConnectionResetError("closed by the server"))

    def close(self) -> None:
        """Leave."""
        if self._transport is not None:
            self._transport.abort()


class Feeds:
    """Memory for each waiting feed, one feed for each database."""

    warm_up = False

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._before: dict[str, int] = {}

    def missing(self) -> str | None:
        """Say why this cannot be measured here, if it cannot."""
        process.allow_files(self._plan.feeds + 500)
        return None

    def measures(self) -> Sequence[Measure]:
        """Return a measure for each kind of feed."""
        count = self._plan.feeds
        kinds = ("longpoll", "continuous")
        return [Measure(f"feeds-{kind}", f"{count} waiting {kind} feeds, memory of each", "KB") for kind in kinds]

    async def prepare(self, server: Server) -> None:
        """Make a database for each feed, and let the server look at some of them, which fills its caches."""
        await make_databases(server, self.databases(server))
        async with client_of(server) as client:
            for number in range(min(WARMED, self._plan.feeds)):
                await client.ask("GET", f"/{server.database(number, 'feed')}")
        if server.pid is not None:
            self._before[server.token] = process.resident_bytes(server.pid)

    async def before(self, measure: Measure, server: Server) -> None:
        """Nothing more is needed."""

    async def sample(self, measure: Measure, server: Server, turn: int) -> Sample | None:
        """Open all feeds, watch, write to a few databases; None where the server's memory cannot be seen."""
        if server.pid is None:
            return None
        kind, traffic = measure.name.rpartition("-")[2], Traffic()
        feeds = await _opened(server, kind, range(self._plan.feeds), traffic)
        try:
            waiting_cpu = await _watched(server.pid, self._plan.watch_s)
            held = process.resident_bytes(server.pid) - self._before[server.token]
            wakes_ms, strays = await _woken(server, feeds, turn)
        finally:
            for feed in feeds:
                feed.close()
        sample = Sample.of(held / self._plan.feeds / 1000, 0, traffic)
        sample.more = {
            "wake_ms": round(median(wakes_ms), 2),
            "wake_max_ms": round(max(wakes_ms), 2),
            "woken_in_vain": strays,
            "cpu_percent_waiting": round(100 * waiting_cpu, 1),
        }
        return sample

    def databases(self, server: Server) -> Iterable[str]:
        """Return the databases, one for each feed."""
        return (server.database(number, "feed") for number in range(self._plan.feeds))


async def _opened(server: Server, kind: str, numbers: Iterable[int], traffic: Traffic) -> list[_Feed]:
    waiting, feeds = iter(numbers), dict[int, _Feed]()

    async def work() -> None:
        async with client_of(server) as client:
            for number in waiting:
                path = f"/{server.database(number, 'feed')}"
                feeds[number] = await _one(server.address, f"{path}/_changes?feed={kind}&{_QUERY}", traffic)
                await client.ask("GET", path)  # Answered once the server has come to the feed.

    try:
        await asyncio.gather(*(work() for _ in range(OPENED_AT_ONCE)))
        await asyncio.wait_for(asyncio.gather(*(feed.opened for feed in feeds.values())), _PATIENCE_S)
    except (OSError, TimeoutError) as error:
        raise StoreUnavailable(
            f"A feed was not opened: {str(error) or 'no answer'}; measure fewer with --feeds."
        ) from error
    return [feeds[number] for number in sorted(feeds)]


async def _one(address: Address, path: str, traffic: Traffic) -> _Feed:
    loop = asyncio.get_running_loop()
    _, feed = await loop.create_connection(lambda: _Feed(traffic), address.host, address.port)
    feed.open(address.request("GET", path))
    return feed


async def _watched(pid: int, seconds: float) -> float:
    """Return which share of a processor the server takes while nothing happens."""
    before = process.cpu_s(pid)
    await asyncio.sleep(seconds)
    return (process.cpu_s(pid) - before) / seconds


async def _woken(server: Server, feeds: Sequence[_Feed], turn: int) -> tuple[list[float], int]:
    """Write to some databases; return how long each write took to reach its feed, and how many others heard of any."""
    for feed in feeds:
        feed.woken = None
    chosen = random.Random(turn).sample(range(len(feeds)), min(WRITES, len(feeds)))
    times_ms = []
    async with client_of(server) as client:
        for number in chosen:
            begun = time.perf_counter()
            path = f"/{server.database(number, 'feed')}/note:{turn}-{time.time_ns()}"
            await client.ask("PUT", path, b'{"kind":"note"}')
            times_ms.append(1000 * (await _heard(feeds[number]) - begun))
    return times_ms, sum(feed.woken is not None for feed in feeds) - len(chosen)


async def _heard(feed: _Feed) -> float:
    until = time.perf_counter() + _PATIENCE_S
    while feed.woken is None:
        if time.perf_counter() > until:
            raise StoreUnavailable("A feed did not hear of a write to its database.")
        await asyncio.sleep(0.0005)
    return feed.woken

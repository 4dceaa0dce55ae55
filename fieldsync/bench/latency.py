"""How long small requests take, one after the other on one connection."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from statistics import median, quantiles

from fieldsync.bench.connection import Client, Traffic
from fieldsync.bench.figures import Sample
from fieldsync.bench.measure import Measure, Plan, Stretch, client_of, make_databases
from fieldsync.bench.servers import Server

TIMES = 500
_CHECKPOINT = b'{"_id":"_local/latency","last_seq":"0"}'


class Latency:
    """The time of `GET /{db}` and of reading a checkpoint."""

    warm_up = True

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def missing(self) -> str | None:
        """Nothing can be missing."""
        return None

    def measures(self) -> Sequence[Measure]:
        """Return a measure for each request."""
        return [Measure("latency-database", "GET /{db}", "ms"), Measure("latency-local", "GET /{db}/_local/{id}", "ms")]

    async def prepare(self, server: Server) -> None:
        """Make a database with some persons and a checkpoint."""
        await make_databases(server, self.databases(server), min(100, self._plan.documents))
        async with client_of(server) as client:
            await client.ask("PUT", f"/{server.database(0, 'small')}/_local/latency", _CHECKPOINT)

    async def before(self, measure: Measure, server: Server) -> None:
        """Nothing more is needed."""

    async def sample(self, measure: Measure, server: Server, turn: int) -> Sample:  # noqa: ARG002
        """Ask many times; the value is the median, `p95_ms` what 19 of 20 stay below."""
        path = f"/{server.database(0, 'small')}"
        if measure.name == "latency-local":
            path += "/_local/latency"
        traffic, stretch = Traffic(), Stretch()
        async with client_of(server, traffic) as client:
            times_ms = [await _timed(client, path) for _ in range(TIMES)]
        stretch.end()
        sample = Sample.of(median(times_ms), 0, traffic, stretch.share)
        sample.more = {"p95_ms": round(quantiles(times_ms, n=20)[-1], 3)}
        return sample

    def databases(self, server: Server) -> Iterable[str]:
        """Return the database."""
        return [server.database(0, "small")]


async def _timed(client: Client, path: str) -> float:
    begun = time.perf_counter()
    await client.ask("GET", path)
    return 1000 * (time.perf_counter() - begun)

"""How a measure is made: what every group of measures offers, and what they share."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from fieldsync.bench.connection import Client, Traffic
from fieldsync.bench.figures import Sample
from fieldsync.bench.people import pushes
from fieldsync.bench.servers import Server


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to measure; `watch_s` is how long a server with waiting feeds is watched while nothing happens."""

    clients: int = 64
    documents: int = 2000
    batches: Sequence[int] = (100, 1000)
    rounds: int = 3
    databases: int = 10_000
    feeds: int = 5000
    watch_s: float = 10.0
    node_modules: Path = Path("node_modules")


@dataclass(frozen=True, slots=True)
class Measure:
    """One line of the table."""

    name: str
    title: str
    unit: str


class Group(Protocol):
    """Measures that are made on the same servers, which are started for them."""

    warm_up: bool

    def missing(self) -> str | None:
        """Say why these measures cannot be made here, if they cannot. Raises BadInput where that can be mended."""

    def measures(self) -> Sequence[Measure]:
        """Return the measures, in the order in which they are made."""

    async def prepare(self, server: Server) -> None:
        """Fill a server with what the measures need."""

    async def before(self, measure: Measure, server: Server) -> None:
        """Add what one measure needs beyond that; takes as long as it likes."""

    async def sample(self, measure: Measure, server: Server, turn: int) -> Sample | None:
        """Measure once; `turn` counts the rounds, the warm-up among them. None where this server cannot be measured."""

    def databases(self, server: Server) -> Iterable[str]:
        """Return the databases that were made and are to be dropped."""


@dataclass(slots=True)
class Stretch:
    """How long something took, and how much of that time this process worked."""

    elapsed_s: float = 0.0
    share: float = 0.0
    _begun: tuple[float, float] = field(default_factory=lambda: (time.perf_counter(), time.process_time()))

    def end(self) -> None:
        """Take the time."""
        begun, cpu = self._begun
        self.elapsed_s = time.perf_counter() - begun
        self.share = (time.process_time() - cpu) / self.elapsed_s


@asynccontextmanager
async def client_of(server: Server, traffic: Traffic | None = None) -> AsyncIterator[Client]:
    """Lend a client of a server."""
    client = Client(server.address, traffic or Traffic())
    try:
        yield client
    finally:
        client.close()


AT_ONCE = 8
"""How many clients make and fill databases together."""


async def make_databases(server: Server, names: Iterable[str], documents: int = 0) -> None:
    """Make databases, each with so many persons."""
    waiting, bodies = iter(names), pushes(documents)

    async def work() -> None:
        async with client_of(server) as client:
            for name in waiting:
                await client.ask("PUT", f"/{name}", allowed={412})
                for body in bodies:
                    await client.ask("POST", f"/{name}/_bulk_docs", body)

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))


async def drop_databases(server: Server, names: Iterable[str]) -> None:
    """Drop databases, those that are not there as well."""
    waiting = iter(names)

    async def work() -> None:
        async with client_of(server) as client:
            for name in waiting:
                await client.ask("DELETE", f"/{name}", allowed={404})

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))

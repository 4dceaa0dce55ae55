"""What one client's sync costs when the store holds few databases, and when it holds many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fieldsync.bench.connection import Traffic
from fieldsync.bench.figures import Sample
from fieldsync.bench.measure import Measure, Plan, Stretch, client_of, make_databases
from fieldsync.bench.pulls import Puller
from fieldsync.bench.servers import Server

FEW = 10
DOCUMENTS = 500
OTHERS = 200
"""Databases that are looked at before a sync that shall not find its own still open."""
_COLD = "-opened"


class Many:
    """The time of a sync with few and with many databases in the store."""

    warm_up = True

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._made: dict[str, int] = {}

    def missing(self) -> str | None:
        """Nothing can be missing."""
        return None

    def measures(self) -> Sequence[Measure]:
        """Return a measure for each number of databases, and one for databases that nobody has open."""
        few, many = FEW, max(FEW + 1, self._plan.databases)
        title = f"One client's sync of {self._documents}, {{}} databases"
        return [
            Measure(f"sync-among-{few}", title.format(few), "ms"),
            Measure(f"sync-among-{many}", title.format(many), "ms"),
            Measure(f"sync-among-{many}{_COLD}", title.format(many) + ", its own opened for it", "ms"),
        ]

    @property
    def _documents(self) -> int:
        return min(DOCUMENTS, self._plan.documents)

    async def prepare(self, server: Server) -> None:
        """Make the few, filled."""
        await make_databases(server, [server.database(number, "many") for number in range(FEW)], self._documents)
        self._made[server.token] = FEW

    async def before(self, measure: Measure, server: Server) -> None:
        """Make as many databases as the measure is about."""
        wanted, made = int(measure.name.removesuffix(_COLD).rpartition("-")[2]), self._made[server.token]
        await make_databases(server, [server.database(number, "many") for number in range(made, wanted)])
        self._made[server.token] = max(made, wanted)

    async def sample(self, measure: Measure, server: Server, turn: int) -> Sample:
        """Pull each of the few once, one after the other; the value is the time of one sync."""
        if measure.name.endswith(_COLD):
            await self._look_at_others(server)
        traffic, stretch, pulled = Traffic(), Stretch(), 0
        for number in range(FEW):
            async with client_of(server, traffic) as client:
                path = f"/{server.database(number, 'many')}"
                pulled += await Puller(client, path, 100, f"{measure.name}-{turn}").pull()
        stretch.end()
        return Sample.of(1000 * stretch.elapsed_s / FEW, pulled, traffic, stretch.share)

    async def _look_at_others(self, server: Server) -> None:
        made = self._made[server.token]
        async with client_of(server) as client:
            for number in range(max(FEW, made - OTHERS), made):
                await client.ask("GET", f"/{server.database(number, 'many')}")

    def databases(self, server: Server) -> Iterable[str]:
        """Return all databases that were made."""
        return (server.database(number, "many") for number in range(self._made.get(server.token, FEW)))

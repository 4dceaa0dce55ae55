"""Many clients that pull at once, each from a database of its own, as PouchDB pulls."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import msgspec

from fieldsync.bench.connection import Client, Traffic
from fieldsync.bench.figures import Sample
from fieldsync.bench.measure import Measure, Plan, Stretch, client_of, make_databases
from fieldsync.bench.servers import Server
from fieldsync.errors import StoreUnavailable

_BULK_GET = "_bulk_get?revs=true&latest=true&attachments=true"


class _Rev(msgspec.Struct):
    rev: str


class _Row(msgspec.Struct):
    id: str
    changes: list[_Rev]


class _Page(msgspec.Struct):
    results: list[_Row]
    last_seq: msgspec.Raw


_page = msgspec.json.Decoder(_Page)


@dataclass(slots=True)
class Puller:
    """One client's pull of one database, in batches, with a checkpoint after each."""

    client: Client
    path: str
    batch: int
    checkpoint: str
    documents: int = 0

    async def pull(self) -> int:
        """Pull everything; returns the number of documents that came."""
        await self.client.ask("GET", "/")
        await self.client.ask("GET", self.path)
        await self.client.ask("GET", self._local, allowed={404})
        since, page = "0", await self._changes("0")
        while page.results:
            await self._fetch(page)
            since = _bare(page.last_seq)
            await self._keep(since)
            page = await self._changes(since)
        return self.documents

    @property
    def _local(self) -> str:
        return f"{self.path}/_local/{self.checkpoint}"

    async def _changes(self, since: str) -> _Page:
        query = f"style=all_docs&since={quote(since, safe='')}&limit={self.batch}"
        return _page.decode((await self.client.ask("GET", f"{self.path}/_changes?{query}")).body)

    async def _fetch(self, page: _Page) -> None:
        wanted = [{"id": row.id, "rev": one.rev} for row in page.results for one in row.changes]
        reply = await self.client.ask("POST", f"{self.path}/{_BULK_GET}", msgspec.json.encode({"docs": wanted}))
        came = reply.body.count(b'"ok":')
        if came != len(wanted):
            raise StoreUnavailable(f"{self.path} answered {came} of {len(wanted)} documents.")
        self.documents += came

    async def _keep(self, since: str) -> None:
        """Keep the checkpoint as PouchDB does: read it, then write it."""
        reply = await self.client.ask("GET", self._local, allowed={404})
        held = msgspec.json.decode(reply.body) if reply.status == 200 else {}
        entry = {"last_seq": since, "session_id": self.checkpoint}
        checkpoint = {"_id": f"_local/{self.checkpoint}", "version": 1, "history": [entry], **entry}
        if "_rev" in held:
            checkpoint["_rev"] = held["_rev"]
        await self.client.ask("PUT", self._local, msgspec.json.encode(checkpoint))


def _bare(seq: msgspec.Raw) -> str:
    """Return a sequence as it stands in a query: a text without its quotes, else its JSON."""
    value = msgspec.json.decode(seq)
    return value if isinstance(value, str) else bytes(seq).decode()


class Pulls:
    """Documents a second for many pulling clients, at each batch size."""

    warm_up = True

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def missing(self) -> str | None:
        """Nothing can be missing."""
        return None

    def measures(self) -> Sequence[Measure]:
        """Return a measure for each batch size."""
        who = f"{self._plan.clients} clients × {self._plan.documents} documents"
        return [Measure(f"pull-{batch}", f"Pull, {who}, batches of {batch}", "docs/s") for batch in self._plan.batches]

    async def prepare(self, server: Server) -> None:
        """Fill a database for each client."""
        await make_databases(server, self.databases(server), self._plan.documents)

    async def before(self, measure: Measure, server: Server) -> None:
        """Nothing more is needed."""

    async def sample(self, measure: Measure, server: Server, turn: int) -> Sample:
        """Let all clients pull at once."""
        traffic = Traffic()
        batch = int(measure.name.rpartition("-")[2])
        stretch = Stretch()
        checkpoint = f"{measure.name}-{turn}"
        pulled = await asyncio.gather(*(self._pull(server, n, batch, checkpoint, traffic) for n in self._numbers))
        stretch.end()
        return Sample.of(sum(pulled) / stretch.elapsed_s, sum(pulled), traffic, stretch.share)

    async def _pull(self, server: Server, number: int, batch: int, checkpoint: str, traffic: Traffic) -> int:
        async with client_of(server, traffic) as client:
            return await Puller(client, f"/{server.database(number, 'pull')}", batch, checkpoint).pull()

    @property
    def _numbers(self) -> range:
        return range(self._plan.clients)

    def databases(self, server: Server) -> Iterable[str]:
        """Return the clients' databases."""
        return (server.database(number, "pull") for number in self._numbers)

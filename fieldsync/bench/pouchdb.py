"""What stock PouchDB takes, under Node with its databases in memory: first pull, push of edits, idle sync."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from fieldsync.bench.connection import Traffic
from fieldsync.bench.figures import Sample
from fieldsync.bench.measure import Measure, Plan, make_databases
from fieldsync.bench.servers import Server
from fieldsync.errors import StoreUnavailable

_SCRIPT = Path(__file__).with_name("pouchdb.mjs")
EDITS = 200


class _Timed(msgspec.Struct):
    ms: float
    documents: int
    requests: float
    sent: float
    received: float


class StockPouchDB:
    """Measures of stock PouchDB; each sample is a Node process, in which untimed turns go before the timed one."""

    warm_up = False

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def missing(self) -> str | None:
        """Say why stock PouchDB cannot be measured here, if it cannot."""
        if shutil.which("node") is None:
            return "Stock PouchDB is not measured: Node is not installed (20 or later)."
        for package in ("pouchdb", "pouchdb-adapter-memory"):
            if not (self._plan.node_modules / package).is_dir():
                folder = self._plan.node_modules
                return (
                    f"Stock PouchDB is not measured: {folder} has no {package}; run `npm install --prefix "
                    f"{folder.parent} pouchdb pouchdb-adapter-memory`, or give --node-modules."
                )
        return None

    def measures(self) -> Sequence[Measure]:
        """Return the measures."""
        pulls = [
            Measure(f"first-pull-{batch}", f"Stock PouchDB, first pull of {self._plan.documents}, batch {batch}", "ms")
            for batch in self._plan.batches
        ]
        idle = Measure("idle", "Stock PouchDB, sync with nothing to do", "ms")
        return [*pulls, Measure("push", f"Stock PouchDB, push of {EDITS} edits", "ms"), idle]

    async def prepare(self, server: Server) -> None:
        """Fill a database to pull from, and one for the edits."""
        await make_databases(server, [server.database(0, "stock")], self._plan.documents)
        await make_databases(server, [server.database(0, "edits")], EDITS)

    async def before(self, measure: Measure, server: Server) -> None:
        """Nothing more is needed."""

    async def sample(self, measure: Measure, server: Server, turn: int) -> Sample:  # noqa: ARG002
        """Run PouchDB once."""
        task, _, batch = measure.name.removeprefix("first-").partition("-")
        database = server.database(0, "stock" if task == "pull" else "edits")
        asked = {"task": task, "url": f"{server.url}/{database}", "batch": int(batch or 100)}
        timed = await self._timed(asked)
        traffic = Traffic(round(timed.requests), round(timed.sent), round(timed.received))
        return Sample.of(timed.ms, timed.documents, traffic)

    async def _timed(self, asked: dict[str, object]) -> _Timed:
        order = json.dumps({**asked, "modules": str(self._plan.node_modules.absolute())})
        pipe = asyncio.subprocess.PIPE
        node = await asyncio.create_subprocess_exec("node", str(_SCRIPT), order, stdout=pipe, stderr=pipe)
        written, errors = await node.communicate()
        if node.returncode:
            raise StoreUnavailable(f"PouchDB failed: {errors.decode('utf-8', 'replace').strip()[-500:]}")
        return msgspec.json.decode(written, type=_Timed)

    def databases(self, server: Server) -> Iterable[str]:
        """Return both databases."""
        return [server.database(0, "stock"), server.database(0, "edits")]

"""`fieldsync bench`: how fast replication is, beside a peer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console

from fieldsync.cli.context import JsonOption
from fieldsync.errors import BadInput

POUCHDB_SERVER = "pouchdb-server"
NODE_MODULES = Path("tests/e2e/node/node_modules")
_QUICK = {"rounds": 1, "databases": 500, "feeds": 500}

StoreOption = Annotated[
    str | None,
    typer.Option("--store", envvar="FIELDSYNC_BENCH_STORE", help="The store to serve; default: a fresh embedded one."),
]
PeerOption = Annotated[
    str,
    typer.Option(
        "--peer",
        envvar="FIELDSYNC_BENCH_PEER",
        help=f"{POUCHDB_SERVER}, none, or http://[user:password@]host:port of a CouchDB.",
    ),
]
BatchOption = Annotated[str, typer.Option("--batch", help="Batch sizes to pull with, with commas between them.")]
OnlyOption = Annotated[
    list[str] | None, typer.Option("--only", help="A measure's name, or how several begin; may be repeated.")
]
ModulesOption = Annotated[Path, typer.Option("--node-modules", help="Where pouchdb and pouchdb-server are installed.")]


def register(app: typer.Typer) -> None:
    """Add the command `replication`."""
    app.command("replication")(replication)


def replication(
    store: StoreOption = None,
    peer: PeerOption = POUCHDB_SERVER,
    clients: Annotated[int, typer.Option(min=1, help="Clients that pull at once.")] = 64,
    documents: Annotated[int, typer.Option(min=1, help="Documents that each of them pulls.")] = 2000,
    batch: BatchOption = "100,1000",
    rounds: Annotated[int | None, typer.Option(min=1, help="Rounds of each measure; default: 3, quick 1.")] = None,
    databases: Annotated[int | None, typer.Option(min=11, help="Databases; default: 10000, quick 500.")] = None,
    feeds: Annotated[int | None, typer.Option(min=1, help="Waiting feeds; default: 5000, quick 500.")] = None,
    watch: Annotated[float, typer.Option(min=0.1, help="Seconds for which waiting feeds are watched.")] = 10.0,
    only: OnlyOption = None,
    node_modules: ModulesOption = NODE_MODULES,
    quick: Annotated[bool, typer.Option("--quick", help="One round, fewer databases and feeds.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Measure replication: our server and a peer in turn, in one run.

    Example: fieldsync bench replication --quick --only pull --only latency
    """
    # Read when it is wanted: no other command needs the time that this takes.
    from fieldsync.bench.measure import Plan
    from fieldsync.bench.process import machine
    from fieldsync.bench.replication import measure
    from fieldsync.bench.report import table_of
    from fieldsync.bench.servers import Choice

    given: dict[str, Any] = {"watch_s": watch, "rounds": rounds, "databases": databases, "feeds": feeds}
    sizes = (_QUICK if quick else {}) | {name: value for name, value in given.items() if value is not None}
    plan = Plan(clients=clients, documents=documents, batches=_batches(batch), node_modules=node_modules, **sizes)
    choice, console = Choice(store, peer, node_modules), Console(stderr=True)
    results, skipped = measure(plan, choice, only or [], console)
    if as_json:
        run = {"machine": machine(), "plan": plan, "skipped": skipped, "results": results}
        typer.echo(msgspec.json.encode(run, enc_hook=str).decode())
        return
    Console(width=None if console.is_terminal else 180).print(table_of(results, f"Replication, {machine()}"))


def _batches(given: str) -> list[int]:
    sizes: list[Any] = given.split(",")
    if not all(size.strip().isdecimal() and int(size) > 0 for size in sizes):
        raise BadInput(f"--batch is numbers with commas between them, for example 100,1000, not {given!r:.80}.")
    return [int(size) for size in sizes]

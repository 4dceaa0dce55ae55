"""`fieldsync bench`: how fast replication is, beside a peer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console

from fieldsync.bench import process
from fieldsync.bench.feeds import Feeds
from fieldsync.bench.figures import Result
from fieldsync.bench.latency import Latency
from fieldsync.bench.many import Many
from fieldsync.bench.measure import Group, Measure, Plan
from fieldsync.bench.pouchdb import StockPouchDB
from fieldsync.bench.pulls import Pulls
from fieldsync.bench.report import table_of
from fieldsync.bench.run import run_group
from fieldsync.bench.servers import POUCHDB_SERVER, Choice
from fieldsync.cli.context import JsonOption
from fieldsync.errors import BadInput

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
    given: dict[str, Any] = {"watch_s": watch, "rounds": rounds, "databases": databases, "feeds": feeds}
    sizes = (_QUICK if quick else {}) | {name: value for name, value in given.items() if value is not None}
    plan = Plan(clients=clients, documents=documents, batches=_batches(batch), node_modules=node_modules, **sizes)
    choice, console = Choice(store, peer, node_modules), Console(stderr=True)
    results, skipped = _run(plan, choice, only or [], console)
    if as_json:
        run = {"machine": process.machine(), "plan": plan, "skipped": skipped, "results": results}
        typer.echo(msgspec.json.encode(run, enc_hook=str).decode())
        return
    Console(width=None if console.is_terminal else 180).print(table_of(results, f"Replication, {process.machine()}"))


def _run(plan: Plan, choice: Choice, only: Sequence[str], console: Console) -> tuple[list[Result], list[str]]:
    results: list[Result] = []
    skipped: list[str] = []
    chosen = list(_chosen(plan, only))
    process.allow_files(1000)
    for group, measures in chosen:
        if reason := group.missing():
            console.print(reason, soft_wrap=True)
            skipped.append(reason)
            continue
        with console.status("starting the servers") as status:
            results += run_group(group, measures, choice, plan.rounds, status.update)
    return results, skipped


def _chosen(plan: Plan, only: Sequence[str]) -> Iterator[tuple[Group, list[Measure]]]:
    """Return the groups with those of their measures that are asked for. Raises BadInput where there are none."""
    groups: list[Group] = [Pulls(plan), StockPouchDB(plan), Latency(plan), Many(plan), Feeds(plan)]
    names = [measure.name for group in groups for measure in group.measures()]
    for word in only:
        if not any(name.startswith(word) for name in names):
            raise BadInput(f"There is no measure {word!r}: use {', '.join(names)}.")
    for group in groups:
        measures = [one for one in group.measures() if not only or one.name.startswith(tuple(only))]
        if measures:
            yield group, measures


def _batches(given: str) -> list[int]:
    sizes: list[Any] = given.split(",")
    if not all(size.strip().isdecimal() and int(size) > 0 for size in sizes):
        raise BadInput(f"--batch is numbers with commas between them, for example 100,1000, not {given!r:.80}.")
    return [int(size) for size in sizes]

"""`fieldsync bench replication`: the groups of measures, those of them that are asked for, and their run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console

from fieldsync.bench import process
from fieldsync.bench.feeds import Feeds
from fieldsync.bench.figures import Result
from fieldsync.bench.latency import Latency
from fieldsync.bench.many import Many
from fieldsync.bench.measure import Group, Measure, Plan
from fieldsync.bench.pouchdb import StockPouchDB
from fieldsync.bench.pulls import Pulls
from fieldsync.bench.run import run_group
from fieldsync.bench.servers import Choice
from fieldsync.errors import BadInput


def measure(plan: Plan, choice: Choice, only: Sequence[str], console: Console) -> tuple[list[Result], list[str]]:
    """Make the measures whose names begin with one of some words, or all; returns also what could not be made, and why.

    Raises BadInput where a word begins no name.
    """
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
    groups: list[Group] = [Pulls(plan), StockPouchDB(plan), Latency(plan), Many(plan), Feeds(plan)]
    names = [measure.name for group in groups for measure in group.measures()]
    for word in only:
        if not any(name.startswith(word) for name in names):
            raise BadInput(f"There is no measure {word!r}: use {', '.join(names)}.")
    for group in groups:
        measures = [one for one in group.measures() if not only or one.name.startswith(tuple(only))]
        if measures:
            yield group, measures

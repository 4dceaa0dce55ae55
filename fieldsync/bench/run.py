"""A run: every measure on both servers in turn, in one go."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

import uvloop

from fieldsync.bench import process
from fieldsync.bench.figures import Reading, Result, Sample, result_of
from fieldsync.bench.measure import Group, Measure, drop_databases
from fieldsync.bench.servers import Choice, Server

Say = Callable[[str], None]
"""Tells whoever waits what is going on."""


def run_group(group: Group, chosen: Sequence[Measure], choice: Choice, rounds: int, say: Say) -> list[Result]:
    """Start the servers, make the chosen measures of a group on them, and stop them."""
    with _servers(choice) as servers, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_measured(group, chosen, servers, rounds, say))


@contextmanager
def _servers(choice: Choice) -> Iterator[list[Server]]:
    with ExitStack() as stack:
        servers = [stack.enter_context(choice.ours())]
        if (other := choice.other()) is not None:
            servers.append(stack.enter_context(other))
        yield servers


async def _measured(
    group: Group, chosen: Sequence[Measure], servers: Sequence[Server], rounds: int, say: Say
) -> list[Result]:
    try:
        for server in servers:
            say(f"{server.name}: preparing")
            await group.prepare(server)
        return [await _one(group, measure, servers, rounds, say) for measure in chosen]
    finally:
        for server in servers:
            if not server.is_fresh:
                await drop_databases(server, group.databases(server))


async def _one(group: Group, measure: Measure, servers: Sequence[Server], rounds: int, say: Say) -> Result:
    """Make one measure: a round on one server, a round on the other, the first of them taking turns."""
    for server in servers:
        await group.before(measure, server)
        if server.pid is not None:
            process.forget_peak(server.pid)
    samples: dict[str, list[Sample]] = {server.name: [] for server in servers}
    for turn in range(rounds + group.warm_up):
        for server in servers if turn % 2 else reversed(servers):
            say(f"{measure.title}: {server.name}, round {turn + 1 - group.warm_up} of {rounds}")
            sample = await _timed(group, measure, server, turn)
            if sample is not None and turn >= group.warm_up:
                samples[server.name].append(sample)
    readings = [Reading.of(server.name, samples[server.name], _peak(server)) for server in servers]
    return result_of(measure.name, measure.title, measure.unit, readings)


async def _timed(group: Group, measure: Measure, server: Server, turn: int) -> Sample | None:
    if server.pid is None:
        return await group.sample(measure, server, turn)
    before = process.cpu_s(server.pid)
    sample = await group.sample(measure, server, turn)
    if sample is not None:
        sample.server_cpu_s = round(process.cpu_s(server.pid) - before, 3)
    return sample


def _peak(server: Server) -> int | None:
    return None if server.pid is None else process.peak_bytes(server.pid)

"""How fast the registry is: import, filing, search, duplicates of one new person, export, cases decided."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from fieldsync.bench.city_files import documents, person, plan, write_files
from fieldsync.bench.deciding import measure_decisions
from fieldsync.bench.work import Watch, Work
from fieldsync.clock import write_time
from fieldsync.exporting.walking import Extent
from fieldsync.matching.profile import profile_of
from fieldsync.pipeline import Pipeline
from fieldsync.plan_files import PlanFile
from fieldsync.registry_export import Wish
from fieldsync.registry_import import BATCH, FILES, Order, Progress, plain_order, record_of
from fieldsync.sample import district
from fieldsync.searching.criteria import Criteria
from fieldsync.services import Services

ASKED = 200
FORMATS = ("csv", "xlsx", "parquet")


def measure_registry(services: Services, persons: int, say: Callable[[str], None]) -> Iterator[Work]:
    """Yield the measures of a fresh installation that takes in so many persons with their homes."""
    _set_up(services, persons)
    flow = Pipeline.of(services)
    say("importing")
    yield _imported(services, flow, persons)
    yield from _filed_and_searched(flow, persons, say)
    for format in FORMATS:
        say(f"exporting {format}")
        yield _exported(flow, format)
    say("deciding cases")
    yield from measure_decisions(flow)


def measure_search(services: Services, persons: int, say: Callable[[str], None]) -> Iterator[Work]:
    """Yield the measures of search alone, among records that are put straight into the registry."""
    _set_up(services, persons)
    flow, at = Pipeline.of(services), write_time(services.now())
    rules = {kind: flow.kinds.merge_rules(kind) for kind in FILES}
    watch, count, made = Watch(), 0, documents(persons)
    while batch := [record_of(one, rules[one.kind], at) for one in islice(made, BATCH)]:
        count += sum(flow.registry.add(batch))
        say(f"{count:,} records")
    yield watch.work("put records into the registry", count, "records")
    yield from _filed_and_searched(flow, persons, say)


def _filed_and_searched(flow: Pipeline, persons: int, say: Callable[[str], None]) -> Iterator[Work]:
    say("filing")
    watch = Watch()
    flow.steps.duplicates.catch_up(pages=persons)
    yield watch.work("file what is searched by", persons, "persons")
    yield from _searched(flow, persons, say)


def _set_up(services: Services, persons: int) -> None:
    services.cells.import_plan(PlanFile(plan(persons), "Measured", services.today()))
    for kind in FILES:
        services.forms.publish(district.path(f"forms/{kind}.xlsx").read_bytes(), f"{kind}.xlsx", "bench")


def _imported(services: Services, flow: Pipeline, persons: int) -> Work:
    with tempfile.TemporaryDirectory(prefix="fieldsync-bench-") as made:
        folder = Path(made)
        write_files(folder, persons)
        watch = Watch()
        importer = flow.importer(frozenset(services.areas.codes()))
        tally = importer.run(Order(plain_order(folder, FILES), folder), services.now(), Progress())
    return watch.work("import", persons, "persons", records=sum(tally.new.values()), preloaded=tally.preloaded)


def _searched(flow: Pipeline, persons: int, say: Callable[[str], None]) -> Iterator[Work]:
    people = [person(number * 7919 % persons) for number in range(ASKED)]
    asked: dict[str, Callable[[Any], object]] = {
        "search by name": lambda one: flow.search.page(Criteria(name=one.name, kind="person"), None, 20),
        "search by name in a street": lambda one: flow.search.page(Criteria(name=one.name, area="510107001"), None, 20),
        "search by number": lambda one: flow.search.page(Criteria(identity=one.id_number), None, 20),
        "search by phone": lambda one: flow.search.page(Criteria(phone=one.phone), None, 20),
        "duplicates of one new person": lambda one: flow.steps.duplicates.of(
            profile_of("person:new", {"name": one.name, "birth_date": one.birth_date, "phone": "12000000000"})
        ),
    }
    for name, ask in asked.items():
        say(name)
        yield _asked(name, people, ask)


def _asked(name: str, people: list[Any], ask: Callable[[Any], object]) -> Work:
    watch, taken = Watch(), list[float]()
    for one in people:
        begun = time.perf_counter()
        ask(one)
        taken.append(1_000 * (time.perf_counter() - begun))
    taken.sort()
    return watch.work(
        name,
        len(people),
        "questions",
        median_ms=round(taken[len(taken) // 2], 2),
        p95_ms=round(taken[len(taken) * 95 // 100], 2),
    )


def _exported(flow: Pipeline, format: str) -> Work:
    with tempfile.TemporaryFile() as out:
        watch = Watch()
        count = flow.exporter.write(Wish(Extent("person"), format), out)
        return watch.work(f"export as {format}", count, "persons", bytes=out.tell())

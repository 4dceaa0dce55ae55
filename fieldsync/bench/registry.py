"""How fast the registry is: import, filing, search, duplicates of one new person, export, cases decided."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from fieldsync.bench.city_files import documents, plan, write_files
from fieldsync.bench.deciding import measure_decisions
from fieldsync.bench.searching import measure_answers
from fieldsync.bench.work import Watch, Work
from fieldsync.clock import write_time
from fieldsync.exporting.walking import Extent
from fieldsync.pipeline import Pipeline
from fieldsync.plan_files import PlanFile
from fieldsync.registry_export import Wish
from fieldsync.registry_import import BATCH, FILES, Order, Progress, plain_order, record_of
from fieldsync.sample import district
from fieldsync.services import Services

EXPORTS = (
    ("person", "csv", ()),
    ("person", "xlsx", ()),
    ("person", "parquet", ()),
    ("person", "csv", ("5101",)),
    ("dwelling", "geojson", ()),
)
"""What is exported: the kind, the format, the areas (none: everything)."""


def measure_registry(services: Services, persons: int, say: Callable[[str], None]) -> Iterator[Work]:
    """Yield the measures of a fresh installation that takes in so many persons with their homes."""
    _set_up(services, persons)
    flow = Pipeline.of(services)
    say("importing")
    yield _imported(services, flow, persons)
    yield from _filed_and_searched(flow, persons, say)
    for kind, format, areas in EXPORTS:
        say(f"exporting {format}")
        yield _exported(flow, format, Extent(kind, areas))
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
    yield from measure_answers(flow, persons, say)


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


def _exported(flow: Pipeline, format: str, extent: Extent) -> Work:
    name = f"export of {extent.kind}s as {format}{' by area' if extent.areas else ''}"
    with tempfile.TemporaryFile() as out:
        watch = Watch()
        count = flow.exporter.write(Wish(extent, format), out)
        return watch.work(name, count, f"{extent.kind}s", bytes=out.tell())

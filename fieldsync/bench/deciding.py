"""How long a reviewer waits: a case decided, from the verdict to the last of its effects, and taken back."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from fieldsync.bench.work import Watch, Work
from fieldsync.cases import Case
from fieldsync.checking.wording import WORDS
from fieldsync.clock import write_time
from fieldsync.decisions import Verdict
from fieldsync.documents import DocId, Rev, cell_database, decode_body, derived_id
from fieldsync.pipeline import Pipeline
from fieldsync.replication import Access, Caller, PushRequest
from fieldsync.revisions import server_rev
from fieldsync.stores.base import Revision

CASES = 60
INSIST = dict.fromkeys((*WORDS, "constraint", "required", "choice", "relevant", "type"), "the measured city")
"""The households of the measured city are not in order: what is wrong with them is insisted on."""
COLLECTOR, REVIEWER = "bench.collector", "bench.reviewer"


@dataclass(frozen=True, slots=True)
class _Home:
    """A household of the measured city, one of its persons, and the stay that says so."""

    cell: str
    household: str
    person: str
    stay: str


def measure_decisions(flow: Pipeline) -> Iterator[Work]:
    """Yield the measures of cases admitted one by one, and of the same admissions taken back."""
    homes = list(islice(_homes(flow), CASES))
    cases = [_case(flow, home) for home in homes]
    verdict = Verdict(REVIEWER, ("5101",), "admit")
    yield _timed("decide a case", [lambda c=case: flow.steps.decide(c.id, verdict) for case in cases])
    back = Verdict(REVIEWER, ("5101",), "revert", "measured")
    yield _timed("take an admission back", [lambda c=case: flow.steps.revert(c.id, back) for case in cases])


def _homes(flow: Pipeline) -> Iterator[_Home]:
    seen: set[str] = set()
    for stay in flow.registry.records("stay:", end="stay;"):
        household = str(stay.value("household"))
        if household not in seen:
            seen.add(household)
            yield _Home(next(iter(stay.reconciled), stay.cell), household, str(stay.value("person")), stay.id)


def _case(flow: Pipeline, home: _Home) -> Case:
    """Have a name changed and handed in; returns the case that waits for it."""
    database = flow.steps.store.database(cell_database(home.cell))
    covers = {i: _winner(database.get(DocId(i))).rev for i in (home.household, home.person, home.stay)}
    before = _winner(database.get(DocId(home.person)))
    data = decode_body(before.body).get("data", {}) | {"name": "测改名"}
    edit = _written(flow, home.person, before.path, data)
    submission = f"submission:{derived_id('bench', home.household)}"
    covers[home.person] = Rev(edit["_rev"])
    data = {"household": home.household, "round": "bench", "covers": covers, "insist": INSIST}
    handed_in = _written(flow, submission, (), data)
    raw = [json.dumps(one).encode() for one in (edit, handed_in)]
    caller = Caller(COLLECTOR, f"tablet:{COLLECTOR}", Access.HELD)
    flow.intake.push(PushRequest(home.cell, caller, raw, write_time(flow.steps.now())))
    flow.steps.catch_up(home.cell)
    (case,) = [c for c in flow.cases.where(household=home.household) if c.kind == "admission" and c.is_open]
    return case


def _winner(found: Revision | None) -> Revision:
    if found is None:
        raise AssertionError("a record of the measured city is in no cell")
    return found


def _written(flow: Pipeline, name: str, path: tuple[Rev, ...], data: dict[str, Any]) -> dict[str, Any]:
    """Return a document as a tablet pushes it."""
    meta = {"at": write_time(flow.steps.now()), "by": COLLECTOR}
    body = {"kind": name.partition(":")[0], "data": data, "meta": meta}
    rev = server_rev(path[0] if path else None, False, body)
    ids = [one.partition("-")[2] for one in (rev, *path)]
    revisions = {"start": int(rev.partition("-")[0]), "ids": ids}
    return {**body, "_id": name, "_rev": rev, "_revisions": revisions}


def _timed(name: str, acts: list[Any]) -> Work:
    watch, taken = Watch(), list[float]()
    for act in acts:
        begun = time.perf_counter()
        act()
        taken.append(1_000 * (time.perf_counter() - begun))
    taken.sort()
    middle, high = (round(taken[len(taken) * share // 100], 1) for share in (50, 95))
    return watch.work(name, len(acts), "cases", median_ms=middle, p95_ms=high)

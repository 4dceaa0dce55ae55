"""How long one waits for an answer of the registry: searches of every kind, and the duplicates of one new person."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from fieldsync.bench.city_files import Person, cell_code, person
from fieldsync.bench.work import Watch, Work
from fieldsync.filing_keys import spoken
from fieldsync.matching.profile import profile_of
from fieldsync.pipeline import Pipeline
from fieldsync.searching.criteria import Criteria

ASKED = 60
STREET, DISTRICT = "510107001", "510107"
PAGE, DEEP_PAGES = 20, 25
Ask = Callable[[Person], int]
"""Asks a question about somebody; returns how many records it found."""


def measure_answers(flow: Pipeline, persons: int, say: Callable[[str], None]) -> Iterator[Work]:
    """Yield how long questions take that staff ask, each about other people."""
    people = [person(number * 7919 % persons) for number in range(ASKED)]
    for name, ask in {**_searches(flow, persons), **_further(flow)}.items():
        say(name)
        yield _asked(name, people, ask)


def _searches(flow: Pipeline, persons: int) -> dict[str, Ask]:
    def found(wanted: Criteria) -> int:
        return len(flow.search.page(wanted, None, PAGE).found)

    def house(one: Person) -> str:
        return f"武侯区测街道{int(one.phone[2:]) // 30}号"

    def cell(one: Person) -> str:
        return cell_code(int(one.phone[2:]) % persons // 1_300)

    return {
        "search by name": lambda one: found(Criteria(name=one.name, kind="person")),
        "search by pinyin": lambda one: found(Criteria(name=spoken(one.name), kind="person")),
        "search by name in a street": lambda one: found(Criteria(name=one.name, area=STREET)),
        "search by name in a district": lambda one: found(Criteria(name=one.name, area=DISTRICT)),
        "search by family name in a street": lambda one: found(Criteria(name=one.name[0], area=STREET)),
        "search by number": lambda one: found(Criteria(identity=one.id_number)),
        "search by phone": lambda one: found(Criteria(phone=one.phone)),
        "search by address": lambda one: found(Criteria(address=house(one))),
        "who lives at an address": lambda one: found(Criteria(address=house(one), kind="person")),
        "who is in a cell": lambda one: found(Criteria(kind="person", area=cell(one))),
        "who left, in a street": lambda _: found(Criteria(kind="person", status="left", area=STREET)),
        "who left, anywhere": lambda _: found(Criteria(kind="person", status="left")),
        "who is here, in a street": lambda _: found(Criteria(kind="person", status="here", area=STREET)),
        "vacant dwellings, in a district": lambda _: found(Criteria(kind="dwelling", status="vacant", area=DISTRICT)),
        "who is dead, anywhere (nobody)": lambda _: found(Criteria(kind="person", status="dead")),
    }


def _further(flow: Pipeline) -> dict[str, Ask]:
    """Return questions for a page far behind the first one, and what is asked about somebody new."""
    deep = {
        "persons of a street": Criteria(kind="person", area=STREET),
        "a family name": Criteria(name="王", kind="person"),
        "who left": Criteria(kind="person", status="left"),
        "an address": Criteria(address="成都市武侯区"),
    }
    further: dict[str, Ask] = {
        f"a page after {DEEP_PAGES * PAGE}: {name}": partial(_page_after, flow, wanted, _deep_cursor(flow, wanted))
        for name, wanted in deep.items()
    }
    further["duplicates of one new person"] = partial(_duplicates, flow)
    return further


def _duplicates(flow: Pipeline, one: Person) -> int:
    answers = {"name": one.name, "birth_date": one.birth_date, "phone": "12000000000"}
    return len(flow.steps.duplicates.of(profile_of("person:new", answers)))


def _deep_cursor(flow: Pipeline, wanted: Criteria) -> str | None:
    cursor: str | None = None
    for _ in range(DEEP_PAGES):
        cursor = flow.search.page(wanted, cursor, PAGE).next or cursor
    return cursor


def _page_after(flow: Pipeline, wanted: Criteria, cursor: str | None, _: Person) -> int:
    return len(flow.search.page(wanted, cursor, PAGE).found)


def _asked(name: str, people: list[Person], ask: Ask) -> Work:
    watch, taken, found = Watch(), list[tuple[float, float]](), 0
    for one in people:
        begun, used = time.perf_counter(), time.process_time()
        found += ask(one)
        taken.append((1_000 * (time.perf_counter() - begun), 1_000 * (time.process_time() - used)))
    return watch.work(name, len(people), "questions", found=found, **_spread(taken))


def _spread(taken: list[tuple[float, float]]) -> dict[str, Any]:
    """Return the median, 95 of 100 and the worst of milliseconds by the wall and of a processor."""
    spread: dict[str, Any] = {}
    for what, times in zip(("ms", "cpu_ms"), (sorted(column) for column in zip(*taken, strict=True)), strict=True):
        places = {"median": len(times) // 2, "p95": len(times) * 95 // 100, "worst": -1}
        spread |= {f"{place}_{what}": round(times[at], 2) for place, at in places.items()}
    return spread

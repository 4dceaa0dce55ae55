"""Events of the registry over HTTP: imported, searched by day and cell, in histories, exported and told of, by role."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from fieldsync.documents import DocId
from fieldsync.errors import BadInput
from fieldsync.pipeline import Pipeline
from fieldsync.registry import Item, Record
from fieldsync.registry_import import Progress
from tests.api.city import City
from tests.api.registry_city import ELSEWHERE, FANG, HERE, NORTH, SOUTH, THERE, URL, people
from tests.api.test_exchange import follow, register
from tests.api.test_field_work import settings, uid, with_forms

__all__ = ["settings", "with_forms"]
LEFT, CAME, HEAD = (f"event:{uid(name)}" for name in ("left", "came", "head"))
EVENTS = (
    "id,type,person,household,date,note\n"
    f"{uid('left')},departure,{uid('here')},{uid('h1')},2024-01-01,\n"
    f"{uid('came')},arrival,{uid('there')},{uid('h2')},2026-01-01,=1+1\n"
    f"{uid('head')},new_head,{uid('fang')},{uid('h1')},2024-01-02,\n"
)


@pytest.fixture
def known(city: City) -> City:
    """The city with three events in two districts, of which the cells know too."""
    people(city)
    importer = pipeline(city).importer(frozenset({NORTH, SOUTH, ELSEWHERE}))
    tally = importer.take({"event": EVENTS}, city.clock(), Progress())
    assert (tally.new, tally.preloaded) == ({"event": 3}, 3)
    return city


def pipeline(city: City) -> Pipeline:
    found: Pipeline = city.app.state.pipeline
    return found


def asked(city: City, path: str = "", who: str = "admin", **filters: Any) -> Any:
    return city.client.get(URL + path, params=filters, headers=city.log_in(who))


def found(city: City, who: str = "admin", **filters: Any) -> list[str]:
    answer = asked(city, "", who, kind="event", **filters)
    assert answer.status_code == 200, answer.text
    return [record["id"] for record in answer.json()["records"]]


def test_events_are_found_by_cell_and_day_as_far_as_one_may_see(known: City) -> None:
    """In the order of cells and days, page by page; staff find those of their districts."""
    assert found(known) == [CAME, LEFT, HEAD] == found(known, at="2026-11-23")
    assert found(known, **{"from": "2024-01-02"}) == [CAME, HEAD]
    assert found(known, to="2024-01-01") == [LEFT] == found(known, to="2024-01-01", cell=NORTH)
    assert (found(known, "wu.min"), found(known, "elsewhere"), found(known, at="2026-11-01")) == (
        [LEFT, HEAD],
        [CAME],
        [],
    )
    paged, cursor = [], {}
    for _ in range(3):
        page = asked(known, kind="event", limit=1, **cursor).json()
        paged, cursor = [*paged, *(one["id"] for one in page["records"])], {"cursor": page["next"]}
    assert paged == [CAME, LEFT, HEAD]
    bad = [{"from": "2024-01-01"}, {"kind": "event", "to": "yesterday"}, {"kind": "event", "from": "2024-13-01"}]
    bad += [{"kind": "event", "to": "2024-W01-1"}, {"kind": "event", "to": "20240101"}]
    bad += [{"kind": "event", "name": "王芳"}, {"kind": "event", "status": "here"}]
    answers = [asked(known, **filters) for filters in bad]
    assert [(a.status_code, a.json()["error"]) for a in answers] == [(400, "bad_request")] * 7
    assert [a.json().get("field") for a in answers[:5]] == ["from", "to", "from", "to", "to"]
    assert asked(known, who="li.na", kind="event").status_code == 403
    assert set(found(known, "auditor")) == {CAME, LEFT, HEAD}
    traces = [t for t in pipeline(known).trail.entries() if t.action == "registry.list" and t.by == "elsewhere"]
    assert [person in t.reason for t in traces[-1:] for person in (THERE, HERE)] == [True, False]


def test_who_looks_at_what_befell_a_household_is_in_its_trail(known: City) -> None:
    """A split names no person: then the household finds who saw it."""
    flow, home = pipeline(known), f"household:{uid('h1')}"
    flow.registry.change(
        HEAD, lambda r: msgspec.structs.replace(r, items={n: i for n, i in r.items.items() if n != "person"})
    )
    assert found(known, "wu.min") == [LEFT, HEAD]
    assert "wu.min" in {entry.by for entry in flow.trail.about(home)}


def test_a_history_tells_what_befell_a_person_and_a_household(known: City) -> None:
    """With where it is from; those of joined doubles too; of an event elsewhere only what and when."""
    (left,) = asked(known, f"/{HERE}/history", "wu.min").json()["events"]
    assert {name: left[name] for name in ("id", "type", "date", "cell", "source", "admitted_by")} == {
        "id": LEFT, "type": "departure", "date": "2024-01-01", "cell": NORTH, "source": "import",
        "admitted_by": "import",
    }  # fmt: skip
    household = asked(known, f"/household:{uid('h1')}/history", "wu.min").json()["events"]
    assert [one["id"] for one in household] == [LEFT, HEAD]
    assert asked(known, f"/{HERE}/history", "elsewhere").status_code == 404
    assert asked(known, f"/{LEFT}", "elsewhere").status_code == 404
    assert asked(known, f"/{LEFT}", "wu.min").json()["items"]["type"]["value"] == {"value": "departure"}
    assert [v["item"] for v in asked(known, f"/{LEFT}/history", "wu.min").json()["values"]][:2] == ["date", "household"]

    registry = pipeline(known).registry
    registry.change(HERE, lambda r: msgspec.structs.replace(r, alias_of=FANG))
    registry.change(FANG, lambda r: msgspec.structs.replace(r, aliases=[HERE]))
    registry.change(LEFT, lambda r: msgspec.structs.replace(r, cell=ELSEWHERE))
    left, head = asked(known, f"/{FANG}/history", "wu.min").json()["events"]
    assert (left, head["id"]) == ({"id": LEFT, "type": "departure", "date": "2024-01-01"}, HEAD)
    assert "events" not in asked(known, f"/{FANG}", "wu.min", at="2026-11-22T16:00Z").json()


def test_events_are_exported_and_told_of_only_as_agreed(known: City) -> None:
    """A file of one's own district, safe for spreadsheets; a system is told of events only where that was agreed."""
    kinds = {LEFT: "departure", HEAD: "new_head"}
    mine = asked(known, "/export", "wu.min", kind="event").text.splitlines()
    assert mine[0].lstrip("\ufeff") == "id,cell,type,person,household,other_household,date,corrects,note"
    assert [line.split(",")[2] for line in mine[1:]] == [kinds[name] for name in sorted(kinds)]
    theirs = asked(known, "/export", "elsewhere", kind="event").text
    assert "'=1+1" in theirs
    told, _ = follow(known, register(known), limit=50)
    assert {one["kind"] for one in told} == {"person"}
    agreed = {"purpose": "Figures", "fields": {"event": ["type", "date"]}, "areas": ["510107"]}
    bureau = register(known, name="bureau", **agreed)
    told, since = follow(known, bureau, limit=50)
    assert {one["id"]: one["values"] for one in told} == {
        LEFT: {"type": "departure", "date": "2024-01-01"},
        HEAD: {"type": "new_head", "date": "2024-01-02"},
    }
    pipeline(known).registry.change(HEAD, _taken_back)
    assert follow(known, bureau, since, limit=50)[0] == [{"id": HEAD, "kind": "event", "deleted": True}]


def _taken_back(record: Record) -> Record:
    """Return an event's record as a reversal leaves it."""
    return msgspec.structs.replace(record, items={**record.items, "type": Item(value={}, source="decision", at="z")})


FAULTY = {
    "no day": (f"{uid('x')},departure,{uid('here')},{uid('h1')},", "needs a type, a date"),
    "no person": (f"{uid('x')},birth,,{uid('h1')},2024-01-01", "needs a type, a date"),
    "unknown person": (f"{uid('x')},birth,{uid('nobody')},{uid('h1')},2024-01-01", "its person is in no row"),
    "unknown household": (f"{uid('x')},birth,{uid('here')},{uid('nobody')},2024-01-01", "no cell can be found"),
    "unknown type": (f"{uid('x')},wedding,{uid('here')},{uid('h1')},2024-01-01", "no choice of type"),
    "no date": (f"{uid('x')},birth,{uid('here')},{uid('h1')},1 May", "no date of the form"),
}


def test_events_that_cannot_enter_are_rejected_with_their_reason_and_nothing_is_half_in(city: City) -> None:
    """Each row names what is wrong with it; then nothing was written, not even the sound row."""
    people(city)
    importer = pipeline(city).importer(frozenset({NORTH, SOUTH, ELSEWHERE}))
    head, good = "id,type,person,household,date\n", f"{uid('left')},departure,{uid('here')},{uid('h1')},2024-01-01\n"
    for case, (row, reason) in FAULTY.items():
        with pytest.raises(BadInput, match=reason) as refused:
            importer.take({"event": f"{head}{good}{row}\n"}, city.clock(), Progress())
        assert "Nothing was imported" in str(refused.value), case
    assert pipeline(city).registry.get(LEFT) is None
    split = f"{uid('split')},split,,{uid('h1')},2024-01-01\n"
    again = importer.take({"event": head + good + split}, city.clock(), Progress())
    assert (again.new, importer.take({"event": head + good + split}, city.clock(), Progress()).new) == (
        {"event": 2},
        {"event": 0},
    )
    cell = city.app.state.services.store.database(f"cell-{NORTH}")
    assert cell.get(DocId(LEFT)) is not None

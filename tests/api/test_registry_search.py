"""Search of the registry over HTTP: by name, number, phone, address, area and status; by role."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fieldsync.pipeline import Pipeline
from tests.api.city import City, bearer
from tests.api.registry_city import BOTH, ELSEWHERE, FANG, HERE, HOUSEHOLD, NORTH, SOUTH, THERE, URL, people
from tests.api.test_field_work import settings, uid, with_forms

__all__ = ["settings", "with_forms"]


@pytest.fixture
def known(city: City) -> City:
    return people(city)


def ask(city: City, who: str, **filters: Any) -> dict[str, Any]:
    answer = city.client.get(URL, params=filters, headers=city.log_in(who))
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


def found(city: City, who: str = "admin", **filters: Any) -> list[str]:
    return [record["id"] for record in ask(city, who, **filters)["records"]]


def test_every_filter_leads_to_its_records(known: City) -> None:
    """In either writing or pinyin, with and without an area; numbers whole; addresses from any division on."""
    dwellings = [f"dwelling:{uid(name)}" for name in ("d1", "d2")]
    assert found(known, name="王芳", kind="person") == [FANG]
    assert set(found(known, name="wangf", kind="person")) == {FANG, HERE}
    assert found(known, name="歐陽") == [BOTH] == found(known, name="Ouyang Li", kind="person")
    assert found(known, name="wang fang", area="510107001", kind="household") == [HOUSEHOLD]
    assert found(known, identity="999999198002030029") == [FANG]
    assert found(known, identity="e12345678") == [BOTH]
    assert found(known, identity="99999919800203002") == []
    assert set(found(known, phone="128-1234 5678")) == {FANG, HOUSEHOLD}
    assert found(known, address="小满里24号") == [f"building:{uid('b1')}"] == found(known, address="jinli")
    assert found(known, address="小满里24号", kind="dwelling") == sorted(dwellings)
    assert found(known, address="小满里", room="1-301") == [dwellings[0]]
    assert set(found(known, address="洗面桥社区", room="301", kind="person")) == {FANG, HERE, BOTH}
    assert found(known, address="小满里", room="302", kind="person") == []
    assert found(known, kind="dwelling", status="vacant") == [dwellings[1]]
    assert found(known, kind="person", status="left") == [HERE]
    assert found(known, kind="person", status="registered_elsewhere") == [BOTH]


def test_two_stays_are_one_person_seen_from_both_sides(known: City) -> None:
    """Staff of either district find the person once, and learn of the other stay only that it is there."""
    for who, own in (("wu.min", NORTH), ("elsewhere", ELSEWHERE)):
        (person,) = ask(known, who, name="欧阳丽", kind="person")["records"]
        stays = {stay["kind"]: stay.get("cell") for stay in person["stays"]}
        assert (person["id"], person["status"]) == (BOTH, "registered_elsewhere")
        assert set(stays) == {"usual", "registered_only"}
        assert [cell for cell in stays.values() if cell] == [own]
        assert known.client.get(f"{URL}/{BOTH}", headers=known.log_in(who)).status_code == 200
    assert found(known, kind="person").count(BOTH) == 1
    assert found(known, "auditor", area="5101", kind="person").count(BOTH) == 1


def test_what_is_found_is_masked_lies_in_ones_areas_and_is_in_the_trail(known: City) -> None:
    """Numbers are covered; another district's people are not found; a collector may not ask; a read leaves a trace."""
    (fang,) = ask(known, "wu.min", identity="999999198002030029")["records"]
    assert "999999198002030029" not in json.dumps(fang)
    assert "999•••••••••••••••" in json.dumps(fang, ensure_ascii=False)
    assert found(known, "elsewhere", identity="999999198002030029") == []
    assert found(known, "elsewhere", name="王") == []
    tablet = bearer(known.enrol("li.na"))
    assert known.client.get(URL, params={"name": "王"}, headers=tablet).status_code == 403
    assert known.client.get(URL, params={"area": "510104"}, headers=known.log_in("wu.min")).status_code == 403
    pipeline: Pipeline = known.app.state.pipeline
    last = [trace for trace in pipeline.trail.entries() if trace.by == "wu.min"][-1]
    assert (last.action, FANG in last.reason, "999999" in last.reason) == ("registry.list", True, False)


def test_pages_stay_good_while_others_write(known: City) -> None:
    """What came meanwhile is met once or not at all, never twice, and nothing that was there is left out."""
    before = found(known, kind="person")
    first = ask(known, "admin", kind="person", limit=2)
    pipeline: Pipeline = known.app.state.pipeline
    record = pipeline.registry.get(FANG)
    assert record
    for name in ("new", "newer"):
        pipeline.registry.add([type(record)(**{**_members(record), "id": f"person:{uid(name)}"})])
    seen, cursor = [one["id"] for one in first["records"]], first["next"]
    while cursor:
        page = ask(known, "admin", kind="person", limit=1, cursor=cursor)
        seen, cursor = seen + [one["id"] for one in page["records"]], page["next"]
    assert len(seen) == len(set(seen))
    assert set(before) <= set(seen)


def _members(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__struct_fields__}


def test_a_double_leads_to_the_record_that_is_kept(known: City) -> None:
    """Searched for by what only the double says, the kept one is found, once."""
    pipeline: Pipeline = known.app.state.pipeline
    pipeline.registry.change(HERE, lambda r: type(r)(**{**_members(r), "alias_of": FANG}))
    (person,) = ask(known, "wu.min", name="王方", kind="person", area=NORTH)["records"][-1:]
    assert (person["id"], person["found_as"]) == (FANG, HERE)
    assert found(known, "wu.min", name="wangfang", kind="person") == [FANG]


MALFORMED: list[tuple[dict[str, Any], str]] = [
    ({"cursor": "x"}, "cursor"),
    ({"area": "51x"}, "areas"),
    ({"name": "·"}, "name"),
    ({"name": "王\n"}, "name"),
    ({"phone": "none"}, "phone"),
    ({"room": "301"}, "room"),
    ({"status": "here"}, "status"),
    ({"status": "vacant", "kind": "person"}, "status"),
    ({"identity": "1", "kind": "stay"}, "kind"),
    ({"name": "王", "kind": "building"}, "kind"),
    ({"at": "yesterday"}, "at"),
    ({"at": "2026-13-01"}, "at"),
    ({"kind": "event", "from": "2026-12-01", "to": "2026-11-01"}, "to"),
    ({"nmae": "王"}, "nmae"),
    ({"limit": 0}, "limit"),
]


def test_a_filter_that_cannot_be_is_one_clear_error(known: City) -> None:
    """It says which, and how to mend it; a cursor of another question would leave things out, and is refused."""
    headers = known.log_in("admin")
    of_persons = known.client.get(URL, params={"kind": "person", "limit": 1}, headers=headers).json()["next"]
    for filters, field in [*MALFORMED, ({"cursor": of_persons, "kind": "stay"}, "cursor")]:
        answer = known.client.get(URL, params=filters, headers=headers)
        told = answer.json()
        assert answer.status_code == 400, filters
        assert field in (told.get("field"), *(name.rpartition(".")[2] for name in told.get("fields", ()))), filters


def test_a_list_as_it_was_known(known: City) -> None:
    """Before the import nobody was known; names are shown as they were then."""
    assert found(known, kind="person", at="2026-11-22") == []
    assert set(found(known, kind="person", at="2026-11-23")) == {FANG, HERE, BOTH, THERE}
    assert found(known, area=SOUTH) == []

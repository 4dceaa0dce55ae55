"""The history of a record over HTTP, and the record as it was known at a moment."""

from __future__ import annotations

from typing import Any

from tests.api.city import NORTH, City
from tests.api.test_field_work import API, HOUSEHOLD, PERSON, Tablet, field, only_case, settings, uid, with_forms

__all__ = ["field", "settings", "with_forms"]
DWELLING = f"dwelling:{uid('d')}"


def told(city: City, record: str, who: str = "wu.min", **asked: Any) -> dict[str, Any]:
    answer = city.client.get(f"{API}/registry/{record}/history", params=asked, headers=city.log_in(who))
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


def test_a_history_tells_the_import_the_merge_and_the_decision(field: City) -> None:
    """Two phones met and a birth date was admitted by a reviewer: each value says how it came to stand there."""
    first, second = Tablet(field, "li.na"), Tablet(field, "zhang.wei")
    seen, house = first.get(PERSON), first.get(HOUSEHOLD)
    first.edit(seen, phone="12800000001", birth_date="1981-02-03")
    second.edit(seen, phone="12800000002")
    first.edit(house, note="Moved in")
    steps = field.app.state.pipeline.steps
    steps.catch_up(NORTH)
    field.clock.pass_(minutes=10)
    first.submit()
    steps.catch_up(NORTH)
    case = only_case(field, "admission")
    field.clock.pass_(days=1)
    url = f"{API}/cases/{case['id']}/decision"
    decided = field.client.post(url, json={"action": "admit", "reason": "seen"}, headers=field.log_in("wu.min"))
    assert decided.status_code == 200, decided.text

    page = told(field, PERSON)
    births = [value for value in page["values"] if value["item"] == "birth_date"]
    assert [(b["source"], b["value"]["value"]) for b in births] == [("import", "1980-02-03"), ("edit", "1981-02-03")]
    ruling = {"kind": "admission", "state": "closed", "action": "admit", "by": "wu.min", "reason": "seen"}
    assert {**births[1]["case"], "at": None} == {"id": case["id"], "at": None, **ruling}
    assert (births[1]["by"], births[1]["cell"], births[1]["admitted_by"]) == ("li.na", NORTH, "wu.min")
    (phone,) = [value for value in page["values"] if value["item"] == "phone" and value["source"] == "edit"]
    assert {one["rev"] for one in phone["merges"][0]["values"]} >= {phone["edit"]}
    assert (phone["merges"][0]["strategy"], "128000" in str(page)) == ("latest", False)
    assert page["confirmed"]["by"] == "li.na"
    assert [stay["kind"] for stay in page["stays"]] == ["usual"]
    assert [v["admitted_at"] for v in page["values"]] == sorted(v["admitted_at"] for v in page["values"])

    headers = field.log_in("wu.min")
    was = field.client.get(f"{API}/registry/{PERSON}?at=2026-11-23", headers=headers).json()
    now = field.client.get(f"{API}/registry/{PERSON}", headers=headers).json()
    assert [r["items"]["birth_date"]["value"]["value"] for r in (was, now)] == ["1980-02-03", "1981-02-03"]
    never = field.client.get(f"{API}/registry/{PERSON}", params={"at": "2026-11-22"}, headers=headers)
    assert (never.status_code, never.json()["error"]) == (404, "not_found")

    paged, cursor = [], None
    while True:
        part = told(field, PERSON, limit=2, **({"cursor": cursor} if cursor else {}))
        paged, cursor = paged + part["values"], part["next"]
        if cursor is None:
            break
    assert paged == page["values"]


def test_only_what_does_not_move_has_a_place_and_only_staff_of_its_cells_see_it(field: City) -> None:
    """A dwelling's edit says where its collector stood, a household's does not; revealing needs a reason."""
    tablet = Tablet(field, "li.na")
    for record, change in ((DWELLING, {"rooms": 3}), (HOUSEHOLD, {"note": "x"})):
        seen = tablet.get(record)
        location = {"lon": 104.05, "lat": 30.64, "accuracy_m": 6, "datum": "WGS84"}
        tablet.edit_with(seen, {"location": location}, **change)
    covers = {record: tablet.get(record)["_rev"] for record in (DWELLING, HOUSEHOLD)}
    tablet.submit_covering(covers)
    field.app.state.pipeline.steps.catch_up(NORTH)
    (rooms,) = [v for v in told(field, DWELLING)["values"] if v["item"] == "rooms"]
    assert rooms["location"]["lon"] == 104.05
    (note,) = [v for v in told(field, HOUSEHOLD)["values"] if v["item"] == "note"]
    assert (note["source"], "location" in note) == ("edit", False)
    url = f"{API}/registry/{PERSON}/history"
    statuses = {
        "outside": field.client.get(url, headers=field.log_in("elsewhere")).status_code,
        "collector": field.client.get(url, headers=tablet.headers).status_code,
        "no reason": field.client.get(url, params={"reveal": True}, headers=field.log_in("wu.min")).status_code,
        "supervisor": field.client.get(
            url, params={"reveal": True, "reason": "x"}, headers=field.log_in("he.jun")
        ).status_code,
        "cursor": field.client.get(url, params={"cursor": "x"}, headers=field.log_in("wu.min")).status_code,
    }
    assert statuses == {"outside": 404, "collector": 403, "no reason": 400, "supervisor": 403, "cursor": 400}
    assert "12812345678" in str(told(field, PERSON, reveal=True, reason="A complaint"))

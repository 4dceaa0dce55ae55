"""A day's work on cases over HTTP, by role: claims, many decisions, what is overdue, what was decided before."""

from __future__ import annotations

from typing import Any

import pytest

from fieldsync.registry import Item
from tests.api.city import NORTH, PASSWORD, City
from tests.api.test_field_work import (
    API,
    HOUSEHOLD,
    PERSON,
    STAY,
    Tablet,
    case,
    decide,
    field,
    only_case,
    settings,
    uid,
)
from tests.api.test_field_work import with_forms as with_forms

__all__ = ["case", "field", "settings"]
CASES = f"{API}/cases"


def again(field: City, number: int, **items: Any) -> dict[str, Any]:
    """Let the collector change the person and hand the household in again; returns the case that is open then."""
    tablet = Tablet(field, "li.na")
    tablet.edit(tablet.get(PERSON), **items)
    covers = {i: tablet.get(i)["_rev"] for i in (PERSON, HOUSEHOLD, STAY)}
    tablet.submit_covering(covers, f"submission {number}")
    field.app.state.pipeline.steps.catch_up(NORTH)
    return only_case(field, "admission")


def test_a_claim_is_given_back_by_its_holder_or_a_supervisor(field: City, case: dict[str, Any]) -> None:
    """Meanwhile nobody else decides; reviewers elsewhere and administrators neither claim nor release."""
    claim = f"{CASES}/{case['id']}/claim"
    field.add("second", "reviewer", "510107")
    assert field.client.post(claim, headers=field.log_in("wu.min")).json()["claimed_by"] == "wu.min"
    assert decide(field, case["id"], "second", action="admit").status_code == 409
    for who, status in (("second", 403), ("elsewhere", 403), ("admin", 403), ("he.jun", 200)):
        assert field.client.delete(claim, headers=field.log_in(who)).status_code == status, who
    assert field.client.delete(claim, headers=field.log_in("wu.min")).status_code == 409
    assert decide(field, case["id"], "second", action="admit").status_code == 200


def test_many_cases_are_decided_each_by_itself(field: City, case: dict[str, Any]) -> None:
    """One is decided; the same again, an unknown one and one that does not fit say why, with their own status."""
    asked = [
        {"case": case["id"], "action": "choose", "rev": "1-x"},
        {"case": case["id"], "action": "admit"},
        {"case": case["id"], "action": "admit"},
        {"case": "admission:none", "action": "admit"},
    ]
    url = f"{CASES}/decisions"
    for who in ("elsewhere", "neighbour"):
        refused = field.client.post(url, json={"decisions": asked[1:2]}, headers=field.log_in(who)).json()
        assert [one["status"] for one in refused["results"]] == [403], who
    answer = field.client.post(url, json={"decisions": asked}, headers=field.log_in("wu.min")).json()
    assert [one["status"] for one in answer["results"]] == [400, 200, 409, 404]
    assert (answer["decided"], answer["failed"]) == (1, 3)
    assert answer["results"][1]["state"] == "closed"
    assert "does not fit" in answer["results"][0]["reason"]
    assert "不适用" in answer["results"][0]["reason_zh"]


@pytest.mark.parametrize("who", ["admin", "auditor", "li.na"])
def test_only_reviewers_and_supervisors_decide_many(field: City, who: str) -> None:
    """Administrators, auditors and collectors are refused as a whole."""
    field.add("auditor", "auditor", "5101")
    field.client.patch(f"{API}/staff/li.na", json={"password": PASSWORD}, headers=field.log_in("admin"))
    asked = {"decisions": [{"case": "admission:none", "action": "admit"}]}
    assert field.client.post(f"{CASES}/decisions", json=asked, headers=field.log_in(who)).status_code == 403


@pytest.mark.parametrize(
    "body", [{}, {"decisions": []}, {"decisions": [{"action": "admit"}]}, {"decisions": [{}] * 201}]
)
def test_malformed_decisions_are_one_clear_error(field: City, body: dict[str, Any]) -> None:
    """None at all, one without its case, too many: 400, and it says where."""
    answer = field.client.post(f"{CASES}/decisions", json=body, headers=field.log_in("wu.min"))
    assert (answer.status_code, answer.json()["error"]) == (400, "bad_request")
    assert "decisions" in answer.json()["reason"]


def test_what_is_overdue_goes_up_and_is_listed(field: City, case: dict[str, Any]) -> None:
    """A week later the case is overdue; raised, the district finds it, and the street may still decide it."""
    overdue = f"{CASES}?overdue=true"
    assert field.client.get(overdue, headers=field.log_in("wu.min")).json()["cases"] == []
    field.clock.pass_(days=7)
    (late,) = field.client.get(overdue, headers=field.log_in("wu.min")).json()["cases"]
    assert late["overdue"] is True
    assert field.app.state.pipeline.steps.escalation.run() == 1
    (raised,) = field.client.get(f"{CASES}?raised=district", headers=field.log_in("wu.min")).json()["cases"]
    assert (raised["level"], raised["raised"][0]["to"]) == ("street", "district")
    assert "overdue" not in raised
    assert field.client.get(f"{CASES}?raised=city", headers=field.log_in("wu.min")).json()["cases"] == []
    assert field.client.get(f"{CASES}?raised=moon", headers=field.log_in("wu.min")).status_code == 400
    field.add("street", "reviewer", "510107001")
    assert decide(field, case["id"], "street", action="admit").status_code == 200


def test_mine_and_unclaimed(field: City, case: dict[str, Any]) -> None:
    """The lists of who works on what."""

    def listed(query: str, who: str) -> list[str]:
        found = field.client.get(f"{CASES}?{query}", headers=field.log_in(who)).json()["cases"]
        return [one["id"] for one in found]

    assert (listed("mine=true", "wu.min"), listed("unclaimed=true", "wu.min")) == ([], [case["id"]])
    field.client.post(f"{CASES}/{case['id']}/claim", headers=field.log_in("wu.min"))
    assert (listed("mine=true", "wu.min"), listed("unclaimed=true", "wu.min")) == ([case["id"]], [])
    assert (listed("mine=true", "he.jun"), listed("round=r", "he.jun")) == ([], [case["id"]])
    assert listed("round=other", "he.jun") == []


def test_what_comes_after_a_decision_shows_it(field: City, case: dict[str, Any]) -> None:
    """The household is handed in again with the item changed: a new case, with what was decided before and why."""
    assert decide(field, case["id"], action="return", reason="Look at the card").status_code == 200
    new = again(field, 2, birth_date="1982-02-03")
    assert new["id"] != case["id"]
    ruling = {"case": case["id"], "document": PERSON, "item": "birth_date", "action": "return", "by": "wu.min"}
    (earlier,) = new["earlier"]
    assert ruling.items() <= earlier.items()
    assert (earlier["reason"], "value" in earlier) == ("Look at the card", False)
    shown = field.client.get(f"{CASES}/{new['id']}", headers=field.log_in("wu.min")).json()
    assert shown["earlier"][0]["value"] == {"value": "1981-02-03"}
    field.add("auditor", "auditor", "5101")
    covered = field.client.get(f"{CASES}/{new['id']}", headers=field.log_in("auditor")).json()
    assert "value" not in covered["earlier"][0]


def test_a_case_says_how_far_from_home_the_tablet_was(field: City) -> None:
    """Where the edit says so and the building has a point: metres, and no coordinates of anybody."""
    registry = field.app.state.pipeline.registry
    home = Item(value={"value": "30.6050 104.0050 0 0"}, source="decision", at="2026-11-20T00:00:00.000Z")
    registry.set_items(registry.get(f"building:{uid('b')}"), None, {"point": home})
    tablet = Tablet(field, "li.na")
    at = {"location": {"lon": 104.0050, "lat": 30.6060, "accuracy_m": 5, "datum": "WGS84"}}
    tablet.edit_with(tablet.get(PERSON), at, birth_date="1981-02-03")
    tablet.submit()
    field.app.state.pipeline.steps.catch_up(NORTH)
    found = only_case(field, "admission")
    assert [item["distance_m"] for item in found["items"]] == [111]
    assert "30.60" not in str(found)


def test_an_admission_is_taken_back_by_those_who_might_decide_it(field: City, case: dict[str, Any]) -> None:
    """Registry and cell have the earlier value; the case shows by whom and why; a second time is a conflict."""
    assert decide(field, case["id"], action="admit").status_code == 200
    url, asked = f"{CASES}/{case['id']}/revert", {"reason": "Another card"}
    field.add("auditor", "auditor", "5101")
    field.client.patch(f"{API}/staff/li.na", json={"password": PASSWORD}, headers=field.log_in("admin"))
    for who in ("elsewhere", "neighbour", "admin", "auditor", "li.na"):
        assert field.client.post(url, json=asked, headers=field.log_in(who)).status_code == 403, who
    for body in ({}, {"reason": ""}, {"reason": "x", "items": [{"item": "name"}]}, {"reason": "x", "colour": 1}):
        assert field.client.post(url, json=body, headers=field.log_in("he.jun")).status_code == 400, body
    answer = field.client.post(url, json=asked, headers=field.log_in("he.jun"))
    assert (answer.status_code, answer.json()["kind"], answer.json()["reverts"]) == (200, "reversal", case["id"])
    record = field.client.get(f"{API}/registry/{PERSON}", headers=field.log_in("wu.min")).json()
    assert record["items"]["birth_date"]["value"] == {"value": "1980-02-03"}
    tablet = Tablet(field, "zhang.wei")
    assert tablet.get(PERSON)["data"]["birth_date"] == "1980-02-03"
    shown = field.client.get(f"{CASES}/{case['id']}", headers=field.log_in("wu.min")).json()
    assert (shown["decision"]["action"], shown["reverted"][0]["by"]) == ("admit", "he.jun")
    again = field.client.post(url, json=asked, headers=field.log_in("wu.min"))
    assert (again.status_code, "changed since by he.jun" in again.json()["reason"]) == (409, True)
    history = field.client.get(f"{API}/registry/{PERSON}/history", headers=field.log_in("wu.min")).json()["values"]
    assert [v["value"] for v in history if v["item"] == "birth_date"][1:] == [
        {"value": "1981-02-03"},
        {"value": "1980-02-03"},
    ]


def test_what_a_rule_let_in_is_taken_back_by_record(field: City) -> None:
    """A phone that went in by itself; by staff of the area alone, and with one clear error for anything else."""
    tablet = Tablet(field, "li.na")
    tablet.edit(tablet.get(PERSON), phone="12800000001")
    tablet.submit()
    field.app.state.pipeline.steps.catch_up(NORTH)
    url, asked = f"{API}/registry/{PERSON}/revert", {"items": ["phone"], "reason": "The neighbour's"}
    for who, status in (("elsewhere", 404), ("admin", 403)):
        assert field.client.post(url, json=asked, headers=field.log_in(who)).status_code == status, who
    for body, status in (
        ({"items": [], "reason": "x"}, 400),
        ({"items": ["colour"], "reason": "x"}, 400),
        ({"items": ["name"], "reason": "x"}, 409),
    ):
        assert field.client.post(url, json=body, headers=field.log_in("wu.min")).status_code == status, body
    answer = field.client.post(url, json=asked, headers=field.log_in("wu.min"))
    assert (answer.status_code, answer.json()["state"], "128" in answer.text) == (200, "closed", False)
    assert tablet.get(PERSON)["data"]["phone"] == "12812345678"
